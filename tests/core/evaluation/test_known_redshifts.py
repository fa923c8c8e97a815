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
    found = judge_known(Z, Z + SHIFT, Z + SHIFT - 0.02, Z + SHIFT + 0.02, 0.6827)
    assert found.n == found.within.n == N
    assert found.mae == pytest.approx(np.abs(SHIFT).mean())
    assert found.mae_low < found.mae < found.mae_high
    assert found.within.is_usual
    assert found.within.probability > 0.05
    assert found.within.share == pytest.approx(np.mean(np.abs(SHIFT) <= 0.02))


def test_intervals_half_as_wide_are_not():
    within = judge_known(Z, Z + SHIFT, Z + SHIFT - 0.01, Z + SHIFT + 0.01, 0.6827).within
    assert within.inside < within.low
    assert not within.is_usual
    assert within.probability < 1e-6


def test_chance_leaves_what_the_binomial_distribution_says():
    low, high = chance_inside(60, 0.68)
    assert (low, high) == (34, 48)
    of_each = scipy.stats.binom.pmf(np.arange(low, high + 1), 60, 0.68)
    assert 0.95 <= of_each.sum() < 0.98


def test_what_is_not_known_is_left_out():
    nan = math.nan
    z_spec = [0.1, nan, 0.3, 0.4, -99.0]
    found = judge_known(z_spec, [0.11, 0.2, nan, 0.42, 0.1], [nan] * 5, [nan] * 5, 0.68)
    assert found.n == 2
    assert found.within is None
    assert found.mae == pytest.approx(0.015)
    assert judge_known([nan], [0.1], [0.0], [0.2], 0.68) is None
    alone = judge_known([0.1], [0.12], [0.0], [0.2], 0.68)
    assert math.isnan(alone.mae_low)
    assert alone.within.inside == 1
