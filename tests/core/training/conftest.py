import functools
import os

import pytest

from core.data.dataset import save_dataset
from core.data.split import SplitConfig
from core.model.config import ConvLayer, NetworkConfig, Recipe, TrainingConfig
from core.runs import DataReference, RunConfig, create_run
from core.training import queue
from core.training.worker import work
from tests.support.galaxies import make_moving_line


@pytest.fixture(scope="session")
def toy():
    return make_moving_line(600)


@pytest.fixture(scope="session")
def toy_file(toy, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "toy.parquet"
    save_dataset(toy, path)
    return path


@pytest.fixture(scope="session")
def recipe():
    """Return what makes a recipe of a tiny network whose dropout draws random numbers."""

    def make(**training):
        network = NetworkConfig((ConvLayer(4, 5, pool_size=4),), (16,), dropout=0.1)
        settings = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 4, "epochs": 3}
        return Recipe(network, "standard", TrainingConfig(**{**settings, "seed": 1, **training}))

    return make


@pytest.fixture(scope="session")
def make_run_in(toy, toy_file, recipe):
    """Return what makes the folder of a run on the toy data in a root, without a process."""

    def make(
        root,
        run_id="toy",
        device="cpu",
        data_hash=toy.card.hash,
        data_path=toy_file,
        start=None,
        **training,
    ):
        data = DataReference(str(data_path), "toy", data_hash, len(toy), "simulated")
        split = SplitConfig()
        config = RunConfig(
            run_id, "Toy", None, recipe(**training), data, split, device, start=start
        )
        return create_run(root, config)

    return make


@pytest.fixture
def make_run(make_run_in, tmp_path):
    """Return what makes the folder of a run in a root of this test."""
    return functools.partial(make_run_in, tmp_path / "runs")


@pytest.fixture(scope="session")
def trained(tmp_path_factory, recipe, toy_file):
    """Return a run that was submitted and trained in this process; to be read, or copied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.jobs.queue.start_process", work)
        patch.setattr(os, "environ", dict(os.environ))  # the choice of a device
        folder = tmp_path_factory.mktemp("trained")
        run = queue.submit(folder, recipe(epochs=6), toy_file, name="Toy", device="cpu")
    assert run.status().state == "done", run.status().message
    return run
