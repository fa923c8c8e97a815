"""Runs for the screens to show: one that waits, and finished ones made without Keras."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import Dataset, make_dataset, save_dataset
from core.model.config import ConvLayer, NetworkConfig, Recipe, TrainingConfig
from core.prediction.calibration.recalibration import recalibrate
from core.runs import Run
from tests.support.finished_runs import make_run, save_mixture_run, save_point_run

SMALL = "../../data/small.parquet"


@pytest.fixture
def other_dataset(folders: Path) -> Dataset:
    """Spectra of another law than `dataset`, with ids of their own."""
    random = np.random.default_rng(2)
    z = random.uniform(0.05, 0.5, 300)
    flux = 2 / (1 + 3 * z[:, None]) + random.normal(0, 0.2, (300, 186))
    made = make_dataset(
        flux,
        z,
        np.arange(1, 301),
        name="other",
        origin="observed",
        created="2030-01-01T00:00:00+00:00",
    )
    save_dataset(made, folders / "data" / "other.parquet")
    return made


@pytest.fixture
def recipe() -> Recipe:
    network = NetworkConfig((ConvLayer(8, 5, strides=3),), dense_units=(16,))
    return Recipe(network, "standard", TrainingConfig(epochs=10))


@pytest.fixture
def waiting(folders: Path, dataset: Dataset, recipe: Recipe) -> Run:
    created = "2026-01-02T00:00:00+00:00"
    return make_run(folders / "runs", dataset, SMALL, "second-run", recipe, created)


@pytest.fixture
def finished(folders: Path, dataset: Dataset, recipe: Recipe) -> Run:
    """A complete run whose 'network' is a linear regression, exported as ONNX."""
    return save_point_run(folders / "runs", dataset, SMALL, "first-run", recipe)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first `mixture_run` is kept for the others."""
    return tmp_path_factory.mktemp("kept") / "mixture-run"


@pytest.fixture
def mixture_run(folders: Path, dataset: Dataset, kept: Path) -> Run:
    """A complete run with p(z), and its densities."""
    if kept.is_dir():
        return Run(Path(shutil.copytree(kept, folders / "runs" / kept.name)))
    run = save_mixture_run(folders / "runs", dataset, SMALL, kept.name)
    recalibrate(run)
    shutil.copytree(run.path, kept)
    return run
