"""Positions in every unit that a format can declare: brought to degrees, or refused."""

import numpy as np
import pytest
from astropy import units
from astropy.table import Table

from core.data.redshift_tables import read_redshifts
from core.errors import DataError
from tests.core.data.matrix.layouts import BINARY, LAYOUTS, members, save

RA, DEC = np.array([0.5, 150.25, 359.75]), np.array([-89.5, 0.0, 41.26875])
TYPED = [each for each in LAYOUTS if each.format in (*BINARY, "ecsv")]


def write(layout, folder, ra_unit, dec_unit):
    table = Table({"ra": RA, "dec": DEC, "z": [0.1, 0.2, 0.3]})
    for axis, unit in (("ra", ra_unit), ("dec", dec_unit)):
        known = units.Unit(unit)
        if known.is_equivalent("deg"):
            table[axis] = (np.asarray(table[axis]) * units.deg).to_value(known)
        table[axis].unit = known
    (path,) = save(layout, members(layout, table), folder)
    return path


@pytest.mark.parametrize("layout", TYPED, ids=str)
@pytest.mark.parametrize(
    ("ra_unit", "dec_unit"), [("deg", "deg"), ("rad", "rad"), ("hourangle", "deg"),
                              ("arcsec", "arcsec"), ("arcmin", "mas")],
)  # fmt: skip
def test_are_degrees(layout, ra_unit, dec_unit, tmp_path):
    redshifts = read_redshifts(write(layout, tmp_path / "in", ra_unit, dec_unit))
    np.testing.assert_allclose([redshifts.ra, redshifts.dec], [RA, DEC], rtol=1e-13)
    assert redshifts.account.adds_up
    assert redshifts.account.columns["ra"].startswith("ra")


@pytest.mark.parametrize("layout", TYPED, ids=str)
def test_lengths_are_refused(layout, tmp_path):
    path = write(layout, tmp_path / "in", "m", "m")
    with pytest.raises(DataError, match="expected deg in column 'ra', which is given in 'm': that"):
        read_redshifts(path)


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_sexagesimal_positions_are_degrees(layout, tmp_path):
    table = Table({"ra": ["00:02:00", "10:01:00.0", "23:59:00"], "z": [0.1, 0.2, 0.3],
                   "dec": ["-89:30:00", "+00:00:00", "+41:16:07.5"]})  # fmt: skip
    (path,) = save(layout, members(layout, table), tmp_path / "in")
    redshifts = read_redshifts(path)
    np.testing.assert_allclose([redshifts.ra, redshifts.dec], [RA, DEC], rtol=1e-12)
