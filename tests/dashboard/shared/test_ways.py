"""Ways on: a screen opens where its own address says, not where another screen was left."""

from dashboard.shared.ways import SECTION_KEYS


def test_each_screen_calls_its_section_by_a_name_of_its_own():
    assert len(set(SECTION_KEYS.values())) == len(SECTION_KEYS)
