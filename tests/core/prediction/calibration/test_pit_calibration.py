"""Densities that are wrong in known ways become right; right ones stay as they are."""

import numpy as np
import pytest
from scipy import stats

from core.errors import DataError
from core.prediction.calibration.needed import MIN_GALAXIES
from core.prediction.calibration.pit_calibration import PitCalibration
from core.prediction.density import Density

Z = np.linspace(0, 0.8, 321)
LEVELS = np.array([0.5, 0.68, 0.9, 0.95])


def draw(n, seed, shift=0.0, widen=1.0):
    """Truths about a centre, and the PIT of p(z) that says them `widen` times as wide."""
    random = np.random.default_rng(seed)
    median = random.uniform(0.1, 0.5, n)
    z_spec = median + 0.03 * random.normal(size=n)
    return median + shift, stats.norm(median + shift, 0.03 * widen).cdf(z_spec), z_spec


def worst_coverage(pit):
    inside = np.abs(2 * pit[:, None] - 1) <= LEVELS
    return np.abs(inside.mean(axis=0) - LEVELS).max()


@pytest.mark.parametrize(("shift", "widen"), [(0, 1.3), (0, 0.85), (0.01, 1)])
def test_wrong_densities_become_right(shift, widen):
    calibration = PitCalibration.fit(*draw(10_000, 1, shift, widen)[:2])
    median, pit, z_spec = draw(20_000, 2, shift, widen)
    before, after = (
        stats.kstest(values, "uniform").statistic for values in (pit, calibration.pit(median, pit))
    )
    assert before > 0.035
    assert after < 0.55 * before
    # And so do the densities themselves.
    few = slice(0, 2000)
    pdf = stats.norm(median[few, None], 0.03 * widen).pdf(Z)
    density = calibration.apply(Density.normalised(Z, pdf))
    np.testing.assert_allclose(np.trapezoid(density.pdf, Z, axis=1), 1, atol=1e-4)
    read = density.pit(z_spec[few])
    np.testing.assert_allclose(read, calibration.pit(median[few], pit[few]), atol=0.01)


def test_right_densities_stay_as_they_are():
    calibration = PitCalibration.fit(*draw(3000, 1)[:2])
    pdf = stats.norm(np.linspace(0.1, 0.5, 50)[:, None], 0.03).pdf(Z)
    density = Density.normalised(Z, pdf)
    again = calibration.apply(density)
    np.testing.assert_allclose(
        again.quantile([0.16, 0.5, 0.84]), density.quantile([0.16, 0.5, 0.84]), atol=0.003
    )


def test_errors_that_change_with_redshift_are_told_apart():
    """Too wide below 0.3, too narrow above: at each redshift it is mended on its own."""
    random = np.random.default_rng(1)

    def sample(n):
        median = random.uniform(0.1, 0.5, n)
        scale = np.where(median < 0.3, 1.3, 0.8)
        return median, stats.norm.cdf(random.normal(size=n) / scale)

    calibration = PitCalibration.fit(*sample(20_000))
    assert (np.diff(calibration.nodes) >= 0.0399).all()
    median, pit = sample(20_000)
    for part in (median < 0.26, median > 0.34):
        before = worst_coverage(pit[part])
        assert before > 0.06
        assert worst_coverage(calibration.pit(median, pit)[part]) < 0.5 * before


def test_few_galaxies_correct_little_and_too_few_are_refused():
    few = PitCalibration.fit(*draw(MIN_GALAXIES, 1, 0.03)[:2])
    assert few.weights.shape[0] == 1
    assert np.abs(few.weights - 1 / few.weights.shape[1]).max() < 0.1
    assert few.n_galaxies == MIN_GALAXIES
    with pytest.raises(DataError, match=f"at least {MIN_GALAXIES} galaxies .* received 38"):
        PitCalibration.fit(*draw(MIN_GALAXIES - 1, 1)[:2])


def test_galaxies_at_one_redshift_are_one_node():
    pit = np.random.default_rng(1).uniform(size=5000)
    calibration = PitCalibration.fit(np.full(5000, 0.2), pit)
    assert calibration.nodes.tolist() == [0.2]


def test_stored_and_read_it_says_the_same_and_other_arrays_are_refused():
    median, pit, _ = draw(3000, 1, widen=1.3)
    first = PitCalibration.fit(median, pit)
    again = PitCalibration.from_arrays(first.to_arrays())
    np.testing.assert_array_equal(again.pit(median, pit), first.pit(median, pit))
    assert again.n_galaxies == first.n_galaxies
    with pytest.raises(ValueError, match="do not fit together"):
        PitCalibration.from_arrays(first.to_arrays() | {"nodes": first.nodes[1:]})


def test_a_density_of_nothing_stays_one():
    calibration = PitCalibration.fit(*draw(3000, 1, widen=1.3)[:2])
    density = Density(Z, np.full((2, len(Z)), np.nan, np.float32))
    assert np.isnan(calibration.apply(density).pdf).all()
