"""Trials, run in this process; `test_killed` has processes of their own."""

import shutil
import time
from dataclasses import replace

import pytest

from core.errors import RunError
from core.jobs.devices import list_devices
from core.jobs.turn import CancelledError
from core.model.config import ConvLayer, NetworkConfig
from core.tuning import queue, tuner, worker
from core.tuning.config import NONE_LEFT
from core.tuning.dimension import Dimension
from core.tuning.oracle import Oracle
from core.tuning.search import Budget
from core.tuning.space import Space
from core.tuning.worker import FINISHED, MAX_FAILURES, MORE

# KerasTuner on Python 3.10 and later.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName):DeprecationWarning")


def run(search):
    return tuner.run_trials(search, list_devices()[-1], time.monotonic())


def interrupted(search, monkeypatch, trial, epoch, action):
    """Run the trials, and do something after an epoch of a trial."""
    write = tuner.SearchWatch.write

    def write_and_act(self, **changes):
        write(self, **changes)
        if (self.status.trial, changes.get("epoch")) == (trial, epoch):
            action(self)

    with monkeypatch.context() as patch:
        patch.setattr(tuner.SearchWatch, "write", write_and_act)
        return run(search)


def results(search):
    """Return what must not depend on the way: all but the times."""
    table = search.trials()
    return table.drop(columns=["seconds", "cpu_seconds", "started", "ended"])


def test_trials_are_kept_and_a_search_stopped_in_one_goes_on_as_if_it_had_not_been(
    make_search, monkeypatch
):
    settings = {"algorithm": "random", "budget": Budget(trials=2)}
    unbroken = make_search("unbroken", **settings)
    assert run(unbroken) == FINISHED
    check_kept(unbroken)
    broken = make_search("broken", trials_per_process=1, **settings)
    # A process has so many trials.
    assert run(broken) == MORE
    with pytest.raises(CancelledError):
        interrupted(broken, monkeypatch, 2, 1, lambda watch: broken.cancel_path.touch())
    table = broken.trials()
    assert list(table["state"]) == ["done", "unfinished"]
    assert table["epochs"][1] == 1
    first = broken.curves(2)
    broken.cancel_path.unlink()
    assert run(broken) == MORE
    assert run(broken) == FINISHED
    assert results(broken).equals(results(unbroken))
    assert broken.curves(2)[:1].equals(first)


def check_kept(unbroken):
    table = unbroken.trials()
    assert list(table["state"]) == ["done"] * 2
    assert table.drop(columns="units_2").notna().all(axis=None)
    for row in table.itertuples():
        curve = unbroken.curves(row.trial)
        assert len(curve) == row.epochs == 2
        best = curve.loc[curve["val_loss"].idxmin()]
        assert (row.mae, row.val_loss, row.best_epoch) == (
            best["val_mae"], best["val_loss"], best["epoch"],
        )  # fmt: skip
        assert not unbroken.checkpoint_path(row.trial).exists()
    status = unbroken.status()
    assert (status.trials_done, status.trials_failed, status.trial) == (2, 0, None)
    assert status.best_mae == table["mae"].min()
    assert status.seconds > table["seconds"].sum()


def test_what_cannot_be_trained_fails_the_trial_alone(make_search, toy_space):
    base = replace(toy_space.base, network=NetworkConfig((ConvLayer(2, 5),), (4,)))
    dimensions = (
        Dimension("kernel_size_1", "choice", values=(5, 300)),
        Dimension("learning_rate", "choice", values=(0.01, 1e30)),
    )
    search = make_search(
        space=Space("too wide", base, dimensions), algorithm="grid", budget=Budget(trials=9)
    )
    assert run(search) == FINISHED
    table = search.trials()
    assert list(table["state"]) == ["done", "failed", "failed", "failed"]
    assert "the training diverged" in table["message"][1]
    assert "its kernel of 300 does not fit" in table["message"][2]
    assert table["mae"].notna().tolist() == [True, False, False, False]
    status = search.read_status()
    assert (status.trials_done, status.trials_failed) == (1, 3)
    assert status.message == NONE_LEFT
    search.write_status(replace(status, state="done"))
    with pytest.raises(RunError, match="no untried combination after 4 trials: more trials or"):
        queue.resume(search, Budget(trials=50))


def test_one_failure_after_the_other_ends_the_search(make_search, toy_space):
    base = replace(toy_space.base, network=NetworkConfig((ConvLayer(2, 300),), (4,)))
    space = Space("too wide", base, (Dimension("batch_size", "int", 8, 64),))
    search = make_search(space=space, budget=Budget(trials=9))
    with pytest.raises(RunError, match=f"{MAX_FAILURES} trials in a row failed.*kernel of 300"):
        run(search)
    assert len(search.trials()) == MAX_FAILURES
    assert search.read_status().trials_failed == MAX_FAILURES


def test_when_the_time_is_spent_the_trial_is_left_for_later(make_search, monkeypatch):
    search = make_search(algorithm="random", budget=Budget(minutes=5))

    def an_hour_later(watch):
        watch._clock -= 3600

    assert interrupted(search, monkeypatch, 1, 1, an_hour_later) == FINISHED
    status = search.read_status()
    assert status.message == "5 min are spent. Trial 1 was left after epoch 1."
    assert (status.trials_ended, status.seconds > 3600) == (0, True)
    assert list(search.trials()["state"]) == ["unfinished"]
    assert search.checkpoint_path(1).is_file()


def test_hyperband_goes_on_from_the_last_epoch(make_search):
    search = make_search(algorithm="hyperband", epochs=3, budget=Budget(trials=4))
    assert run(search) == FINISHED
    ended = search.ended_trials()
    longer = ended[-1]
    assert longer.stop_epoch == longer.epochs == 3
    assert search.curves(longer.number)[:1].equals(search.curves(longer.after))
    assert longer.values == ended[longer.after - 1].values
    assert {trial.epochs for trial in ended} == {1, 3}


@pytest.mark.parametrize("lost", ["checkpoints", "folders"])
def test_more_trials_of_a_hyperband_search_that_was_done_are_those_of_one_go(
    make_search, monkeypatch, lost
):
    settings = {"algorithm": "hyperband", "epochs": 3}
    at_once = make_search("at-once", budget=Budget(trials=4), **settings)
    assert run(at_once) == FINISHED
    extended = make_search("extended", budget=Budget(trials=3), **settings)
    monkeypatch.setattr(worker, "_run", lambda search, device: str(run(search)))
    assert worker.work(extended) == "done"
    assert not list(extended.path.glob("trials/*/checkpoint.npz"))
    if lost == "folders":
        shutil.rmtree(extended.path / "trials")
    extended.write_budget(Budget(trials=4))
    assert run(extended) == FINISHED
    assert extended.ended_trials()[-1].after is not None
    assert results(extended).equals(results(at_once))
    if lost == "checkpoints":
        times = ["seconds", "cpu_seconds"]
        for number in range(1, 5):
            ours, theirs = extended.curves(number), at_once.curves(number)
            assert ours.drop(columns=times).equals(theirs.drop(columns=times))


def test_the_processes_of_a_search_share_its_trials(make_search, monkeypatch):
    """A second one takes its turn in the middle of the first one's trial."""
    alone = make_search("alone", budget=Budget(trials=3))
    assert run(alone) == FINISHED
    search = make_search("shared", budget=Budget(trials=3), workers=2)
    outcomes = []

    def let_the_other_run(watch):
        if not outcomes:
            outcomes.append(None)
            outcomes[0] = tuner.run_trials(search, list_devices()[-1], time.monotonic(), 1)

    assert interrupted(search, monkeypatch, 1, 1, let_the_other_run) == FINISHED
    assert outcomes == [FINISHED]
    ended = search.ended_trials()
    assert [(one.number, one.worker, one.known) for one in ended] == [
        (2, 1, 0),
        (3, 1, 1),
        (1, 0, 0),
    ]
    assert search.read_status().trials_done == 3
    assert search.open_trials() == []
    # A trial by itself is the same, whatever ran beside it.
    together = results(search).set_index("trial").sort_index()
    by_itself = results(alone).set_index("trial")
    for number in (1, 2, 3):
        if together.loc[number, "units_1"] == by_itself.loc[number, "units_1"]:
            assert together.loc[number].equals(by_itself.loc[number])
    assert together.loc[1].equals(by_itself.loc[1])
    # What is known by then is all that the next one follows from.
    assert Oracle(search.config, 3, ended).propose().known == 3


def test_a_process_goes_on_with_its_own_trial(make_search, monkeypatch):
    search = make_search(algorithm="random", budget=Budget(trials=2), workers=2)

    def stop(watch):
        search.cancel_path.touch()

    with pytest.raises(CancelledError):
        interrupted(search, monkeypatch, 1, 1, stop)
    search.cancel_path.unlink()
    assert [one.worker for one in search.open_trials()] == [0]
    # All that the budget leaves is one more.
    assert tuner.run_trials(search, list_devices()[-1], time.monotonic(), 1) == FINISHED
    assert [one.number for one in search.ended_trials()] == [2]
    assert "with trial 1 after epoch 1" in search.next_step(search.read_status())
    assert run(search) == FINISHED
    assert [one.number for one in search.ended_trials()] == [2, 1]
