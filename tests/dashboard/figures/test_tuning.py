import numpy as np
import pandas as pd
import pytest

from dashboard.figures import theme
from dashboard.figures.tuning import FAR, FRONT, OWN, TRIAL, costs, history, importances


@pytest.fixture
def trials():
    """Trials in the order in which they ended; the third failed, the last came apart."""
    return pd.DataFrame(
        {
            "trial": ["0", "2", "1", "3", "4"],
            "state": ["done", "done", "failed", "done", "done"],
            "mae": [0.03, 0.025, np.nan, 0.028, 5.0],
            "cpu_seconds": [10.0, 40.0, 1.0, 90.0, 5.0],
            "parameters": [1000, 4000, 100, 9000, 500],
            "own": [False, False, False, True, False],
        }
    )


@pytest.fixture
def done(trials):
    return trials[trials["mae"].notna()]


def test_the_best_so_far_never_rises_and_outlives_a_failure(trials, layers_of):
    line = layers_of(history(trials))[0]
    assert line.data["best"].tolist() == [0.03, 0.025, 0.025, 0.025, 0.025]
    assert line.mark["interpolate"] == "step-after"
    assert line.title("x") == "Trials ended"
    assert line.title("y") == "Validation MAE [redshift]"


def test_a_failed_trial_is_marked_and_named(trials, layers_of):
    chart = history(trials)
    failed = layers_of(chart)[-1]
    assert failed.data["number"].tolist() == [3]
    assert failed.data["trial"].tolist() == ["1"]
    assert chart.to_dict()["description"].endswith("; 1 failed")


def test_trials_that_all_failed_are_no_error(trials, layers_of):
    (failed,) = layers_of(history(trials.assign(mae=np.nan, own=False)))
    assert len(failed.data) == 5


def test_a_training_that_came_apart_does_not_press_the_others_together(trials, layers_of):
    for layer in layers_of(history(trials))[:2]:
        low, top = layer.scale("y")["domain"]
        assert low < 0.025
        assert FAR * 0.025 < top < 0.1
        assert layer.scale("y")["clamp"] is True


def test_what_lies_above_the_axis_is_marked_and_told(trials, layers_of):
    chart = history(trials)
    _, points, beyond, _ = layers_of(chart)
    assert points.data.loc[points.data["beyond"], "trial"].tolist() == ["4"]
    assert (beyond.mark["shape"], beyond.encoding["y"]["field"]) == ("triangle-up", "mae")
    assert "point at it for its value" in chart.title.subtitle
    within = history(trials.head(4))
    assert len(layers_of(within)) == 3
    assert within.title == "Each trial, and the best so far"


def test_one_trial_alone_has_an_axis(trials, layers_of):
    low, top = layers_of(history(trials.head(1)))[0].scale("y")["domain"]
    assert low < 0.03 < top


def test_the_dissertations_network_is_a_diamond_of_its_own(trials, layers_of):
    points = layers_of(history(trials))[1]
    assert points.data.loc[points.data["kind"] == OWN, "trial"].tolist() == ["3"]
    scale = points.encoding["shape"]["scale"]
    shapes = dict(zip(scale["domain"], scale["range"], strict=True))
    assert (shapes[TRIAL], shapes[OWN]) == ("circle", "diamond")
    assert points.encoding["color"]["legend"]["values"] == [TRIAL, OWN]
    without = layers_of(history(trials.assign(own=False)))[1]
    assert without.encoding["color"]["legend"] is None


@pytest.mark.parametrize("cost", ["cpu_seconds", "parameters"])
def test_the_front_runs_from_the_cheapest_to_the_best(done, layers_of, cost):
    line, points, beyond = layers_of(costs(done, cost))
    assert beyond.mark["shape"] == "triangle-up"
    assert line.data["trial"].tolist() == ["4", "0", "2"]
    assert line.data[cost].is_monotonic_increasing
    assert line.scale("x")["type"] == "log"
    kinds = points.data.set_index("trial")["kind"]
    assert kinds.to_dict() == {"0": FRONT, "2": FRONT, "3": OWN, "4": FRONT}


def test_costs_have_units(done, layers_of):
    assert layers_of(costs(done, "cpu_seconds"))[0].title("x") == "CPU time of the trial [s]"
    assert layers_of(costs(done, "parameters"))[0].title("x") == "Parameters"
    assert costs(done, "cpu_seconds").title.text == "MAE against CPU time"
    assert costs(done.head(3), "parameters").title == "MAE against number of parameters"


def test_importances_show_their_error(layers_of):
    table = pd.DataFrame(
        {
            "name": ["learning_rate", "units_3", "density_loss"],
            "importance": [0.5, 0.1, -0.01],
            "standard_error": [0.1, 0.05, 0.02],
        }
    )
    bars, errors = layers_of(importances(table))
    assert bars.data["label"].tolist() == ["Learning rate", "Units 3", "Loss of p(z)"]
    assert bars.encoding["y"]["sort"] is None
    assert errors.data["low"].tolist() == pytest.approx([0.4, 0.05, -0.03])
    assert errors.data["high"].tolist() == pytest.approx([0.6, 0.15, 0.01])
    assert bars.mark["color"] == theme.OURS
