"""Runs for the screens to show: one that waits, and finished ones made without Keras."""

import shutil
from collections.abc import Callable
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


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, Callable[[], Run]], Run]:
    """Return what makes a run at a path once, and copies it there for the other tests."""
    folder = tmp_path_factory.mktemp("kept")

    def get(path: Path, make: Callable[[], Run]) -> Run:
        before = folder / path.name
        if before.is_dir():
            return Run(Path(shutil.copytree(before, path)))
        run = make()
        shutil.copytree(run.path, before)
        return run

    return get


@pytest.fixture
def finished(
    folders: Path,
    dataset: Dataset,
    recipe: Recipe,
    kept: Callable[[Path, Callable[[], Run]], Run],
) -> Run:
    """A complete run whose 'network' is a linear regression, exported as ONNX."""
    root, name = folders / "runs", "first-run"
    return kept(root / name, lambda: save_point_run(root, dataset, SMALL, name, recipe))


@pytest.fixture
def mixture_run(
    folders: Path, dataset: Dataset, kept: Callable[[Path, Callable[[], Run]], Run]
) -> Run:
    """A complete run with p(z), and its densities."""
    root, name = folders / "runs", "mixture-run"

    def make() -> Run:
        run = save_mixture_run(root, dataset, SMALL, name)
        recalibrate(run)
        return run

    return kept(root / name, make)
