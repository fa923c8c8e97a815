"""Intervals cover whatever the distribution of the errors: measured on known truths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError, DataError
from core.prediction.calibration.intervals import (
    MIN_PER_BIN,
    Intervals,
    highest_level,
)
from core.prediction.calibration.needed import MIN_GALAXIES


def draw(random, n):
    """Predictions, and truths whose errors are biased, skewed and wider at high redshift."""
    z_pred = random.beta(2, 5, n) * 0.6
    skewed = random.gamma(2.0, 1.0, n) - 1.5
    z_spec = np.maximum(z_pred + (0.005 + 0.1 * z_pred) * skewed, 0)
    return z_pred, z_spec


def coverage(intervals, z_pred, z_spec, level):
    lower, upper = intervals.at(z_pred, level)
    return np.mean((z_spec >= lower) & (z_spec <= upper))


@pytest.mark.parametrize("level", [0.5, 0.68, 0.9, 0.95, 0.99])
def test_intervals_cover_fresh_galaxies(level):
    """Mean over 40 calibrations; its standard error is below 0.2 points."""
    random = np.random.default_rng(1)
    found = [
        coverage(Intervals.fit(*draw(random, 1000)), *draw(random, 5000), level) for _ in range(40)
    ]
    # Never below the level; above it by no more than the ranks that n leaves (2 / 61 per bin).
    assert level - 0.005 < np.mean(found) < level + 2 / (MIN_PER_BIN + 1)


def test_every_bin_of_z_pred_is_covered_though_errors_widen():
    random = np.random.default_rng(2)
    intervals = Intervals.fit(*draw(random, 20_000))
    z_pred, z_spec = draw(random, 100_000)
    for low in (0.02, 0.1, 0.2, 0.3):
        there = (z_pred >= low) & (z_pred < low + 0.04)
        assert coverage(intervals, z_pred[there], z_spec[there], 0.68) == pytest.approx(
            0.68, abs=0.04
        )
    # Twice the z_pred, nearly twice the error: one width for all would not do.
    lower, upper = intervals.at([0.1, 0.3], 0.68)
    assert (upper - lower)[1] > 1.7 * (upper - lower)[0]


def test_lower_and_upper_parts_follow_the_skew():
    lower, upper = Intervals.fit(*draw(np.random.default_rng(3), 20_000)).at(0.2, 0.9)
    # Quantiles of the gamma distribution with shape 2 at 5 % and 95 %, less 1.5, times 0.025.
    assert lower - 0.2 == pytest.approx(0.025 * (0.355 - 1.5), abs=0.004)
    assert upper - 0.2 == pytest.approx(0.025 * (4.744 - 1.5), abs=0.008)


def test_the_ends_are_the_order_statistics_of_the_definition():
    z_spec = np.arange(1, 100) / 1000  # errors 0.001 to 0.099 around one prediction
    intervals = Intervals.fit(np.zeros(99), z_spec)
    # n + 1 = 100: at 90 % ten are cut off, five at either end.
    assert np.ravel(intervals.at([0.0], 0.90)) == pytest.approx([0.005, 0.095])
    assert np.ravel(intervals.at([0.0], 0.91)) == pytest.approx([0.004, 0.095])
    assert highest_level(intervals.n_galaxies) == 0.98
    assert np.ravel(intervals.at([0.0], 0.98)) == pytest.approx([0.001, 0.099])
    with pytest.raises(ConfigError, match=r"up to 0\.9800, for which 99 validation galaxies"):
        intervals.at([0.0], 0.985)


@given(
    st.integers(MIN_GALAXIES, 400),
    st.floats(0.05, 0.95),
    st.floats(0.05, 0.95),
    st.integers(0, 2**32 - 1),
)
def test_a_higher_level_never_gives_a_narrower_interval(n, first, second, seed):
    random = np.random.default_rng(seed)
    intervals = Intervals.fit(np.full(n, 0.2), random.uniform(0, 1, n))
    (low, high), (wide_low, wide_high) = (
        intervals.at(0.2, level) for level in sorted([first, second])
    )
    assert wide_low <= low <= high <= wide_high


@given(st.integers(MIN_GALAXIES, 300), st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_at_least_the_level_of_the_calibration_galaxies_lies_inside(n, seed, level):
    z_pred, z_spec = draw(np.random.default_rng(seed), n)
    assert coverage(Intervals.fit(z_pred, z_spec), z_pred, z_spec, level) >= level - 1e-9


def test_a_level_too_high_for_the_bins_joins_them():
    intervals = Intervals.fit(*draw(np.random.default_rng(4), 1000))
    assert len(intervals.errors) > 5
    assert min(map(len, intervals.errors)) >= MIN_PER_BIN
    z_pred = np.array([0.05, 0.4])
    _, upper = intervals.at(z_pred, 0.9)
    assert (upper - z_pred)[1] > 2 * (upper - z_pred)[0]
    _, upper = intervals.at(z_pred, 0.998)
    assert (upper - z_pred)[1] == pytest.approx((upper - z_pred)[0])  # one bin is left


def test_predictions_beyond_the_calibrated_take_the_outer_bins():
    intervals = Intervals.fit(*draw(np.random.default_rng(5), 2000))
    lower, upper = intervals.at([0.59, 5.0])
    assert upper - [0.59, 5.0] == pytest.approx(np.full(2, upper[0] - 0.59))
    lower, upper = intervals.at([-3.0, np.nan])
    assert lower[0] == upper[0] == 0
    assert np.isnan([lower[1], upper[1]]).all()


def test_no_interval_reaches_below_zero():
    lower, _ = Intervals.fit(*draw(np.random.default_rng(6), 2000)).at(
        np.linspace(0, 0.6, 50), 0.95
    )
    assert lower.min() == 0


def test_the_half_width_is_that_of_the_interval_before_it_is_cut_at_zero():
    intervals = Intervals.fit(*draw(np.random.default_rng(6), 2000))
    z = np.array([-0.5, 0.3, np.nan])
    lower, upper = intervals.at(z, 0.9)
    assert lower[0] == upper[0] == 0
    half = intervals.half_width(z, 0.9)
    assert half[0] > 0
    assert half[1] == pytest.approx((upper[1] - lower[1]) / 2)
    assert np.isnan(half[2])


@pytest.mark.parametrize("z_pred", [np.full(200, 0.1), np.r_[np.zeros(199), 1e12]])
def test_hopeless_networks_still_calibrate(z_pred):
    z_spec = np.linspace(0, 0.5, 200)
    lower, upper = Intervals.fit(z_pred, z_spec).at(z_pred, 0.68)
    assert np.mean((z_spec >= lower) & (z_spec <= upper)) >= 0.68


def test_too_few_galaxies_are_refused():
    few = np.full(MIN_GALAXIES - 1, 0.1)
    with pytest.raises(DataError, match=r"expected at least 39 galaxies .*, received 38"):
        Intervals.fit(few, few)
    enough = np.full(MIN_GALAXIES, 0.1)
    assert highest_level(Intervals.fit(enough, enough).n_galaxies) == 0.95


@pytest.mark.parametrize("level", [0.0, -0.1, 1.0, 1.5, np.nan])
def test_a_level_is_a_share(level):
    with pytest.raises(ConfigError, match="expected a share above 0 and up to"):
        Intervals.fit(*draw(np.random.default_rng(7), 100)).at(0.1, level)


def test_arrays_and_back():
    intervals = Intervals.fit(*draw(np.random.default_rng(8), 500))
    again = Intervals.from_arrays(intervals.to_arrays())
    z = np.linspace(-0.1, 0.7, 30)
    np.testing.assert_allclose(again.at(z, 0.9), intervals.at(z, 0.9), atol=1e-6)
    with pytest.raises(ValueError, match="do not fit together"):
        Intervals.from_arrays({**intervals.to_arrays(), "counts": np.array([500])})
