import numpy as np
import pandas as pd
import pytest

from core.tuning.dimension import Dimension
from dashboard.figures import theme
from dashboard.figures.slices import MOST_POINTS, slices
from dashboard.figures.tuning import FAR

DIMENSIONS = (
    Dimension("activation", "choice", values=("relu", "leaky_relu")),
    Dimension("units_1", "choice", values=(256, 64)),
    Dimension("learning_rate", "float", 1e-3, 1e-2, log=True),
    Dimension("dropout", "float", 0.0, 0.5),
    Dimension("components", "int", 3, 8),
)


@pytest.fixture
def trials():
    """Four finished trials; the second is the best, the last came apart."""
    return pd.DataFrame(
        {
            "trial": [1, 2, 3, 4],
            "mae": [0.03, 0.02, 0.025, 5.0],
            "activation": ["relu", "leaky_relu", "relu", "relu"],
            "units_1": [64.0, np.nan, 256.0, 64.0],
            "learning_rate": [1e-3, 2e-3, 5e-3, 1e-2],
            "dropout": [0.1, 0.2, 0.3, 0.4],
            "components": [3, 5, 8, 4],
        }
    )


def points_of(figure, number):
    return figure.data[2 * number]


def ring_of(figure, number):
    return figure.data[2 * number + 1]


def test_each_hyperparameter_stands_against_the_same_errors(trials):
    figure = slices(trials, DIMENSIONS)
    titles = [each.text for each in figure.layout.annotations]
    assert titles == ["Activation", "Units 1", "Learning rate", "Dropout", "Gaussians"]
    # The best first.
    assert points_of(figure, 0).customdata[:, 0].tolist() == [2, 3, 1, 4]
    assert list(points_of(figure, 0).x) == ["Leaky ReLU", "ReLU", "ReLU", "ReLU"]
    assert list(points_of(figure, 2).x) == [2e-3, 5e-3, 1e-3, 1e-2]
    low, top = figure.layout.yaxis.range
    assert low < 0.02
    assert FAR * 0.02 < top < 0.1
    # What came apart stands at the end of the axis, and its own error is told.
    assert max(points_of(figure, 3).y) == FAR * 0.02
    assert points_of(figure, 3).customdata[-1].tolist() == [4, 5.0]
    assert points_of(figure, 3).marker.symbol.tolist() == ["circle"] * 3 + ["triangle-up"]


def test_a_trial_stands_only_where_the_hyperparameter_had_an_effect(trials):
    figure = slices(trials, DIMENSIONS)
    units = points_of(figure, 1)
    assert units.customdata[:, 0].tolist() == [3, 1, 4]
    assert list(units.x) == ["256", "64", "64"]
    assert list(figure.layout.xaxis2.categoryarray) == ["256", "64"]


def test_only_the_best_trial_of_all_is_ringed_where_it_stands(trials):
    figure = slices(trials, DIMENSIONS)
    assert list(ring_of(figure, 2).x) == [2e-3]
    assert list(ring_of(figure, 2).y) == [0.02]
    assert list(ring_of(figure, 1).x) == []  # it has no such hyperparameter


def test_factors_have_an_axis_of_factors_with_few_ticks(trials):
    axis = slices(trials, DIMENSIONS).layout.xaxis3
    assert axis.type == "log"
    assert list(axis.ticktext) == ["0.001", "0.002", "0.005", "0.01"]
    assert axis.range[0] < -3
    assert axis.range[1] > -2


def test_of_too_many_trials_the_best_are_drawn():
    n = MOST_POINTS + 10
    trials = pd.DataFrame({"trial": range(n), "mae": np.linspace(0.03, 0.02, n), "dropout": 0.1})
    figure = slices(trials, [DIMENSIONS[3]])
    assert len(points_of(figure, 0).x) == MOST_POINTS
    assert points_of(figure, 0).customdata[:, 0].min() == 10


def test_titles_stand_below_the_toolbar(trials):
    toolbar, title = 32, 1.5 * theme.TEXT_SIZE  # heights in pixels
    assert slices(trials, DIMENSIONS).layout.margin.t >= toolbar + title


def test_it_says_in_words_what_it_shows(trials):
    alt = slices(trials, DIMENSIONS).layout.meta["alt"]
    assert alt == "Validation MAE of 4 trials against each of 5 hyperparameters"
