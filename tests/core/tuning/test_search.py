import pandas as pd
import pytest

from core.errors import ConfigError, RunError
from core.runs import METRICS, list_runs
from core.tuning.search import (
    COLUMNS,
    Budget,
    SearchStatus,
    Trial,
    create_search,
    list_searches,
    open_search,
)


def ended(number, mae, **values):
    state = "failed" if mae is None else "done"
    return Trial(number, values, 2, state=state, mae=mae, epochs=2, seconds=1.5)


def record(epoch):
    return {name: float(epoch) for name in METRICS}


def test_a_search_is_read_as_it_was_made(make_search):
    search = make_search("first", seed=3)
    again = open_search(search.root, "first")
    assert again.config == search.config
    assert again.config.created
    assert again.config.seed == 3
    assert again.trials().empty
    assert list(again.trials())[: len(COLUMNS)] == list(COLUMNS)
    assert again.log() == ""


def test_a_search_is_no_run_of_its_root(make_search):
    search = make_search()
    assert list_runs(search.root) == []
    assert list_searches(search.root) == [search]
    assert list_searches(search.root / "missing") == []


def test_newest_first_and_damaged_ones_left_out(make_search):
    make_search("a", created="2026-01-01")
    make_search("b", created="2026-01-02")
    damaged = make_search("c", created="2026-01-03")
    (damaged.path / "config.json").write_text("{")
    assert [one.search_id for one in list_searches(damaged.root)] == ["b", "a"]


def test_the_table_has_every_trial_and_every_hyperparameter(make_search):
    search = make_search()
    search.write_ended(ended(1, 0.02, dense_layers=1, units_1=8, learning_rate=0.01))
    search.write_ended(ended(2, None, dense_layers=2, units_1=8, units_2=4, learning_rate=0.02))
    search.write_begun(Trial(3, {"dense_layers": 1, "units_1": 9}, 2))
    search.write_curves(3, [record(1)])
    table = search.trials()
    assert list(table["trial"]) == [1, 2, 3]
    assert list(table["state"]) == ["done", "failed", "unfinished"]
    assert table["mae"][0] == 0.02
    assert table["mae"][1:].isna().all()
    assert table["units_2"].astype(object).tolist() == [pd.NA, 4, pd.NA]
    for name in ("best_epoch", "epochs", "parameters", "dense_layers", "units_1", "units_2"):
        assert pd.api.types.is_integer_dtype(table[name]), name
    assert table["epochs"][2] == 1
    assert list(search.curves(3)["epoch"]) == [1]
    assert search.curves(9).empty
    assert list(search.curves(9)) == list(METRICS)


def test_a_running_trial_is_called_so_while_a_process_works(make_search):
    search = make_search()
    search.write_begun(Trial(1, {"units_1": 9}, 2))
    search.write_status(SearchStatus("running"))
    with search.worker_lock():
        assert search.is_active
        assert list(search.trials()["state"]) == ["running"]
    assert search.status().state == "lost"
    assert "it keeps 0 ended trials" in search.status().message


def test_a_trial_trains_as_the_search_says(make_search, toy_space):
    search = make_search(epochs=7, patience=2, seed=3)
    values = {"dense_layers": 1, "units_1": 9, "learning_rate": 0.02}
    recipe = search.recipe(Trial(1, values, 7))
    training = recipe.training
    assert recipe.network.dense_units == (9,)
    assert (training.epochs, training.early_stopping_patience, training.seed) == (7, 2, 3)
    assert training.learning_rate == 0.02
    assert training.batch_size == toy_space.base.training.batch_size


def test_a_later_budget_stands_before_the_first(make_search):
    search = make_search(budget=Budget(trials=4))
    assert search.budget == Budget(trials=4)
    search.write_budget(Budget(trials=9, minutes=2))
    assert search.budget == Budget(9, 2)


def test_budgets_end():
    assert Budget(trials=3).is_spent(3, 0)
    assert not Budget(trials=3).is_spent(2, 1e9)
    assert Budget(minutes=1.5).is_spent(0, 90)
    assert not Budget(minutes=1.5).is_spent(99, 89)
    assert Budget(3, 1).is_spent(0, 60)
    for wrong, called in (({}, "Budget"), ({"trials": 0}, "Trials"), ({"minutes": 0}, "Minutes")):
        with pytest.raises(ConfigError, match=f"^{called}"):
            Budget(**wrong)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"algorithm": "annealing"}, "Algorithm: expected one of bayesian"),
        ({"epochs": 0}, "Epochs of a trial: expected at least 1"),
        ({"patience": -1}, r"Early stop \[epochs\]: expected a whole number of at least 0"),
        ({"seed": -1}, "Seed: expected a whole number"),
        ({"trials_per_process": 0}, "Trials of a process: expected at least 1"),
    ],
)
def test_what_is_no_search_is_said(make_search, settings, message):
    with pytest.raises(ConfigError, match=message):
        make_search(**settings)


def test_ids_are_checked(make_search, tmp_path):
    search = make_search()
    with pytest.raises(RunError, match="Expected a run id"):
        open_search(search.root, "../toy")
    with pytest.raises(RunError, match="no search 'other'"):
        open_search(search.root, "other")
    with pytest.raises(RunError, match="exists already"):
        create_search(search.root, search.config)
    (search.path.parent / "link").symlink_to(search.path)
    with pytest.raises(RunError, match="is a link"):
        open_search(search.root, "link")


@pytest.mark.parametrize("name", ["status.json", "trials.jsonl"])
def test_damage_is_named(make_search, name):
    search = make_search()
    (search.path / name).write_text("{\n")
    with pytest.raises(RunError, match=rf"'toy': {name} is damaged"):
        search.trials() if name == "trials.jsonl" else search.status()


def test_a_missing_file_is_named(make_search):
    search = make_search()
    (search.path / "status.json").unlink()
    with pytest.raises(RunError, match=r"status\.json is missing"):
        search.status()
