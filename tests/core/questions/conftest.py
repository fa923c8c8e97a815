"""Galaxies and complete runs to ask about, in folders of their own."""

import psutil
import pytest

from core.data.dataset import make_dataset, save_dataset
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.prediction.calibration.recalibration import recalibrate
from core.questions import question
from tests.support.finished_runs import save_mixture_run, save_point_run
from tests.support.galaxies import make_falling


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A data set that two runs were trained on, and another one."""
    folder = tmp_path_factory.mktemp("house")
    dataset = make_falling()
    save_dataset(dataset, folder / "small.parquet")
    more = make_falling(300, seed=3)
    columns = {"flux_error": more.flux_error, "g_mag": more.g_mag, "origin": "simulated"}
    other = make_dataset(more.flux, more.z, more.source_id + 10**6, name="other", **columns)
    save_dataset(other, folder / "other.parquet")
    run = save_mixture_run(folder / "runs", dataset, folder / "small.parquet")
    recalibrate(run)
    recipe = Recipe(NetworkConfig((), ()), "standard", TrainingConfig(epochs=10))
    save_point_run(folder / "runs", dataset, folder / "small.parquet", "point-run", recipe)
    return folder


@pytest.fixture
def root(tmp_path):
    """Where answers are kept; processes that are at work there in the end are ended."""
    yield tmp_path / "runs"
    for process in psutil.process_iter(["cmdline"]):
        if any(str(tmp_path) in word for word in process.info["cmdline"] or []):
            process.kill()


@pytest.fixture
def here(monkeypatch):
    """Let questions be answered in this process, at once; return those that were."""
    asked = []

    def submit(job):
        asked.append(job)
        question.work(job)
        return job

    monkeypatch.setattr(question, "submit", submit)
    return asked
