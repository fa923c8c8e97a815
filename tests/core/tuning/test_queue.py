"""Searches in processes of their own: each costs the import of Keras, so there are few."""

import shutil
import sys
import time
from dataclasses import replace

import psutil
import pytest

from core.errors import ConfigError, DataError, RunError
from core.runs import is_held
from core.tuning import queue
from core.tuning.dimension import Dimension
from core.tuning.search import Budget, SearchStatus, Trial
from core.tuning.space import Space


def processes_of(search):
    """Return the processes that work on this search."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(search.path) in (process.info["cmdline"] or [])
    ]


def wait_until(condition, seconds=200):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def killed(tmp_path_factory, toy_file, toy_space):
    """Kill a search in its second trial and resume it; return it and what was there before."""
    runs_dir = tmp_path_factory.mktemp("project") / "runs"
    search = queue.submit(
        runs_dir, toy_space, toy_file, budget=Budget(trials=2), device="cpu", epochs=12, seed=1
    )
    try:
        # As a laptop that loses its power: in the middle of a trial.
        wait_until(lambda: (search.status().trial, search.status().epoch >= 1) == (2, True))
        (leader,) = [one for one in processes_of(search) if "core.tuning.worker" in one.cmdline()]
        leader.kill()
        wait_until(lambda: not is_held(search.trials_lock()) and not processes_of(search), 30)
        before = search.status(), search.trials(), search.curves(2)
        queue.resume(search)
        assert queue.wait(search).state == "done", search.log()
        yield search, before
    finally:
        for process in processes_of(search):
            process.kill()


def test_a_killed_search_loses_no_finished_trial(killed):
    search, (status, table, curve) = killed
    assert status.state == "lost"
    assert "1 ended trials are kept" in status.message
    assert list(table["state"]) == ["done", "unfinished"]
    after = search.trials()
    assert after[:1].equals(table[:1].astype(after.dtypes))
    # The trial under way went on after its last epoch.
    assert search.curves(2)[: len(curve)].equals(curve)
    assert after["started"][1] == table["started"][1]
    assert after["units_1"][1] == table["units_1"][1]


def test_the_budget_holds_over_a_kill(killed):
    search, (status, _, _) = killed
    assert list(search.trials()["state"]) == ["done"] * 2
    assert search.status().trials_done == 2
    assert search.status().seconds > status.seconds
    with pytest.raises(RunError, match="has spent its budget: 2 trials"):
        queue.resume(search)


def test_a_trial_becomes_a_run(killed, toy_file, no_process):
    search, _ = killed
    run = queue.promote(search, 2, search.root)
    config = run.config
    assert config.name == "toy trial 2"
    assert config.found_by == f"trial 2 of search {search.search_id}"
    assert queue.promoted(search, 2, [run]) == run
    assert queue.promoted(search, 1, [run]) is None
    assert run.data_path == toy_file
    assert config.split == search.config.split
    training = config.recipe.training
    assert training.learning_rate == search.trials()["learning_rate"][1]
    # As long as the space's base says, not as long as a trial.
    assert (training.epochs, training.early_stopping_patience) == (3, None)
    assert queue.recipe_of(search, 2, epochs=7).training.epochs == 7
    with pytest.raises(RunError, match="has no trial 9"):
        queue.promote(search, 9, search.root)


@pytest.fixture
def no_process(monkeypatch):
    """Let a program that fails at once stand for the process."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))


def test_a_process_that_cannot_start_fails_the_search(tmp_path, toy_file, toy_space, no_process):
    search = queue.submit(tmp_path, toy_space, toy_file, budget=Budget(trials=1), name="A B")
    assert search.search_id.startswith("a-b-")
    assert search.status().state == "failed"
    assert "could not start" in search.status().message
    assert search.data_path == toy_file
    assert search.config.epochs == toy_space.base.training.epochs


def test_what_cannot_be_searched_is_refused_before_a_search_is_made(
    tmp_path, toy_file, toy_space, no_process
):
    def submit(space=toy_space, data=toy_file, **settings):
        queue.submit(tmp_path / "runs", space, data, budget=Budget(trials=1), **settings)

    with pytest.raises(ConfigError, match="gpu:77"):
        submit(device="gpu:77")
    with pytest.raises(ConfigError, match=r"give 'learning_rate' a step, choices, or one value"):
        submit(algorithm="grid")
    with pytest.raises(ConfigError, match="expected one of bayesian"):
        submit(algorithm="luck")
    with pytest.raises(DataError):
        submit(data=tmp_path / "missing.parquet")
    space = Space("never", toy_space.base, (Dimension("filters_1", "int", 1, 2),))
    with pytest.raises(ConfigError, match="never counts"):
        submit(space=space)
    assert not (tmp_path / "runs").exists()


def test_requests_of_what_is_not_at_work_are_refused(make_search):
    search = make_search()
    search.write_status(SearchStatus("done"))
    for ask in (queue.cancel, queue.pause):
        with pytest.raises(RunError, match="is done; there is nothing to stop"):
            ask(search)


def test_a_waiting_search_is_asked_to_stop_and_goes_on_with_more(make_search, no_process):
    search = make_search(budget=Budget(trials=1))
    with search.worker_lock():
        queue.pause(search)
        assert search.cancel_path.read_text() == "paused"
        queue.cancel(search)
        assert search.cancel_path.read_text() == "cancelled"
        with pytest.raises(RunError, match="is queued already"):
            queue.resume(search)
    search.write_ended(Trial(1, {}, 2, state="failed"))
    search.write_status(replace(search.status(), state="paused", seconds=90.0))
    with pytest.raises(RunError, match=r"budget: 1 trials in 1\.5 minutes"):
        queue.resume(search)
    queue.resume(search, Budget(minutes=2))
    assert search.budget == Budget(minutes=2)
    assert not search.cancel_path.exists()
    assert search.status().seconds == 90
