import numpy as np
import pandas as pd
import pytest

from core.comparison.leaderboard import SETTING, best_by, best_first, leaderboard


def test_every_run_is_a_row_of_what_it_came_to_and_was_trained_with(shipped):
    runs = {name: shipped(name) for name in ("compact-20k", "dissertation-20k")}
    table = leaderboard(runs)
    assert list(table.index) == list(runs)
    for name, run in runs.items():
        row, summary = table.loc[name], run.summary()
        assert row["mae"] == summary["evaluation"]["mae"]
        assert row["best_epoch"] == summary["best_epoch"]
        assert row["val_mae"] == run.metrics()["val_mae"][summary["best_epoch"] - 1]
        assert row[f"{SETTING}training.learning_rate"] == run.config.recipe.training.learning_rate
    assert table.loc["compact-20k", "crps"] == pytest.approx(0.0148, abs=5e-5)
    assert np.isnan(table.loc["dissertation-20k", "crps"])
    assert f"{SETTING}data.name" not in table
    assert f"{SETTING}data.name" in leaderboard(runs, differing_only=False)


def test_a_run_without_a_result_has_settings_alone(copied, shipped):
    unfinished = copied("compact-20k", "unfinished")
    unfinished.summary_path.unlink()
    table = leaderboard({"done": shipped("compact-20k"), "not": unfinished}, differing_only=False)
    assert table.loc["not", ["val_mae", "mae", "crps"]].isna().all()
    assert table.loc["not", f"{SETTING}training.epochs"] == 40


def test_the_best_comes_first_and_what_has_no_number_last():
    values = pd.Series({"none": np.nan, "high": 0.03, "below": -0.04, "low": 0.01})
    assert best_first(values, "mae") == ["below", "low", "high", "none"]
    assert best_first(values, "bias") == ["low", "high", "below", "none"]


def test_each_metric_that_ranks_has_its_best_run():
    table = pd.DataFrame(
        {"mae": [0.02, 0.03], "bias": [-0.001, 0.01], "outlier_fraction_rail": [0.1, 0.2]},
        index=["a", "b"],
    ).assign(crps=np.nan)
    assert best_by(table).to_dict("records") == [
        {"metric": "mae", "run": "a", "value": 0.02},
        {"metric": "bias", "run": "a", "value": 0.001},
    ]


def test_runs_that_no_digit_shown_tells_apart_are_both_the_best():
    table = pd.DataFrame({"mae": [0.03, 0.014757525609187324, 0.014757525609187305]})
    assert best_by(table).to_dict("list") == {
        "metric": ["mae", "mae"],
        "run": [2, 1],
        "value": [0.014757525609187305, 0.014757525609187324],
    }
