"""More seeds of a run from the command line."""

import json
from pathlib import Path

import pytest

from core.data import save_dataset
from core.runs import SHIPPED_RUNS, list_runs, open_run
from tests.support.galaxies import make_falling

DATA = Path(__file__).parents[3] / "data" / "simulated-20k.parquet"
RUN = open_run(SHIPPED_RUNS, "compact-20k")


@pytest.fixture
def seeds(xpz, tmp_path, monkeypatch):
    """Return what the command does without its processes, and the runs that are there after it."""
    monkeypatch.setattr("core.jobs.queue.start_process", lambda job: None)

    def call(*words):
        result = xpz("seeds", "--run", RUN.run_id, "--runs-dir", tmp_path, *words)
        return result, {run.run_id: run for run in list_runs(tmp_path)}

    return call


def test_trainings_differ_from_the_run_in_seeds_that_none_has(seeds):
    result, runs = seeds("--data", DATA)
    assert result.exit_code == 0, result.output
    assert sorted(result.stdout.split()) == sorted(runs)
    recipes = [run.config.recipe for run in runs.values()]
    assert sorted(recipe.training.seed for recipe in recipes) == [1, 2, 3]
    assert {recipe.network for recipe in recipes} == {RUN.config.recipe.network}
    assert {run.config.split for run in runs.values()} == {RUN.config.split}
    assert "3 trainings, one after another, of the recipe of compact-20k with seeds 1, 2, 3" in (
        result.stderr
    )
    result, runs = seeds("--data", DATA, "--more", 1, "--json")
    (told,) = json.loads(result.stdout)
    assert runs[told["run_id"]].config.recipe.training.seed == 4


def test_other_data_are_refused_and_nothing_starts(seeds, tmp_path):
    save_dataset(make_falling(), tmp_path / "other.parquet")
    result, runs = seeds("--data", tmp_path / "other.parquet")
    assert result.exit_code == 1
    assert "expected the data set that 'compact-20k' was trained on" in result.stderr
    assert not runs
