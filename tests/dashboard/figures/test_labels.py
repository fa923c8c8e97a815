"""Names and colours of flags, the same on every screen."""

from core.prediction.flags import Flag
from dashboard.figures.labels import FLAG_COLOURS, FLAG_NAMES, UNCERTAIN, UNUSABLE


def test_a_flags_colour_says_how_much_it_says_against_a_redshift():
    assert set(FLAG_COLOURS) == set(FLAG_NAMES) == set(Flag)
    assert FLAG_COLOURS[Flag.NO_REDSHIFT] == UNUSABLE
    assert FLAG_COLOURS[Flag.WIDE_INTERVAL] == UNCERTAIN
    assert len(set(FLAG_COLOURS.values())) == 3
