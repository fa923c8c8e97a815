"""Units that files declare: converted, refused, and those of Gaia's fluxes in any spelling."""

import re

import numpy as np
import pytest

from core.data.tables.units import convert, require_flux_unit
from core.errors import DataError


@pytest.mark.parametrize(
    ("unit", "wanted", "factor"),
    [
        ("", "deg", 1),
        ("--", "deg", 1),
        ("deg", "deg", 1),
        ("Degrees", "deg", 1),
        ("rad", "deg", 180 / np.pi),
        ("arcmin", "deg", 1 / 60),
        ("mas", "deg", 1 / 3_600_000),
        ("h", "deg", 15),
        ("hourangle", "deg", 15),
        ("mag", "mag", 1),
        ("mmag", "mag", 1e-3),
        ("km.s**-1", "km / s", 1),
        ("m/s", "km / s", 1e-3),
        ("10+3km/s", "km / s", 1000),
        ("%", "", 0.01),
    ],
)
def test_are_converted(unit, wanted, factor):
    made = convert(np.array([1.0, 2.0, np.nan]), unit, wanted, "x", "mine")
    np.testing.assert_allclose(made, [factor, 2 * factor, np.nan], rtol=1e-12)


@pytest.mark.parametrize(
    ("unit", "wanted", "words"),
    [
        ("km/s", "deg", "expected deg in column 'ra', which is given in 'km/s'.*another quantity"),
        ("mag", "", "expected a pure number in column 'ra'.*another quantity"),
        ("furlong", "deg", "'furlong': that is not a known unit. Correct the unit"),
        ("mag(AB)", "mag", "another quantity"),
    ],
)
def test_others_are_refused(unit, wanted, words):
    with pytest.raises(DataError, match=f"^mine: .*{words}"):
        convert(np.ones(2), unit, wanted, "ra", "mine")


@pytest.mark.parametrize(
    "unit",
    [
        "", "e-/s", "e- s-1", "e- / s", "e−/s", "e/s", "e-/sec", "e-/s per sample", "e-/s/sample",
        "electron/s", "electron.s-1", "electron.s**-1", "'electron'.s**-1", "Electrons/s",
        "elec/s", "photoelectron/s", "s-1.electron", "electron / s", "electron/s/pix", "unknown",
        "electron s-1 pix-1", "e- s^-1 pix^-1", "electron.s**-1.pixel**-1", "electron/s/bin",
        "electron / (s pix)", "electron/(s.pix)", "pix-1 electron s-1", "None", " ",
    ],
)  # fmt: skip
def test_electrons_per_second_in_any_spelling(unit):
    require_flux_unit(unit, "flux", "mine")


EXPECTED = r"^mine: expected fluxes in e-/s per sample in column 'flux', which is given in "


@pytest.mark.parametrize(
    "unit",
    [
        "W m-2 nm-1", "W.nm**-1.m**-2", "photon/s", "mJy", "ct/s", "adu/s", "electron",
        "erg/s/cm2/Angstrom", "e-/s/m2", "mag(electron/s)",
    ],
)  # fmt: skip
def test_fluxes_of_other_systems_are_refused(unit):
    with pytest.raises(DataError, match=EXPECTED + ".*another flux system, from which"):
        require_flux_unit(unit, "flux", "mine")


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("1e-3 electron/s", "0.001"),
        ("0.001 electron / s", "0.001"),
        ("10**-3 electron.s**-1", "0.001"),
        ("1000 e-/s per sample", "1000"),
        ("e-/ms", "1000"),
        ("1e-3 electron / (s pix)", "0.001"),
        ("electron/min", "0.01666666667"),
    ],
)
def test_a_multiple_of_gaias_unit_is_refused_with_the_factor(unit, factor):
    words = f"that is a multiple of e-/s. Multiply the column by {re.escape(factor)} and correct"
    with pytest.raises(DataError, match=EXPECTED + f".*{words}") as told:
        require_flux_unit(unit, "flux", "mine")
    assert "flux system" not in str(told.value)


@pytest.mark.parametrize("unit", ["furlong", "ke-/s", "kelectron/s", "e-/s x 1000", "counts/s"])
def test_of_a_flux_unit_that_is_not_known_nothing_else_is_claimed(unit):
    with pytest.raises(DataError, match=EXPECTED + ".*: that is not a known unit. If the numbers"):
        require_flux_unit(unit, "flux", "mine")
