"""The shipped data set and runs made with it, and black bodies seen through Gaia's instrument."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import load_dataset
from core.data.split import SplitConfig, split_by_source
from core.prediction.calibration.calibration import calibrate
from core.prediction.estimator import Estimator
from core.runs import open_run
from core.simulation.config import SimulationConfig
from core.simulation.instrument import load_bands
from core.simulation.noise import NoiseConfig, draw_noise, noise_shape
from core.simulation.sample import STAR_MEAN_FLUX, black_body
from core.spectra import SampleGrid, Spectra
from tests.support.finished_runs import save_mixture_run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def parts():
    """Training, validation and test part of the shipped data set."""
    dataset = load_dataset(ROOT / "data" / "simulated-20k.parquet")
    split = split_by_source(dataset.source_id, SplitConfig())
    return [dataset.take(rows) for rows in (split.train, split.validation, split.test)]


@pytest.fixture(scope="session")
def galaxies():
    """4,000 galaxies of the shipped data set."""
    return load_dataset(ROOT / "data" / "simulated-20k.parquet").take(np.arange(4000))


@pytest.fixture(scope="session")
def run(galaxies, tmp_path_factory):
    """The shipped run, calibrated with these galaxies."""
    copy = tmp_path_factory.mktemp("runs") / "dissertation-20k"
    shutil.copytree(ROOT / "assets" / "runs" / "dissertation-20k", copy)
    run = open_run(copy.parent, copy.name)
    split = split_by_source(galaxies.source_id, run.config.split)
    calibrate(run, galaxies.take(split.train), galaxies.take(split.validation))
    return run


@pytest.fixture(scope="session")
def estimator(run):
    return Estimator(run)


@pytest.fixture(scope="session")
def mixture_run(galaxies, tmp_path_factory):
    """A calibrated run with p(z)."""
    data = ROOT / "data" / "simulated-20k.parquet"
    return save_mixture_run(tmp_path_factory.mktemp("runs"), galaxies, data)


@pytest.fixture(scope="session")
def mixture_estimator(mixture_run):
    return Estimator(mixture_run)


@pytest.fixture(scope="session")
def spectra(galaxies):
    """50 of the galaxies, with columns of their own."""
    own = pd.DataFrame({"z": galaxies.z[:50], "g_mag": galaxies.g_mag[:50]})
    ids = 2**62 + np.arange(50)
    return Spectra(galaxies.flux[:50], ids, flux_error=galaxies.flux_error[:50], own=own)


@pytest.fixture(scope="session")
def black_bodies():
    """Spectra of stars from 3,000 to 12,000 K, each of mean 1, shape (37, 186)."""
    config = SimulationConfig()
    stars = [black_body(kelvin, config) for kelvin in np.linspace(3000, 12_000, 37)]
    return np.array(stars) / STAR_MEAN_FLUX


@pytest.fixture(scope="session")
def observe():
    """Return what adds the simulation's noise to spectra [e-/s per sample]."""
    grid, config = SampleGrid(), NoiseConfig()
    shapes = [
        noise_shape(band, pixel, config).astype(np.float32)
        for band, pixel in zip(load_bands(), (grid.bp_pixel, grid.rp_pixel), strict=True)
    ]

    def observed(signal, seed=1):
        signal = np.asarray(signal, np.float32)
        return signal + draw_noise(np.random.default_rng(seed), signal, *shapes, config)[0]

    return observed
