"""Left to workers, so that no process starts: what a worker trains, `test_worker` tells."""

from dataclasses import replace

import pytest

from core.atomic import write_json
from core.comparison.seeds import seed_groups
from core.config import to_dict
from core.errors import DataError, RunError
from core.runs import Run
from core.runs.run import list_runs
from core.training.more_seeds import next_seeds, train_more_seeds


def test_the_next_seeds_are_those_that_no_run_has():
    assert next_seeds({0, 2, 42}, 3) == [1, 3, 4]


def test_runs_of_other_seeds_differ_in_nothing_else(make_run, tmp_path):
    run = make_run()
    more = train_more_seeds(run, (4, 5, 6), tmp_path / "runs", to_workers=True)
    assert [each.config.recipe.training.seed for each in more] == [4, 5, 6]
    assert [each.status().state for each in more] == ["queued"] * 3
    assert more[0].run_id.startswith("toy-seed-4-")
    runs = {each.run_id: each for each in (run, *more)}
    assert seed_groups(runs) == [tuple(runs)]
    assert all(each.data_path.samefile(run.data_path) for each in more)


def test_seeds_of_an_own_recipe_are_not_called_like_the_preset_that_it_was_begun_from(
    make_run, tmp_path
):
    run = make_run()
    write_json(run.path / "config.json", to_dict(replace(run.config, name="compact")))
    (other,) = train_more_seeds(Run(run.path), (4,), tmp_path / "runs", to_workers=True)
    assert other.run_id.startswith("own-recipe-seed-4-")


def test_seeds_of_a_run_that_has_a_name_are_called_after_it(make_run, tmp_path):
    run = make_run()
    run.call("Wide, with fresh noise")
    (other,) = train_more_seeds(run, (4,), tmp_path / "runs", to_workers=True)
    assert other.title == "Wide, with fresh noise, seed 4"


def test_without_its_data_set_nothing_starts(make_run, tmp_path):
    run = make_run(data_path=tmp_path / "gone.parquet")
    with pytest.raises(DataError, match=r"'toy' was trained on is not here.*--data FILE"):
        train_more_seeds(run, (4,), tmp_path / "runs", to_workers=True)
    assert list_runs(tmp_path / "runs") == [run]


def test_another_data_set_under_its_name_is_refused(make_run, tmp_path):
    run = make_run(data_hash="ab" * 32)
    with pytest.raises(DataError, match="with hash abababababab, received another one"):
        train_more_seeds(run, (4,), tmp_path / "runs", to_workers=True)
    assert list_runs(tmp_path / "runs") == [run]


def test_a_run_that_was_calibrated_anew_has_no_seeds(make_run, tmp_path):
    run = make_run()
    config = replace(run.config, recalibrated=run.config.data)
    write_json(run.path / "config.json", to_dict(config))
    run = Run(run.path)
    with pytest.raises(RunError, match="was calibrated anew and not trained"):
        train_more_seeds(run, (4,), tmp_path / "runs", to_workers=True)
