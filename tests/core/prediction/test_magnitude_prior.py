"""n(z | G) of three numbers finds known ones, and counts what the training part has once."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import ConfigError
from core.prediction.calibration.density_calibration import DensityCalibration
from core.prediction.density import Density
from core.prediction.magnitude_prior import MagnitudeDensity, has_g
from core.prediction.prior import Prior

TRUE = MagnitudeDensity(2.0, -2.0, 0.4)
Z = np.arange(0, 1.5, 0.0025)


def on(density, g_mag):
    return np.exp(density.log_on(Z, g_mag))


def draw(n, seed, density=TRUE):
    random = np.random.default_rng(seed)
    g_mag = random.uniform(15, 19, n)
    cumulative = np.cumsum(on(density, g_mag), axis=1)
    level = random.random(n) * cumulative[:, -1]
    return Z[(cumulative < level[:, None]).sum(axis=1)] + 1e-4, g_mag


def test_it_integrates_to_one_at_every_magnitude():
    assert np.trapezoid(on(TRUE, np.array([15.0, 18.0])), Z) == pytest.approx([1, 1], abs=1e-3)


def test_known_numbers_are_found_from_few_galaxies():
    found = MagnitudeDensity.fit(*draw(1000, 1))
    assert found.alpha == pytest.approx(2.0, rel=0.15)
    assert found.a == pytest.approx(-2.0, abs=0.1)
    assert found.b == pytest.approx(0.4, abs=0.05)


def test_without_magnitudes_there_is_none():
    z, g_mag = draw(100, 2)
    g_mag[38:] = np.nan
    assert MagnitudeDensity.fit(z, g_mag) is None
    assert MagnitudeDensity.fit(z, None) is None


def test_damage_is_found():
    again = MagnitudeDensity.from_array(np.array([2.0, -2.0, 0.4]))
    assert again == TRUE
    with pytest.raises(ValueError, match="are none"):
        MagnitudeDensity.from_array(np.array([0.0, -2.0, 0.4]))


def calibration(own):
    """One that changes nothing but the prior."""
    ones = np.ones(len(Z))
    return DensityCalibration(Z.astype(np.float32), ones, 1.0, None, by_g=TRUE, own_by_g=own)


def test_it_makes_of_one_population_the_other():
    """By Bayes: what a flat likelihood leaves is n(z | G) of the galaxies."""
    other = MagnitudeDensity(3.0, -2.3, 0.3)
    g_mag = np.array([17.0, np.nan])
    learnt = Density.normalised(Z, np.nan_to_num(on(TRUE, g_mag), nan=1.0))
    found = calibration(other).under(Prior.magnitude(1e6), learnt, g_mag)
    np.testing.assert_allclose(found.pdf[0], on(other, g_mag[:1])[0], atol=0.01)
    np.testing.assert_array_equal(found.pdf[1], learnt.pdf[1])
    same = calibration(TRUE).under(Prior.magnitude(1e6), learnt, g_mag)
    np.testing.assert_allclose(same.pdf, learnt.pdf, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(
        calibration(other).under(Prior.magnitude(), learnt).pdf, learnt.pdf
    )


def test_a_number_that_is_no_magnitude_stands_for_none():
    learnt = Density.normalised(Z, np.ones((4, len(Z))))
    g_mag = np.array([-999.0, 99.0, np.inf, 17.0])
    found = calibration(MagnitudeDensity(3.0, -2.3, 0.3)).under(Prior.magnitude(), learnt, g_mag)
    np.testing.assert_array_equal(found.pdf[:3], learnt.pdf[:3])
    assert has_g(g_mag).tolist() == [False, False, False, True]
    z, g_mag = draw(39, 3)
    g_mag[0] = 99
    assert MagnitudeDensity.fit(z, g_mag) is None


@pytest.mark.parametrize("numbers", [(15, -2.3, 2.0), (20, -7, -1.0), (0.5, 1.0, 2.0)])
def test_the_steepest_give_a_density_at_every_magnitude(numbers):
    g_mag = np.array([3.0, 10.0, 18.0, 25.0])
    learnt = Density.normalised(Z, np.ones((4, len(Z))))
    density = MagnitudeDensity(*numbers)
    for one in (calibration(density), replace(calibration(TRUE), by_g=density)):
        pdf = one.under(Prior.magnitude(), learnt, g_mag).pdf
        np.testing.assert_allclose(np.trapezoid(pdf, Z), 1, atol=0.01)


def test_a_run_without_them_refuses():
    with pytest.raises(ConfigError, match="phot_g_mean_mag"):
        calibration(None).check(Prior.magnitude())
