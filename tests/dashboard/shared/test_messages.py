import pytest

from core.data.card import ORIGINS, origin_words
from dashboard.shared.messages import origin_badge


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_badge_says_of_an_origin_what_reports_say(origin):
    assert origin_badge(origin).endswith(f"-badge[{origin_words(origin)}]")
    assert origin_words("unknown") == "origin unknown"
