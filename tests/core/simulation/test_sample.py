from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import load_dataset
from core.simulation.config import SimulationConfig
from core.simulation.sample import N_GALAXIES, STAR_MEAN_FLUX, black_body, sample_table
from core.spectra import N_BP, N_SAMPLES

DATA = Path(__file__).resolve().parents[3] / "data"
FLUX = [f"flux_{sample}" for sample in range(N_SAMPLES)]
ERROR = [f"flux_error_{sample}" for sample in range(N_SAMPLES)]


@pytest.fixture(scope="module")
def made(tables):
    return sample_table(tables=tables)


@pytest.fixture(scope="module")
def shipped():
    return pd.read_csv(DATA / "samples" / "simulated-galaxies.csv")


def test_the_file_is_what_the_function_makes(made, shipped):
    assert list(shipped.columns) == list(made.columns)
    np.testing.assert_array_equal(shipped["source_id"], made["source_id"])
    assert list(shipped["what"]) == list(made["what"])
    off = np.abs(shipped[FLUX + ERROR].to_numpy() - made[FLUX + ERROR].to_numpy())
    known = ~np.isnan(off)
    np.testing.assert_array_equal(known, made[FLUX + ERROR].notna())
    # A flux that lies between two steps is rounded to either, as a machine's last digits fall.
    assert off[known].max() < SimulationConfig().flux_step + 6e-4
    assert np.mean(off[known] > 6e-4) < 1e-3
    np.testing.assert_allclose(shipped["z_spec"], made["z_spec"], atol=6e-6)


def test_the_shipped_network_was_not_trained_on_these(shipped):
    known = load_dataset(DATA / "simulated-20k.parquet").source_id
    assert not shipped["source_id"].isin(known).any()


def test_galaxies_are_whole_and_two_of_them_lack_a_band(shipped):
    galaxies = shipped[shipped["what"] == "galaxy"]
    assert len(galaxies) == N_GALAXIES
    assert np.isfinite(galaxies[FLUX + ERROR + ["z_spec", "g_mag"]]).all(axis=None)
    for what, band in (("galaxy without BP", FLUX[:N_BP]), ("galaxy without RP", FLUX[N_BP:])):
        (row,) = shipped.loc[shipped["what"] == what, FLUX].to_numpy()
        missing = np.isin(FLUX, band)
        np.testing.assert_array_equal(np.isnan(row), missing)


def test_noise_alone_has_no_signal(shipped):
    (row,) = np.flatnonzero(shipped["what"] == "noise alone")
    flux, error = shipped.loc[row, FLUX].to_numpy(float), shipped.loc[row, ERROR].to_numpy(float)
    assert np.std(flux / error) == pytest.approx(1, abs=0.3)


def test_hotter_stars_are_bluer():
    config = SimulationConfig()
    shares = []
    for kelvin in (3000, 6000, 12000):
        flux = black_body(kelvin, config)
        assert flux.mean() == pytest.approx(STAR_MEAN_FLUX)
        shares.append(flux[:N_BP].sum() / flux.sum())
    assert shares == sorted(shares)
    assert shares[0] < 0.2 < 0.5 < shares[-1]
