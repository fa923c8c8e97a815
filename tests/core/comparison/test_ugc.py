import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.comparison.ugc import by_zone, in_bad_zone, read_ugc_predictions, ugc_predictions
from core.data.dataset import make_dataset, save_dataset
from core.errors import DataError
from core.prediction.flags import Flag

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


def test_a_file_tells_the_same_without_its_spectra(tmp_path):
    bounds = {"redshift_ugc_lower": UGC - 0.02, "redshift_ugc_upper": UGC + 0.01}
    dataset = galaxies(g_mag=np.arange(N), **bounds)
    save_dataset(dataset, tmp_path / "set.parquet")
    pd.testing.assert_frame_equal(
        read_ugc_predictions(tmp_path / "set.parquet"), ugc_predictions(dataset)
    )
    save_dataset(galaxies(redshift_ugc=None), tmp_path / "bare.parquet")
    assert read_ugc_predictions(tmp_path / "bare.parquet") is None


def test_errors_in_each_zone_and_elsewhere():
    z_ugc = np.array([0.01, 0.1, 0.29, 0.6, 0.2])
    d = np.array([0.05, 0.01, -0.1, 0.2, 0.03])
    table = by_zone(z_ugc - d, z_ugc, z_ugc - d + 0.004).set_index("zone")
    assert list(table.index) == [
        "z < 0.02",
        "0.07 to 0.071",
        "0.28 to 0.3",
        "z > 0.58",
        "elsewhere",
    ]
    assert table["n"].to_list() == [1, 0, 1, 1, 2]
    np.testing.assert_allclose(table["mae_ugc"], [0.05, np.nan, 0.1, 0.2, 0.02])
    np.testing.assert_allclose(table["mae"].dropna(), 0.004)
    np.testing.assert_allclose(table["bias_ugc"].iloc[2], -0.1 / 1.39)


@given(arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_every_galaxy_is_in_one_zone_or_elsewhere(z_ugc):
    table = by_zone(np.full(len(z_ugc), 0.1), z_ugc, z_ugc)
    assert table["n"].sum() == len(z_ugc)
    assert table["n"].iloc[-1] == np.count_nonzero(~in_bad_zone(z_ugc))
