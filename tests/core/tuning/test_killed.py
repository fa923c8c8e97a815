"""A search whose real processes are killed; the one that it must equal runs in this process."""

import time

import pytest

from core import jobs
from core.errors import RunError
from core.jobs.devices import list_devices
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.tuning import queue as searches
from core.tuning import tuner
from core.tuning.dimension import Dimension
from core.tuning.search import Budget
from core.tuning.space import Space
from core.tuning.worker import FINISHED
from tests.support.processes import kill, wait_until

EPOCHS = 6

# KerasTuner on Python 3.10 and later.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName):DeprecationWarning")


@pytest.fixture
def submit_search(toy_file, tmp_path):
    """Return what starts a search of four trials, of which the last is chosen by the others."""
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


def test_a_search_that_is_killed_together_with_its_trial(submit_search, monkeypatch):
    broken = submit_search("broken")
    with monkeypatch.context() as patch:
        patch.setattr("core.jobs.queue.start_process", lambda search: None)
        unbroken = submit_search("unbroken")
    # As a service manager does: one process after the other, the trial's before the search's.
    wait_until(lambda: (broken.status().trial, broken.status().epoch >= 1) == (2, True))
    kill(broken, leader_last_after=0.3)
    lost, table, curve = broken.status(), broken.trials(), broken.curves(2)
    assert lost.state == "lost"
    assert "it keeps 1 ended trial." in lost.message
    assert list(table["state"]) == ["done", "unfinished"]
    (broken.path / "trials" / "0002" / ".checkpoint.npz").write_bytes(b"half")
    jobs.resume(broken)
    assert tuner.run_trials(unbroken, list_devices()[-1], time.monotonic()) == FINISHED
    assert jobs.wait(broken).state == "done", broken.log()
    assert not list(broken.path.rglob(".*"))
    assert broken.status().seconds > lost.seconds
    with pytest.raises(RunError, match="has spent its budget: 4 trials"):
        searches.resume(broken)
    after, times = broken.trials(), ["seconds", "cpu_seconds", "started", "ended"]
    assert after["started"][1] == table["started"][1]
    assert broken.curves(2)[: len(curve)].equals(curve)
    assert after.drop(columns=times).equals(unbroken.trials().drop(columns=times))
