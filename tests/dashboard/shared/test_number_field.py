"""Fields of numbers: what is typed is read, and what is wrong with it is said."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.apps import unmarked


def script():
    import streamlit as st

    from dashboard.shared.number_field import number_field, wrong_fields

    with wrong_fields() as wrong:
        st.session_state["rate"] = number_field("Rate", "r", 0.003, above=0)
        st.session_state["batch"] = number_field("Batch", "b", 64, 1, 4096)
        number_field("Seed", "s", 0, 0)
        st.session_state["most"] = number_field("z to", "m", None, 0, 3.5)
    st.session_state["wrong"] = wrong
    preset = {"r": 0.00025, "b": 2048.0}
    st.button("Preset", on_click=st.session_state.update, args=(preset,))


@pytest.fixture
def app():
    opened = AppTest.from_function(script).run()
    assert not opened.exception
    assert opened.session_state["wrong"] == []
    return opened


def test_numbers_are_returned_as_they_are_typed(app):
    app.text_input(key="r").set_value("0.1")
    app.text_input(key="b").set_value("32").run()
    assert (app.session_state["rate"], app.session_state["batch"]) == (0.1, 32)
    assert isinstance(app.session_state["batch"], int)
    assert app.session_state["wrong"] == []


@pytest.mark.parametrize(
    ("key", "typed", "sentence"),
    [
        ("r", "-1", "Rate: expected a number above 0; received -1."),
        ("r", "0", "Rate: expected a number above 0; received 0."),
        ("b", "99999999", "Batch: expected a whole number from 1 to 4,096; received 99999999."),
        ("b", "0", "Batch: expected a whole number from 1 to 4,096; received 0."),
        ("b", "2.7", "Batch: expected a whole number from 1 to 4,096; received 2.7."),
        (
            "r",
            "0,001",
            "Rate: expected a number above 0; received '0,001'. Write decimals with a point, and "
            "nothing between thousands.",
        ),
        (
            "b",
            "12,5",
            "Batch: expected a whole number from 1 to 4,096; received '12,5'. Write nothing "
            "between thousands.",
        ),
        ("r", "nan", "Rate: expected a number above 0; received 'nan'."),
        ("b", "many", "Batch: expected a whole number from 1 to 4,096; received 'many'."),
        ("m", "4", "z to: expected a number from 0 to 3.5; received 4."),
        ("s", "-1", "Seed: expected a whole number of at least 0; received -1."),
        ("s", "", "Seed: expected a whole number of at least 0; the field is empty."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_to_the_page(app, key, typed, sentence):
    app.text_input(key=key).set_value(typed).run()
    assert not app.exception
    assert app.session_state["wrong"] == [sentence]
    (said,) = app.markdown
    assert sentence.partition(": ")[2] in unmarked(said.value)
    app.text_input(key=key).set_value("1").run()
    assert app.session_state["wrong"] == []
    assert not app.markdown


def test_whole_numbers_may_be_typed_as_any(app):
    app.text_input(key="b").set_value(" 1e3 ").run()
    assert app.session_state["batch"] == 1000
    assert isinstance(app.session_state["batch"], int)


def test_a_field_may_be_empty_if_it_began_so(app):
    assert app.session_state["most"] is None
    app.text_input(key="m").set_value("0.5").run()
    assert app.session_state["most"] == 0.5
    app.text_input(key="m").set_value("").run()
    assert app.session_state["most"] is None
    assert app.session_state["wrong"] == []


def test_a_number_that_others_keep_for_a_field_is_shown(app):
    app.button[0].click().run()
    assert [app.text_input(key=key).value for key in "rb"] == ["0.00025", "2048"]
    assert (app.session_state["rate"], app.session_state["batch"]) == (0.00025, 2048)


def row():
    import streamlit as st

    from dashboard.shared.number_field import number_field, row_of_fields

    with row_of_fields() as wrong:
        number_field("Width", "w", 0.01, 0.001, 0.1)
        number_field("Cap", "c", 5.0, 1)
        st.button("Draw", disabled=bool(wrong))


def test_below_a_row_of_fields_it_is_said_which_is_wrong():
    app = AppTest.from_function(row).run()
    app.text_input(key="w").set_value("-0.01").run()
    (said,) = app.markdown
    assert "Width: expected a number from 0.001 to 0.1; received -0.01." in unmarked(said.value)
    assert app.button[0].disabled
