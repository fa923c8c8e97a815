"""Numbers in the cells of editable tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from dashboard.shared.number_cells import read_cell
from dashboard.shared.number_text import to_text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_what_a_cell_shows_is_the_number(value):
    assert read_cell(to_text(value), "cell") == value


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1e3", 1000), (" 0.5 ", 0.5), ("-2", -2), ("", None), (None, None), ("  ", None)],
)
def test_numbers_are_read_as_typed(typed, number):
    assert read_cell(typed, "cell") == number


@pytest.mark.parametrize("typed", ["3,5", "1.2.3", "ten", "nan", "inf", "1e999"])
def test_what_is_no_number_is_refused_as_it_stands(typed):
    with pytest.raises(ConfigError, match=f"^Units: expected a number, received '{typed}'"):
        read_cell(typed, "Units")


def test_a_whole_number_is_no_other():
    assert read_cell("1e3", "Units", whole=True) == 1000
    with pytest.raises(ConfigError, match=r"^Units: expected a whole number, received 2\.7"):
        read_cell("2.7", "Units", "a whole number", whole=True)


def test_a_cell_shows_a_number_as_people_write_it():
    shown = [to_text(value) for value in (3, 0.001, 1e-5, 2.5, 4096.0, 0.1 + 0.2, None)]
    assert shown == ["3", "0.001", "1e-05", "2.5", "4096", "0.30000000000000004", None]
