import numpy as np
import pytest

from core.data.labels.plausibility import SPEED_OF_LIGHT, require_plausible, to_redshifts, unit_of
from core.errors import ConfigError, DataError

Z = np.linspace(0.01, 0.4, 40)


def refused(values, unit="z"):
    with pytest.raises(DataError) as caught:
        require_plausible(to_redshifts(values, unit), "z", "t.csv", unit)
    return str(caught.value)


@pytest.mark.parametrize("fill", [-9999, -999, -99.99, -99, -9, -1, 99, 9.99, 99.9, 9999, np.inf])
def test_numbers_that_stand_for_no_redshift_are_none(fill):
    for dtype in (np.float64, np.float32):
        z = to_redshifts(np.array([0.1, fill, np.nan], dtype))
        assert np.isfinite(z).tolist() == [True, False, False]


def test_other_numbers_stay():
    values = np.array([-0.9, -0.001, 0, 1.5, 6.3, 9.0, 12.5])
    np.testing.assert_array_equal(to_redshifts(values), values)


@pytest.mark.parametrize(
    ("unit", "factor"), [("km/s", SPEED_OF_LIGHT), ("m/s", 1e3 * SPEED_OF_LIGHT), ("percent", 100)]
)
def test_other_units_are_converted_and_offered_where_numbers_look_like_them(unit, factor):
    np.testing.assert_allclose(to_redshifts(Z * factor, unit), Z)
    assert require_plausible(to_redshifts(Z * factor, unit), "z", "t", unit) == []
    assert f"add --z-unit {unit}" in refused(Z * factor)


def test_velocities_keep_numbers_of_nines_that_can_be_true():
    z = to_redshifts(np.array([9999.0, -9999, -99]), "km/s")
    np.testing.assert_allclose(z, [9999 / SPEED_OF_LIGHT, np.nan, np.nan])


def test_an_unknown_unit_is_refused():
    with pytest.raises(ConfigError, match="expected z, km/s, m/s, percent, received 'mph'"):
        to_redshifts(Z, "mph")


@pytest.mark.parametrize(
    ("declared", "unit"),
    [
        *(("", None), ("---", None), ("km/s", "km/s"), ("km s-1", "km/s"), ("m.s**-1", "m/s")),
        *(("%", "percent"), ("redshift", None)),
    ],
)
def test_the_unit_that_a_file_declares_counts(declared, unit):
    assert unit_of(declared, "z", "t.fits") == unit


@pytest.mark.parametrize("declared", ["mag", "nm", "deg"])
def test_the_unit_of_something_else_is_refused(declared):
    with pytest.raises(DataError, match=f"redshifts in column 'z', which is given in '{declared}'"):
        unit_of(declared, "z", "t.fits")


def test_labels_that_cannot_be_true_are_refused():
    assert "Whole numbers are no redshifts" in refused(np.arange(2, 42.0))
    assert "40 of the 40 numbers in column 'z' lie outside" in refused(Z + 1.6)
    assert "if they are magnitudes" in refused(np.linspace(15.1, 22, 40))
    assert "within 0.001 of 0, as those of stars" in refused(Z / 1000)
    assert "within 0.001 of 0" in refused(np.zeros(3))
    assert "all the 300 numbers in column 'z' are 0.1" in refused(np.full(300, 0.1))


def test_a_person_can_vouch_for_them():
    values = Z + 1.6
    notes = require_plausible(to_redshifts(values), "z", "t", vouched=True)
    assert notes == ["redshifts outside 0 to 1.5: 40 of 40"]


def test_what_is_odd_is_counted():
    values = np.array([0.1, 0.2, 0.2, 0.2, 0.2, 0.0, 2.0, -99])
    assert require_plausible(to_redshifts(values), "z", "t") == [
        "redshifts outside 0 to 1.5: 1 of 7",
        "redshifts within 0.001 of 0, as stars have: 1 of 7",
        "redshifts all equal (0.2): 4 of 7",
    ]
    assert require_plausible(np.array([]), "z", "t") == []
