"""Fields of numbers: what is typed is read, and what is wrong with it is said."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.apps import unmarked


def script():
    import streamlit as st

    from dashboard.shared.number_field import number_field, wrong_fields

    with wrong_fields() as wrong:
        st.session_state["rate"] = number_field("Rate", "r", 0.003, above=0, step=0.001)
        st.session_state["batch"] = number_field("Batch", "b", 64, 1, 4096)
        number_field("Seed", "s", 0, 0)
    st.session_state["wrong"] = wrong


@pytest.fixture
def app():
    opened = AppTest.from_function(script).run()
    assert not opened.exception
    assert opened.session_state["wrong"] == []
    return opened


def test_numbers_are_returned_as_they_are_typed(app):
    app.number_input(key="r").set_value(0.1)
    app.number_input(key="b").set_value(32).run()
    assert (app.session_state["rate"], app.session_state["batch"]) == (0.1, 32)
    assert isinstance(app.session_state["batch"], int)
    assert app.session_state["wrong"] == []


@pytest.mark.parametrize(
    ("key", "typed", "sentence"),
    [
        ("r", -1.0, "Rate: expected a number above 0; received -1."),
        ("r", 0.0, "Rate: expected a number above 0; received 0."),
        ("b", 99_999_999, "Batch: expected a whole number from 1 to 4,096; received 99,999,999."),
        ("b", 0, "Batch: expected a whole number from 1 to 4,096; received 0."),
        ("b", 2.7, "Batch: expected a whole number from 1 to 4,096; received 2.7."),
        ("s", -1, "Seed: expected a whole number of at least 0; received -1."),
        ("s", None, "Seed: expected a whole number of at least 0; the field is empty."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_to_the_page(app, key, typed, sentence):
    app.number_input(key=key).set_value(typed).run()
    assert not app.exception
    assert app.session_state["wrong"] == [sentence]
    (said,) = app.markdown
    assert sentence.partition(": ")[2] in unmarked(said.value)
    app.number_input(key=key).set_value(1).run()
    assert app.session_state["wrong"] == []
    assert not app.markdown
