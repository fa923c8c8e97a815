"""A redshift lies inside its own interval, whatever the network and the galaxies."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.model.mixture import Mixtures
from core.prediction.answer import estimate, read_answer
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.intervals import Intervals
from core.prediction.density import ANSWERS, Density, redshift_grid
from core.prediction.flags import FlagBasis
from core.runs import SHIPPED_RUNS, list_runs

LEVELS = st.floats(0.01, 0.94)


def ask(z_pred, intervals, level):
    """The answer of a run that gives a redshift alone."""
    predictor = SimpleNamespace(predict=lambda *_: z_pred)
    calibration = Calibration(intervals, None, None, None, "")  # type: ignore[arg-type]
    return estimate(predictor, calibration, None, level=level)  # type: ignore[arg-type]


@given(st.integers(0, 2**32 - 1), st.floats(-0.1, 0.1), st.floats(0, 0.1), LEVELS)
def test_that_of_a_biased_network_does(seed, bias, scatter, level):
    random = np.random.default_rng(seed)
    z_spec = random.uniform(0, 0.5, 200)
    z_pred = z_spec + bias + scatter * random.standard_normal(200)
    intervals = Intervals.fit(z_pred, z_spec)
    answer = ask(np.append(z_pred, np.nan), intervals, level)
    inside = (answer.z_lower <= answer.z) & (answer.z <= answer.z_upper)
    assert inside.tolist() == [True] * 200 + [False]
    # Stretched and never narrowed: they cover what the calibration promises.
    lower, upper = intervals.at(answer.z[:-1], level)
    assert (answer.z_lower[:-1] <= lower).all()
    assert (answer.z_upper[:-1] >= upper).all()


def test_labels_that_are_all_alike_leave_the_redshift_inside():
    """A network that gives 0.1018 where all are at 0.1: every error has one sign."""
    z_pred = 0.1018 + 1e-4 * np.random.default_rng(1).standard_normal(100)
    answer = ask(z_pred, Intervals.fit(z_pred, np.full(100, 0.1)), 0.68)
    np.testing.assert_array_equal(answer.z_upper, z_pred)
    assert (answer.z_lower < z_pred).all()


@given(st.integers(0, 2**32 - 1), LEVELS, st.sampled_from(ANSWERS))
def test_every_point_of_a_density_does(seed, level, point):
    """Of p(z) with far tails and several peaks the mean and the mode leave the middle."""
    random = np.random.default_rng(seed)
    weights = random.dirichlet([0.3] * 3, 20)
    means, sigmas = random.uniform(-0.1, 0.6, (20, 3)), random.uniform(0.002, 0.2, (20, 3))
    mixtures = Mixtures(*(each.astype(np.float32) for each in (weights, means, sigmas)))
    density = Density.from_mixtures(mixtures, redshift_grid(0.5))
    nothing = np.full(20, np.nan)
    basis = FlagBasis(nothing, nothing, nothing, np.zeros(20, bool))
    answer = read_answer(density, basis, level=level, answer=point)
    known = density.known
    assert ((answer.z_lower <= answer.z) & (answer.z <= answer.z_upper))[known].all()
    assert np.isnan(answer.z_lower[~known]).all()


def test_that_of_every_shipped_run_does():
    for run in list_runs(SHIPPED_RUNS):
        found = run.predictions()
        if "z_lower" in found:
            assert found["z_pred"].between(found["z_lower"], found["z_upper"]).all(), run.run_id
