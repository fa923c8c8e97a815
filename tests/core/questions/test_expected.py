"""The time to expect of a training, in words."""

import pytest

from core.questions.expected import Expected


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(10, "5 to 20 min"), (40, "20 min to 1 h 20 min"), (160, "1 h 20 min to 5 h 20 min")],
)
def test_a_guess_has_two_ends(minutes, words):
    assert Expected(60 * minutes, "a guess", is_rough=True).words == words
