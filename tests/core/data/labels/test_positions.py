import numpy as np
import pytest

from core.data.labels.positions import to_degrees
from core.errors import DataError

RA = np.array([150.0, 1.5, 359.9])


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (RA, ""),
        (RA.astype(str), ""),
        (RA, "deg"),
        (RA, "degrees"),
        (np.radians(RA), "rad"),
        (RA / 15, "hourangle"),
        (RA / 15, "h"),
        (RA * 60, "arcmin"),
        (RA * 3.6e6, "mas"),
        (np.array(["10:00:00", "00:06:00.0", "23:59:36"], object), ""),
        (np.array(["10 00 00", "00 06 00.0", "23 59 36"]), '"h:m:s"'),
        (np.array([b"10h00m00s", b"0h06m0.0s", b"23h59m36s"]), ""),
        (np.array(["150d00m00s", "1d30m00s", "359d54m00s"]), ""),
        (np.array(["150:00:00", "1:30:00", "359:54:00"]), '"d:m:s"'),
        (np.array(["150:00:00", "1:30:00", "359:54:00"]), "deg"),
        (np.array(["150:00:00", "1.5", "359:54:00"]), "deg"),
    ],
)
def test_right_ascensions_of_any_unit_become_degrees(cells, unit):
    np.testing.assert_allclose(to_degrees(cells, "ra", unit, "ra", "t"), RA, rtol=1e-12)


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (np.array(["-00:30:00", "+12:15:00"]), ""),
        (np.array(["-00 30 00.0", "12 15 00"]), "d:m:s"),
        (np.array(["-00d30m", "+12d15m"]), ""),
        (np.radians([-0.5, 12.25]), "rad"),
    ],
)
def test_declinations_are_degrees(cells, unit):
    np.testing.assert_allclose(to_degrees(cells, "dec", unit, "dec", "t"), [-0.5, 12.25])


def test_empty_cells_are_no_positions():
    texts = np.ma.MaskedArray(["10:00:00", "", "x"], [False, False, True], dtype=object)
    assert np.isnan(to_degrees(texts, "ra", "", "ra", "t")).tolist() == [False, True, True]


def test_what_is_no_angle_is_refused():
    with pytest.raises(DataError, match="expected deg in column 'ra', which is given in 'mag'"):
        to_degrees(RA, "ra", "mag", "ra", "t")
    with pytest.raises(DataError, match="received 'abc' at row 2"):
        to_degrees(np.array(["10:00:00", "abc"]), "ra", "", "ra", "t")
    with pytest.raises(
        DataError, match=r"received hours \('10:00:00'\) and the number 150.1 at row 2"
    ):
        to_degrees(np.array(["10:00:00", "150.1"]), "ra", "", "ra", "t")
    with pytest.raises(DataError, match="no angle"):
        to_degrees(np.array(["10:99:00"]), "ra", "", "ra", "t")
