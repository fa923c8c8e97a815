"""Units that files declare: converted, refused, and those of Gaia's fluxes in any spelling."""

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


@pytest.mark.parametrize(
    "unit",
    [
        "W m-2 nm-1", "W.nm**-1.m**-2", "photon/s", "mJy", "ct/s", "adu/s", "electron",
        "kelectron/s", "1e-3 electron/s", "erg/s/cm2/Angstrom", "e-/s/m2", "furlong",
    ],
)  # fmt: skip
def test_fluxes_of_other_systems_are_refused(unit):
    with pytest.raises(DataError, match=r"expected fluxes in e-/s per sample in column 'flux'"):
        require_flux_unit(unit, "flux", "mine")
