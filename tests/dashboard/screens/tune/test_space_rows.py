import pytest

from core.errors import ConfigError
from core.tuning import SPACES, Dimension
from dashboard.screens.tune.space_rows import read_row, row_of


@pytest.mark.parametrize("name", SPACES)
def test_every_row_of_a_space_is_read_as_it_was_filled(name):
    for one in SPACES[name].dimensions:
        assert read_row(one, row_of(one)).options() == one.options()
        assert read_row(one, row_of(one)).kind == one.kind


def test_what_is_no_value_is_told_with_those_there_are():
    one = Dimension("optimizer", "choice", values=("adam",))
    with pytest.raises(ConfigError, match=r"Optimiser: expected one of .*AdamW.*, received 'best'"):
        read_row(one, row_of(one) | {"values": ["best"]})
