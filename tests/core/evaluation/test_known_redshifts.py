import math

import numpy as np
import pytest
import scipy.stats

from core.evaluation.known_redshifts import chance_inside, judge_known

N = 400
Z = np.linspace(0.05, 0.5, N)
# Errors that are normal, with a sigma of 0.02.
SHIFT = 0.02 * scipy.stats.norm.ppf((np.arange(N) + 0.5) / N)


def test_intervals_that_hold_what_they_say_are_usual():
    found = judge_known(Z, Z + SHIFT, Z + SHIFT - 0.02, Z + SHIFT + 0.02, 0.6827, N)
    assert found.n == found.within.n == N
    assert found.mae == pytest.approx(np.abs(SHIFT).mean())
    assert found.mae_low < found.mae < found.mae_high
    assert found.within.is_usual
    assert found.within.probability > 0.05
    assert found.within.share == pytest.approx(np.mean(np.abs(SHIFT) <= 0.02))


def test_intervals_half_as_wide_are_not():
    within = judge_known(Z, Z + SHIFT, Z + SHIFT - 0.01, Z + SHIFT + 0.01, 0.6827, N).within
    assert within.inside < within.low
    assert not within.is_usual
    assert within.probability < 1e-6


def test_chance_leaves_what_the_binomial_distribution_says():
    low, high = chance_inside(60, 0.68)
    assert (low, high) == (34, 48)
    of_each = scipy.stats.binom.pmf(np.arange(low, high + 1), 60, 0.68)
    assert 0.95 <= of_each.sum() < 0.98


def test_where_no_interval_is_known_the_error_alone_is_told():
    nan = math.nan
    found = judge_known([0.1, 0.4], [0.11, 0.42], [nan] * 2, [nan] * 2, 0.68, 5)
    assert (found.n, found.n_rows) == (2, 5)
    assert found.within is None
    assert found.mae == pytest.approx(0.015)
    alone = judge_known([0.1], [0.12], [0.0], [0.2], 0.68, 1)
    assert math.isnan(alone.mae_low)
    assert alone.within.inside == 1
