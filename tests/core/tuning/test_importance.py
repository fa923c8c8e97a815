import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.tuning.importance import MIN_TRIALS, importance

NAMES = ["learning_rate", "activation", "batch_size", "units_3", "loss"]


def trials(n, seed=0):
    """Trials whose MAE follows from learning rate and activation, and hardly from chance."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "learning_rate": 10 ** random.uniform(-4, -2, n),
            "activation": random.choice(["relu", "silu", "tanh"], n),
            "batch_size": random.choice([16, 32, 64], n),
            "units_3": np.where(random.random(n) < 0.5, np.nan, random.integers(16, 256, n)),
            "loss": "huber",
        }
    )
    table["mae"] = (
        0.02
        + 0.004 * np.abs(np.log10(table["learning_rate"]) + 4)
        + 0.01 * (table["activation"] == "tanh")
        + random.normal(0, 1e-5, n)
    )
    return table


@pytest.fixture(scope="module")
def found():
    return importance(trials(120), NAMES)


@pytest.fixture(scope="module")
def of_few():
    return importance(trials(20), NAMES)


def test_what_decides_stands_first_and_the_rest_is_zero_within_its_error(found):
    table = found.table.set_index("name")
    assert set(table.index[:2]) == {"activation", "learning_rate"}
    for name in ("activation", "learning_rate"):
        assert table.loc[name, "importance"] > 5 * table.loc[name, "standard_error"]
    for name in ("batch_size", "units_3"):
        assert abs(table.loc[name, "importance"]) < 0.02
    assert found.explained > 0.9
    assert found.n_trials == 120


def test_shares_of_an_additive_law_add_up_to_about_one(found):
    assert found.table["importance"].sum() == pytest.approx(1, abs=0.25)


def test_what_never_varied_is_left_out(found):
    assert "loss" not in set(found.table["name"])


def test_a_setting_that_counts_only_by_being_there_is_seen():
    table = trials(60)
    table["mae"] = 0.02 + 0.01 * table["units_3"].isna()
    assert importance(table, NAMES).table["name"][0] == "units_3"


def test_one_wrecked_training_does_not_hide_the_others(found):
    table = trials(120)
    table.loc[5, "mae"] = 1e6
    names = importance(table, NAMES).table["name"]
    assert set(names[:2]) == {"activation", "learning_rate"}


def test_errors_that_follow_from_nothing_are_called_unexplained():
    table = trials(60).assign(mae=np.random.default_rng(1).random(60))
    assert importance(table, NAMES).explained < 0.1


def test_few_trials_say_more_uncertainly_what_matters(found, of_few):
    few = of_few.table.set_index("name")["standard_error"]
    many = found.table.set_index("name")["standard_error"]
    assert few["activation"] > many["activation"]


def test_the_same_trials_give_the_same_numbers(of_few):
    pd.testing.assert_frame_equal(importance(trials(20), NAMES).table, of_few.table)


def test_too_few_trials_are_named():
    table = trials(30)
    table.loc[MIN_TRIALS - 1 :, "mae"] = np.nan  # failed or running
    with pytest.raises(DataError, match="; there are 9"):
        importance(table, NAMES)


def test_nothing_to_compare_is_said():
    with pytest.raises(DataError, match="No hyperparameter varied"):
        importance(trials(12), ["loss"])
