from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.tuning.dimension import Dimension
from dashboard.figures.parallel import (
    OWN_SIGN,
    STROKES,
    STROKES_OF_BEST,
    UNUSED,
    parallel,
)
from dashboard.figures.tuning import FAR

DIMENSIONS = (
    Dimension("dense_layers", "int", 1, 3),
    Dimension("units_3", "int", 16, 512),
    Dimension("activation", "choice", values=("relu", "silu")),
    Dimension("learning_rate", "float", 1e-4, 1e-2, log=True),
    Dimension("dropout", "float", 0.0, 0.5),
)
OWN = {"dense_layers": 2, "activation": "relu", "learning_rate": 1e-3, "dropout": 0.13}


@pytest.fixture
def trials():
    return pd.DataFrame(
        {
            "mae": [0.02, 0.03, 4.0],
            "dense_layers": [3, 1, 2],
            "units_3": [64, np.nan, np.nan],
            "activation": ["silu", "relu", "relu"],
            "learning_rate": [1e-4, 1e-3, 1e-2],
            "dropout": [0.0, 0.25, 0.5],
        }
    )


@pytest.fixture
def axes(trials):
    trace = parallel(trials, DIMENSIONS, OWN).data[0]
    return {axis.label: axis for axis in trace.dimensions}


def middles(axis):
    """The value of each line: that of the middle one of its strokes."""
    values = np.asarray(axis["values"])
    return [*values[STROKES // 2 : -STROKES_OF_BEST : STROKES], values[-STROKES_OF_BEST // 2]]


def words(axis):
    return dict(zip(axis.tickvals, axis.ticktext, strict=True))


def test_a_line_per_trial_with_the_best_one_last(trials):
    trace = parallel(trials, DIMENSIONS).data[0]
    # What came apart is drawn at the end of the axis, or all others would have one colour.
    colors = [FAR * 0.02] * STROKES + [0.03] * STROKES + [0.02] * STROKES_OF_BEST
    assert trace.line.color == pytest.approx(colors)
    assert (trace.line.cmin, trace.line.cmax) == pytest.approx((0.02, FAR * 0.02))
    ticks = trace.line.colorbar
    assert (ticks.tickvals[-1], ticks.ticktext[-1]) == (trace.line.cmax, f"≥ {FAR * 0.02:.3g}")
    assert all(len(axis["values"]) == len(colors) for axis in trace.dimensions)


def test_a_line_is_a_few_strokes_wide_and_stays_within_its_axis(axes):
    axis = axes["Dropout"]
    values = np.asarray(axis["values"])
    best = values[-STROKES_OF_BEST:]
    assert np.mean(best) == pytest.approx(0, abs=1e-12)
    assert np.diff(best) == pytest.approx(np.full(STROKES_OF_BEST - 1, 0.5 / 780))
    assert axis.range[0] < values.min()
    assert values.max() < axis.range[1]


def test_low_errors_stand_high(axes):
    assert list(axes)[-1] == "MAE, low is up"
    first, last = axes["MAE, low is up"].range
    assert first > last


def test_every_value_of_a_choice_has_its_place(axes):
    axis = axes["Activation"]
    assert middles(axis) == pytest.approx([0, 0, 1])
    assert words(axis) == {0: f"{OWN_SIGN} ReLU", 1: "SiLU"}


def test_long_words_do_not_reach_the_next_axis(trials):
    scaling = Dimension("scaling", "choice", values=("shape_noise", "robust"))
    trials = trials.assign(scaling=["shape_noise", "robust", "robust"])
    units = ("units_1", "units_2")
    many = [scaling, *DIMENSIONS, *(replace(DIMENSIONS[1], name=name) for name in units)]
    drawn = trials.assign(units_1=64, units_2=64)
    first, *_ = parallel(drawn, many).data[0].dimensions
    assert first.ticktext[0] == "Shape + level + noise"
    last = parallel(drawn, many[::-1]).data[0].dimensions[-2]
    assert last.ticktext[0] == "Shape…oise"


def test_what_had_no_effect_stands_apart_from_all_values(axes):
    axis = axes["Units 3"]
    unused = axis.tickvals[0]
    assert middles(axis) == pytest.approx([unused, unused, 64])
    assert unused < 16
    assert words(axis)[unused] == UNUSED
    assert axis.range[0] == pytest.approx(unused, rel=0.2)
    assert UNUSED not in axes["Dense layers"].ticktext


def test_a_logarithmic_range_is_drawn_so(axes):
    axis = axes["Learning rate"]
    assert middles(axis) == pytest.approx([-2, -3, -4])
    assert words(axis)[-4] == "0.0001"


def test_the_dissertations_values_are_marked_on_a_tick_or_between(axes):
    assert words(axes["Dense layers"])[1] == f"{OWN_SIGN} 2"
    assert words(axes["Learning rate"])[-3] == f"{OWN_SIGN} 0.001"
    # 0.125 is a tick already, and two would lie upon each other.
    assert words(axes["Dropout"])[0.13] == f"{OWN_SIGN} 0.13"
    assert 0.125 not in words(axes["Dropout"])
    between = parallel(
        pd.DataFrame({"mae": [1.0], "dropout": [0.1]}), DIMENSIONS[-1:], {"dropout": 0.2}
    )
    assert words(between.data[0].dimensions[0])[0.2] == f"{OWN_SIGN} 0.2"
    assert len(between.data[0].dimensions[0].tickvals) == 6


def test_nothing_is_marked_outside_the_space(trials):
    trace = parallel(trials, DIMENSIONS, None).data[0]
    assert not any(OWN_SIGN in word for axis in trace.dimensions[:-1] for word in axis.ticktext)


def test_a_single_value_has_an_axis_of_some_length(trials):
    fixed = Dimension("dropout", "float", 0.0, 0.0)
    one = trials.head(1)
    figure = parallel(one, [fixed])
    for axis in figure.data[0].dimensions:
        assert axis.range[0] != axis.range[1]


def test_ticks_of_a_narrow_range_are_told_apart(trials):
    narrow = [
        Dimension("dropout", "float", 0.2, 0.2004),
        Dimension("weight_decay", "float", 0.01, 0.01001, log=True),
        Dimension("noise_augmentation", "choice", values=(1.0001, 1.0002)),
    ]
    near = trials.assign(
        mae=[0.0201, 0.0202, 0.0203], dropout=0.2, weight_decay=0.01, noise_augmentation=1.0001
    )
    trace = parallel(near, narrow).data[0]
    words = ("0.2", "0.2001", "0.2002", "0.2003", "0.2004")
    assert trace.dimensions[0].ticktext == words
    assert len(set(trace.dimensions[1].ticktext)) == 5
    assert trace.dimensions[2].ticktext == ("1.0001", "1.0002")
    ticks = trace.line.colorbar
    assert ticks.ticktext == ("0.0201", "0.02014", "0.02018", "0.02022", "0.02026", "0.0203")
    alone = parallel(near.head(1).assign(mae=0.0209), narrow).data[0].line.colorbar
    assert len(set(alone.ticktext)) == len(alone.tickvals) == 6


def test_a_brush_outlives_the_next_trial_and_words_say_what_is_seen(trials):
    layout = parallel(trials, DIMENSIONS).layout
    assert layout.uirevision == "trials"
    assert layout.meta["alt"].startswith("Parallel coordinates of 3 trials over 5 hyperparameters")
