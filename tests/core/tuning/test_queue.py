"""What is asked of searches; `test_killed` has their processes."""

import shutil
import sys
from dataclasses import replace

import pytest

from core import jobs
from core.errors import ConfigError, DataError, RunError
from core.tuning import queue
from core.tuning.dimension import Dimension
from core.tuning.search import Budget, Trial
from core.tuning.space import Space


def test_a_trial_becomes_a_run(make_search, toy_file, no_process):
    search = make_search()
    for number in (1, 2):
        values = {"dense_layers": 1, "units_1": 9, "learning_rate": number / 100}
        search.write_ended(Trial(number, values, 2, state="done", mae=0.02))
    run = queue.promote(search, 2, search.root)
    config = run.config
    assert config.name == "Toy trial 2"
    assert config.found_by == f"trial 2 of search {search.search_id}"
    assert queue.promoted(search, 2, [run]) == [run]
    assert queue.promoted(search, 1, [run]) == []
    assert run.data_path == toy_file
    assert config.split == search.config.split
    training = config.recipe.training
    assert training.learning_rate == search.trials()["learning_rate"][1]
    # As long as the space's base says, not as long as a trial.
    assert (training.epochs, training.early_stopping_patience) == (3, None)
    assert queue.recipe_of(search, 2, epochs=7).training.epochs == 7
    assert run.title == "Toy trial 2"
    with pytest.raises(RunError, match="has no trial 9"):
        queue.promote(search, 9, search.root)
    search.write_begun(Trial(3, values, 2))
    with pytest.raises(RunError, match="Trial 3 has not ended: choose another trial"):
        queue.promote(search, 3, search.root)
    search.write_ended(Trial(3, values, 2, state="failed"))
    with pytest.raises(RunError, match="Trial 3 failed: choose"):
        queue.promote(search, 3, search.root)


@pytest.fixture
def no_process(monkeypatch):
    """Let a program that fails at once stand for the process."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))


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
    with pytest.raises(ConfigError, match="expected at least 2, one for each of the GPUs"):
        submit(device="gpu:0,gpu:1", workers=1, to_workers=True)
    with pytest.raises(DataError):
        submit(data=tmp_path / "missing.parquet")
    with pytest.raises(ConfigError, match="at most 80 characters, received 81"):
        submit(name="x" * 81)
    space = Space("never", toy_space.base, (Dimension("filters_1", "int", 1, 2),))
    with pytest.raises(ConfigError, match="has no effect"):
        submit(space=space)
    assert not (tmp_path / "runs").exists()


def test_a_waiting_search_is_asked_to_stop_and_goes_on_with_more(make_search, no_process):
    search = make_search(budget=Budget(trials=1))
    with search.worker_lock():
        jobs.stop(search, "paused")
        assert search.cancel_path.read_text() == "paused"
        jobs.stop(search)
        assert search.cancel_path.read_text() == "cancelled"
        with pytest.raises(RunError, match="is queued; only a search that is paused or done"):
            queue.resume(search)
    search.write_ended(Trial(1, {}, 2, state="failed"))
    search.write_status(replace(search.status(), state="paused", seconds=90.0))
    with pytest.raises(RunError, match=r"budget: 1 trial in 2 min"):
        queue.resume(search)
    queue.resume(search, Budget(minutes=2))
    assert search.budget == Budget(minutes=2)
    assert not search.cancel_path.exists()
    assert search.status().seconds == 90
