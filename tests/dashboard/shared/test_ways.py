"""Ways on: a screen opens where its own address says, not where another screen was left."""

from dashboard.shared import ways
from dashboard.shared.ways import SECTION_KEYS
from tests.support.apps import ROOT


def test_each_screen_calls_its_section_by_a_name_of_its_own():
    assert len(set(SECTION_KEYS.values())) == len(SECTION_KEYS)


def test_all_ways_to_another_screen_are_among_those_that_keep_the_data_set_in_use():
    leave = ("st.page_link(", "st.switch_page(")
    sources = {path: path.read_text() for path in (ROOT / "dashboard").rglob("*.py")}
    leaving = [path for path, text in sources.items() if any(word in text for word in leave)]
    assert leaving == [ROOT / ways.__file__]
