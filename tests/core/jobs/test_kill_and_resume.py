"""Every kind of job: killed in the middle, told lost at once, resumed, and as if never broken.

These are real processes; `test_jobs` has what is the same for all, and
`tests/core/training/test_queue.py` the trainings, where Keras is imported already.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core import jobs
from core.data.dataset import make_dataset, save_dataset
from core.errors import RunError
from core.inspection import map_job
from core.inspection.map_job import MapJob
from core.inspection.wavelength_map import SAMPLES, WavelengthMap
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.runs import SHIPPED_RUNS, Run
from core.tuning import queue as searches
from core.tuning.dimension import Dimension
from core.tuning.search import Budget
from core.tuning.space import Space

EPOCHS = 6
SHIPPED_DATA = Path(__file__).parents[3] / "data" / "simulated-20k.parquet"


@pytest.fixture(scope="module")
def toy_file(tmp_path_factory):
    """300 spectra with one broad line that moves with redshift."""
    rng = np.random.default_rng(5)
    z = rng.uniform(0.02, 0.5, 300)
    line = np.exp(-0.5 * ((np.arange(186) - 40 - 200 * z[:, None]) / 12) ** 2)
    flux = (1 + line + 0.05 * rng.normal(size=(300, 186))).astype(np.float32)
    path = tmp_path_factory.mktemp("data") / "toy.parquet"
    save_dataset(make_dataset(flux, z, name="toy", origin="simulated"), path)
    return path


@pytest.fixture
def submit_search(toy_file, tmp_path):
    """Return what starts a search of three trials, of which the last is chosen by the others."""
    training = TrainingConfig("adam", learning_rate=0.01, batch_size=4, epochs=EPOCHS)
    base = Recipe(NetworkConfig((), (8,)), "standard", training)
    dimensions = (
        Dimension("units_1", "int", 4, 64),
        Dimension("learning_rate", "float", 0.001, 0.1, log=True),
    )

    def submit(root):
        space = Space("toy", base, dimensions)
        budget = Budget(trials=4)
        return searches.submit(tmp_path / root, space, toy_file, budget=budget, device="cpu")

    return submit


def test_a_search_that_is_killed_together_with_its_trial(submit_search, kill, wait_until):
    broken, unbroken = submit_search("broken"), submit_search("unbroken")
    # As a service manager does: one process after the other, the trial's before the search's.
    wait_until(lambda: (broken.status().trial, broken.status().epoch >= 1) == (2, True))
    kill(broken, leader_last_after=0.3)
    lost, table, curve = broken.status(), broken.trials(), broken.curves(2)
    assert lost.state == "lost"
    assert "it keeps 1 ended trial." in lost.message
    assert list(table["state"]) == ["done", "unfinished"]
    (broken.path / "trials" / "0002" / ".checkpoint.npz").write_bytes(b"half")
    jobs.resume(broken)
    assert jobs.wait(broken).state == "done", broken.log()
    assert jobs.wait(unbroken).state == "done", unbroken.log()
    assert not list(broken.path.rglob(".*"))
    assert broken.status().seconds > lost.seconds
    with pytest.raises(RunError, match="has spent its budget: 4 trials"):
        searches.resume(broken)
    after, times = broken.trials(), ["seconds", "cpu_seconds", "started", "ended"]
    assert after["started"][1] == table["started"][1]
    assert broken.curves(2)[: len(curve)].equals(curve)
    assert after.drop(columns=times).equals(unbroken.trials().drop(columns=times))


def test_a_map_of_wavelengths(tmp_path, kill, wait_until):
    """Of a run whose network takes half a minute for it, so that it can be met at work."""
    without = shutil.ignore_patterns("wavelength_map.npz")
    shipped = SHIPPED_RUNS / "dissertation-20k"
    run = Run(shutil.copytree(shipped, tmp_path / "runs" / "slow", ignore=without))
    job = MapJob(run.path)
    map_job.start(run, SHIPPED_DATA)
    wait_until(lambda: job.status().done > 0)
    assert job.status().total == len(SAMPLES)
    (run.path / "map.lock").unlink()
    with pytest.raises(
        RunError, match="The making of the wavelength map of run 'slow' is active right now"
    ):
        map_job.start(run, SHIPPED_DATA)
    kill(job)
    assert job.status().state == "lost"
    assert "ended unexpectedly" in job.status().message
    (run.path / ".wavelength_map.npz").write_bytes(b"half")
    map_job.start(run, SHIPPED_DATA)
    wait_until(lambda: job.status().done > 0)
    jobs.stop(job)
    wait_until(lambda: job.status().state == "done")
    left = {path.name for path in run.path.iterdir()}
    assert left - {path.name for path in shipped.iterdir()} <= {"start.lock", "map.lock", "map.log"}
    assert WavelengthMap.load(run) is None
