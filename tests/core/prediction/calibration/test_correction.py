"""A correction of few numbers finds a known bias and width, and leaves alone what is right."""

import numpy as np
import pytest

from core.model.mixture import Mixtures
from core.prediction.calibration.correction import Correction, choose
from core.prediction.calibration.density_calibration import DensityCalibration
from core.prediction.calibration.intervals import Intervals
from core.prediction.calibration.pit_calibration import PitCalibration
from core.prediction.prior import Prior


def draw(n, seed, bias=lambda z: 0 * z, width=1.0, concentration=9):
    """True redshifts, and mixtures that are off by `bias` and too narrow by `width`."""
    random = np.random.default_rng(seed)
    means = random.beta(3, concentration, (n, 1)) * 0.9 + np.array([0, 0.05])
    weights, sigmas = np.tile([0.7, 0.3], (n, 1)), np.tile([0.02, 0.04], (n, 1))
    which = (random.random(n) < 0.3).astype(int)
    rows = np.arange(n)
    z = means[rows, which] + width * sigmas[rows, which] * random.normal(size=n)
    mean = means @ [0.7, 0.3]
    arrays = weights, means - bias(mean)[:, None], sigmas
    above = z > 0
    return Mixtures(*(array.astype(np.float32) for array in arrays)).take(above), z[above]


@pytest.fixture(scope="module")
def known():
    mixtures, z = draw(4000, 1)
    return DensityCalibration.fit(mixtures, z, z)


def covered(density, z):
    low, high = density.quantile([0.16, 0.84]).T
    return np.mean((z >= low) & (z <= high))


def test_bias_and_width_are_found_and_blunders_do_not_matter():
    mixtures, z = draw(2000, 2, lambda z: 0.01 + 0.1 * z, 1.5)
    z[::200] = 0.9
    correction = Correction.fit(mixtures, z, 1)
    at = np.array([0.15, 0.3])
    moved = at + correction.shift(at)
    # What is off by 0.01 + 0.1 m has m = (z + 0.01) / 0.9.
    np.testing.assert_allclose(moved, (at + 0.01) / 0.9, atol=0.004)
    assert correction.width == pytest.approx(1.5, rel=0.06)
    far = np.array([-1.0, 5.0])
    np.testing.assert_allclose(
        correction.shift(far), correction.shift([correction.low, correction.high])
    )


def test_what_is_right_is_not_moved():
    mixtures, z = draw(300, 3)
    chosen = choose(mixtures, z)
    assert len(chosen.correction.coefficients) == 0
    assert chosen.correction.shift([0.1, 0.3]).tolist() == [0, 0]
    np.testing.assert_array_equal(chosen.corrected.means, mixtures.means)


def test_it_is_stored_among_others_and_damage_is_found():
    correction = Correction(np.array([0.01, 0.02]), 1.2, 0.05, 0.4)
    stored = correction.to_stored() | {"other": np.ones(3)}
    again = Correction.among(stored)
    assert again.shift([0.1]) == correction.shift([0.1])
    assert Correction.among({"other": np.ones(3)}) is None
    for name, value in (("width", -1.0), ("high", 0.0), ("coefficients", np.ones((1, 1)))):
        with pytest.raises(ValueError, match="numbers of the correction"):
            Correction.among(stored | {f"correction_{name}": np.array(value)})


def test_few_galaxies_make_intervals_that_hold_and_redshifts_without_bias(known):
    bias = (lambda z: 0.03 - 0.1 * z, 1.6)
    fresh, z = draw(4000, 5, *bias)
    assert covered(known.density(fresh), z) < 0.6
    found = []
    for seed in range(10, 14):
        again = known.refitted(*draw(300, seed, *bias))
        density = again.density(fresh)
        found.append((covered(density, z), np.mean(density.mean() - z)))
    coverage, off = np.mean(found, axis=0)
    # By chance 300 galaxies are off by 2.7 points, the mean of four by 1.3.
    assert coverage == pytest.approx(0.68, abs=0.03)
    assert abs(off) < 0.003


def test_the_n_z_of_the_galaxies_is_assumed_where_it_helps(known):
    """Of others than the training part's, under which wide densities are off."""
    assert known.refitted(*draw(300, 6)).ratio is None
    random = np.random.default_rng(7)
    z = random.normal(0.12, 0.015, 400)
    z = z[z > 0]
    # A network that knows little: wide, about the truth.
    means = (z + random.normal(0, 0.06, len(z)))[:, None]
    ones = np.ones_like(means)
    wide = Mixtures(*(each.astype(np.float32) for each in (ones, means, 0.06 * ones)))
    again = known.refitted(wide, z)
    assert again.ratio is not None
    assert again.n_z is again.own_n_z
    assert np.abs(again.density(wide).mean() - z).mean() < 0.4 * np.abs(means[:, 0] - z).mean()
    stored = DensityCalibration.from_arrays(again.to_arrays())
    np.testing.assert_array_equal(stored.density(wide).pdf, again.density(wide).pdf)
    # Not once more: that would make the rare redshifts of the galaxies rarer still.
    np.testing.assert_array_equal(again.ratio_to(Prior.galaxies()), 1)
    assert again.is_for(Prior.galaxies())
    assert not again.is_for(Prior.flat())
    assert (known.assumed, again.assumed) == ("the training part", "the galaxies calibrated with")
    with pytest.raises(Exception, match="takes a run that was recalibrated"):
        known.ratio_to(Prior.galaxies())
    with pytest.raises(ValueError, match="do not fit the grid"):
        DensityCalibration.from_arrays(again.to_arrays() | {"ratio": np.ones(3)})


def test_their_n_z_excludes_no_redshift_that_the_network_knows(known):
    """Galaxies up to z = 0.2 do not tell that there are none beyond."""
    random = np.random.default_rng(7)
    z = random.uniform(0.05, 0.2, 400)
    ones = np.ones((400, 1))
    means = (z + random.normal(0, 0.06, 400))[:, None]
    again = known.refitted(
        Mixtures(*(each.astype(np.float32) for each in (ones, means, 0.06 * ones))), z
    )
    assert again.ratio is not None
    assert (again.ratio[known.n_z > 0] > 0).all()
    far = Mixtures(*(np.array([[value]], np.float32) for value in (1, 0.5, 0.02)))
    expected = 0.5 + again.correction.shift(np.array([0.5]))
    assert again.density(far).mean() == pytest.approx(expected, abs=0.02)


def test_a_redshift_beyond_the_grid_widens_it(known):
    mixtures, z = draw(100, 8)
    z[0] = 1.5
    assert known.z[-1] < 1.5 < known.refitted(mixtures, z).z[-1]


def test_the_shape_known_before_counts_as_a_few_galaxies():
    random = np.random.default_rng(0)
    skewed = PitCalibration.fit(np.full(3000, 0.2), random.beta(3, 1, 3000))
    median = np.full(60, 0.2)
    flat, after = random.random(60), PitCalibration.fit(median, random.random(60), skewed)
    usual = PitCalibration.fit(median, flat)
    # 60 galaxies of a flat PIT outweigh it, but do not wipe it out.
    skews = [each.weights[0, -1] for each in (usual, after, skewed)]
    assert skews[0] < skews[1] < skews[2]


def test_intervals_of_points_hold_after_a_shift():
    random = np.random.default_rng(1)

    def points(n):
        z = random.beta(3, 9, n) * 0.9
        return z * 0.9 + 0.04 + 0.03 * random.normal(size=n), z

    intervals = Intervals.refitted(*points(400))
    z_pred, z = points(5000)
    corrected = intervals.corrected(z_pred)
    low, high = intervals.at(corrected)
    assert np.mean((z >= low) & (z <= high)) == pytest.approx(0.68, abs=0.05)
    assert abs(np.mean(corrected - z)) < 0.005 < abs(np.mean(z_pred - z))
    again = Intervals.from_arrays(intervals.to_arrays())
    np.testing.assert_array_equal(again.corrected(z_pred), corrected)
