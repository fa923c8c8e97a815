import math

import numpy as np
import pytest
import scipy.stats

from core.evaluation.known_redshifts import chance_inside, judge_known

N = 400
Z = np.linspace(0.05, 0.5, N)
EACH = np.arange(N)
# Errors that are normal, with a sigma of 0.02.
SHIFT = 0.02 * scipy.stats.norm.ppf((np.arange(N) + 0.5) / N)


def test_intervals_that_hold_what_they_say_are_usual():
    found = judge_known(Z, Z + SHIFT, Z + SHIFT - 0.02, Z + SHIFT + 0.02, 0.6827, EACH)
    assert found.n == found.within.n == N
    assert found.mae == pytest.approx(np.abs(SHIFT).mean())
    assert found.mae_low < found.mae < found.mae_high
    assert found.within.is_usual
    assert found.within.probability > 0.05
    assert found.within.share == pytest.approx(np.mean(np.abs(SHIFT) <= 0.02))


def test_intervals_half_as_wide_are_not():
    within = judge_known(Z, Z + SHIFT, Z + SHIFT - 0.01, Z + SHIFT + 0.01, 0.6827, EACH).within
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
    found = judge_known(z_spec, [0.11, 0.2, nan, 0.42, 0.1], [nan] * 5, [nan] * 5, 0.68, range(5))
    assert found.n == 2
    assert found.within is None
    assert found.mae == pytest.approx(0.015)
    assert judge_known([nan], [0.1], [0.0], [0.2], 0.68, [7]) is None
    alone = judge_known([0.1], [0.12], [0.0], [0.2], 0.68, [7])
    assert math.isnan(alone.mae_low)
    assert alone.within.inside == 1


def test_a_galaxy_in_several_rows_counts_once():
    columns = Z, Z + SHIFT, Z + SHIFT - 0.02, Z + SHIFT + 0.02
    once = judge_known(*columns, 0.6827, EACH)
    thrice = judge_known(*(np.tile(column, 3) for column in columns), 0.6827, np.tile(EACH, 3))
    assert (thrice.n, thrice.n_rows) == (N, 3 * N)
    assert (thrice.mae, thrice.mae_low, thrice.mae_high) == (once.mae, once.mae_low, once.mae_high)
    assert thrice.within == once.within


def test_of_several_rows_the_first_with_both_redshifts_counts():
    nan = math.nan
    z_pred = [nan, 0.12, 0.3, 0.43]
    found = judge_known([0.1, 0.1, 0.1, 0.4], z_pred, [0.0] * 4, [0.5] * 4, 0.68, [5, 5, 5, -1])
    assert (found.n, found.n_rows) == (2, 3)
    assert found.mae == pytest.approx((0.02 + 0.03) / 2)
