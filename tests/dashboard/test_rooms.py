"""The rooms of the dashboard: caches stand in one file, a screen's parts belong to its own page."""

import ast
import functools
import re
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parents[2] / "dashboard"
FILES = {str(path.relative_to(DASHBOARD)): path.read_text() for path in DASHBOARD.rglob("*.py")}

SHARED_SECTION = "screens/archive/"
"""A section of two screens, Predict and Data: it uses parts of theirs, and they use it."""
OF_SECTION = ("views/predict.py", "screens/data/add.py", "screens/data/upload.py")


@functools.cache
def nodes(name):
    return list(ast.walk(ast.parse(FILES[name])))


def imported(name):
    for node in nodes(name):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_caches_stand_in_the_store_alone():
    assert [name for name, text in FILES.items() if "st.cache_" in text] == ["shared/store.py"]


@pytest.mark.parametrize("screen", sorted(path.name for path in DASHBOARD.glob("screens/[a-z]*")))
def test_a_screens_parts_are_imported_by_its_own_page_alone(screen):
    own = (f"screens/{screen}/", f"views/{screen}.py", SHARED_SECTION)
    if screen == "archive":
        own = (SHARED_SECTION, *OF_SECTION)
    room = f"dashboard.screens.{screen}"
    users = [
        name
        for name in FILES
        if any(each == room or each.startswith(f"{room}.") for each in imported(name))
    ]
    assert users
    assert [name for name in users if not name.startswith(own)] == []


def test_figures_know_no_streamlit():
    drawn = [name for name in FILES if name.startswith("figures/")]
    assert drawn
    assert [name for name in drawn if "streamlit" in set(imported(name))] == []


def test_per_cent_has_one_spelling():
    """A number, a space, the sign: the formats of Python, d3 and Streamlit leave out the space."""
    written = [
        (name, node.value)
        for name in FILES
        for node in nodes(name)
        if isinstance(node, ast.Constant) and re.search(r"[\d~]%(?!%)", str(node.value))
    ]
    assert written == []
    assert [name for name, text in FILES.items() if 'format="percent"' in text] == []
