"""Tables whose rows are chosen by a click anywhere on them."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.apps import select


def one():
    import pandas as pd
    import streamlit as st

    from dashboard.shared.clickable import choose_row

    table = pd.DataFrame({"name": list("abcd"), "n": [4, 3, 2, 1]}, index=[10, 20, 30, 40])
    if st.toggle("Few", key="few"):
        table = table[table["n"] < 4]
    if st.toggle("None", key="none"):
        table = table[:0]
    if st.toggle("Turned", key="turned"):
        table = table[::-1]
    heard = st.session_state.setdefault("heard", [])
    st.session_state["got"] = choose_row(table, None, "t", "Letters", on_choice=heard.append)


def several():
    import pandas as pd
    import streamlit as st

    from dashboard.shared.clickable import mark_rows

    table = pd.DataFrame({"name": list("abcd"), "n": [4, 3, 2, 1]}, index=list("ABCD"))
    marked = st.session_state.setdefault("marked", ["B"])

    def choose(labels):
        st.session_state["marked"] = labels

    mark_rows(table, {"name": "Name", "n": "n"}, "t", "Letters", marked=marked, on_choice=choose)


@pytest.fixture
def open_app():
    def opened(script):
        app = AppTest.from_function(script).run()
        assert not app.exception
        return app

    return opened


def marks(app):
    """Rows and cell that the grid is told to mark."""
    now = app.session_state["t"]["selection"]
    return list(now["rows"]), [tuple(cell) for cell in now["cells"]]


def test_the_row_of_a_cell_is_chosen_and_marked(open_app):
    app = open_app(one)
    assert app.session_state["got"] == 10
    assert marks(app) == ([0], [])
    select(app, "t", rows=[0], cells=[[2, "n"]])  # a click
    assert app.session_state["got"] == 30
    assert marks(app) == ([2], [(2, "n")])
    select(app, "t", rows=[2], cells=[[3, "n"]])  # an arrow key
    assert app.session_state["got"] == 40
    assert app.session_state["heard"] == [30, 40]
    # Its tick alone, while the cursor stays elsewhere.
    select(app, "t", rows=[1], cells=[[3, "n"]])
    assert app.session_state["got"] == 20
    assert marks(app) == ([1], [(1, "name")])  # from which the keys go on
    select(app, "t", rows=[1], cells=[[2, "name"]])
    assert app.session_state["got"] == 30


@pytest.mark.parametrize("script", [one, several])
def test_a_sort_leaves_the_row_a_cell_that_the_grid_has_not_been_told_before(open_app, script):
    app = open_app(script)
    select(app, "t", rows=[0], cells=[[2, "name"]])
    for column in ("n", "name", "n"):
        select(app, "t", rows=[2])  # a sort lets the cell go
        assert marks(app) == ([2], [(2, column)])


def test_a_row_stays_chosen_wherever_it_comes_to_stand(open_app):
    app = open_app(one)
    select(app, "t", rows=[0], cells=[[2, "name"]])
    app.toggle(key="few").set_value(True).run()
    assert app.session_state["got"] == 30
    assert marks(app)[0] == [1]
    app.toggle(key="turned").set_value(True).run()
    assert app.session_state["got"] == 30
    assert marks(app)[0] == [1]
    select(app, "t", rows=[1], cells=[[0, "name"]])
    assert app.session_state["got"] == 40
    app.toggle(key="none").set_value(True).run()
    assert app.session_state["got"] is None


def test_without_the_chosen_row_the_first_is(open_app):
    app = open_app(one)
    app.toggle(key="few").set_value(True).run()
    assert app.session_state["got"] == 20
    assert marks(app)[0] == [0]


def test_a_click_marks_one_row_and_ticks_mark_several(open_app):
    app = open_app(several)
    assert marks(app) == ([1], [])
    select(app, "t", rows=[1, 3])
    assert app.session_state["marked"] == ["B", "D"]
    select(app, "t", rows=[0, 1, 3])
    assert app.session_state["marked"] == ["B", "D", "A"]  # the newest last
    select(app, "t", rows=[0, 1, 3], cells=[[2, "name"]])
    assert app.session_state["marked"] == ["C"]
    assert marks(app) == ([2], [(2, "name")])
    select(app, "t", rows=[2, 1], cells=[[2, "name"]])
    assert app.session_state["marked"] == ["C", "B"]
    assert marks(app) == ([2, 1], [])
    select(app, "t", rows=[2, 1], cells=[[2, "name"]])  # the same cell anew
    assert app.session_state["marked"] == ["C"]
