import numpy as np
import pytest

from core.data.dataset import make_dataset
from core.errors import DataError
from core.prediction.flags import Flag
from core.prediction.ugc import in_bad_zone, ugc_predictions

N = 6
IDS = np.arange(N) + 10
UGC = np.array([0.01, np.nan, 0.1, 0.29, np.nan, 0.6], np.float32)
KNOWN = [0, 2, 3, 5]


def galaxies(**columns):
    columns = {"redshift_ugc": UGC, **columns}
    return make_dataset(np.ones((N, 186)), np.linspace(0, 0.5, N), IDS, name="mine", **columns)


def test_galaxies_without_a_redshift_of_ugc_are_left_out():
    table = ugc_predictions(galaxies(g_mag=np.arange(N)))
    assert list(table.index) == KNOWN
    np.testing.assert_array_equal(table["source_id"], IDS[KNOWN])
    np.testing.assert_allclose(table["z_spec"], np.linspace(0, 0.5, N)[KNOWN])
    np.testing.assert_array_equal(table["z_pred"], UGC[KNOWN].astype(float))
    np.testing.assert_array_equal(table["g_mag"], KNOWN)
    assert not {"z_lower", "z_upper"} & set(table)


def test_intervals_are_there_if_every_galaxy_has_one():
    bounds = {"redshift_ugc_lower": UGC - 0.02, "redshift_ugc_upper": UGC + 0.01}
    table = ugc_predictions(galaxies(**bounds))
    np.testing.assert_allclose(table["z_upper"] - table["z_lower"], 0.03, atol=1e-7)
    bounds["redshift_ugc_upper"][2] = np.nan
    assert "z_lower" not in ugc_predictions(galaxies(**bounds))


def test_bad_zones_are_flagged():
    flags = ugc_predictions(galaxies())["flags"].to_numpy()
    np.testing.assert_array_equal(flags, np.array([1, 0, 1, 1]) * Flag.BAD_ZONE.value)


def test_a_zone_holds_its_lower_end_alone():
    z = [0.0199, 0.02, 0.0699, 0.07, 0.071, 0.2799, 0.28, 0.2999, 0.3, 0.5799, 0.58, 3]
    expected = [True, False, False, True, False, False, True, True, False, False, True, True]
    np.testing.assert_array_equal(in_bad_zone(z), expected)


@pytest.mark.parametrize("ugc", [None, np.full(N, np.nan)])
def test_a_set_without_any_is_refused(ugc):
    with pytest.raises(DataError, match=r"mine: expected redshifts of Gaia's UGC.*found none"):
        ugc_predictions(galaxies(redshift_ugc=ugc))
