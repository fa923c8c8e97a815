"""Choosing several of a list."""

from dashboard.shared import choose_several
from tests.support.apps import ROOT


def test_all_choices_of_several_are_searched_alike():
    sources = {path: path.read_text() for path in (ROOT / "dashboard").rglob("*.py")}
    drawing = [path for path, text in sources.items() if "st.multiselect(" in text]
    assert drawing == [ROOT / choose_several.__file__]
