"""Mixtures of known errors, calibrated, hold what they promise."""

import numpy as np
import pytest

from core.errors import DataError
from core.evaluation.calibration import coverage_by_pit, pit_ks
from core.model.mixture import Mixtures
from core.prediction.calibration.density_calibration import DensityCalibration
from core.prediction.flags import LEVEL
from core.prediction.prior import Prior


def draw(n, seed, overconfidence=1.0):
    """True redshifts, and mixtures of two Gaussians that hide how far off they are."""
    random = np.random.default_rng(seed)
    means = random.beta(3, 9, (n, 1)) * 0.9 + np.array([0, 0.12])
    sigmas = np.broadcast_to([0.02, 0.03], (n, 2))
    weights = np.broadcast_to([0.8, 0.2], (n, 2))
    which = (random.random(n) < 0.2).astype(int)
    rows = np.arange(n)
    z_spec = means[rows, which] + sigmas[rows, which] * random.normal(size=n)
    arrays = (weights, means, sigmas / overconfidence)
    mixtures = Mixtures(*(array.astype(np.float32) for array in arrays))
    inside = z_spec > 0
    return mixtures.take(inside), z_spec[inside]


@pytest.fixture(scope="module")
def honest():
    mixtures, z_spec = draw(4000, 1)
    return DensityCalibration.fit(mixtures, z_spec, z_spec)


def scores(calibration, mixtures, z_spec):
    density = calibration.density(mixtures)
    pit = density.pit(z_spec)
    table = coverage_by_pit(pit)
    return pit_ks(pit), (table["coverage"] - table["level"]).abs().max(), density


def test_a_network_that_is_too_sure_of_itself_is_widened():
    mixtures, z_spec = draw(4000, 1, overconfidence=1.6)
    calibration = DensityCalibration.fit(mixtures, z_spec, z_spec)
    assert calibration.width == pytest.approx(1.6, rel=0.05)
    ks, coverage, density = scores(calibration, *draw(4000, 2, overconfidence=1.6))
    assert ks < 0.03
    assert coverage < 0.02
    # Right on average, too.
    assert abs(np.mean(density.mean() - draw(4000, 2)[1])) < 0.003


def test_an_honest_network_stays_as_it_is(honest):
    assert honest.width == pytest.approx(1, abs=0.03)
    ks, coverage, _ = scores(honest, *draw(4000, 2))
    assert ks < 0.03
    assert coverage < 0.02


def test_chunks_of_mixtures_join(honest):
    mixtures, _ = draw(2500, 3)
    density = honest.density(mixtures)
    np.testing.assert_allclose(
        honest.quantiles(mixtures, (0.1, 0.5)), density.quantile((0.1, 0.5)), atol=1e-6
    )
    basis = honest.basis_of(mixtures)
    np.testing.assert_allclose(basis.z, density.mean(), atol=1e-6)
    inside = (draw(2500, 3)[1] >= basis.z_lower) & (draw(2500, 3)[1] <= basis.z_upper)
    assert inside.mean() == pytest.approx(LEVEL, abs=0.04)
    np.testing.assert_array_equal(basis.multimodal, density.multimodal())
    assert basis.multimodal.mean() > 0.9
    assert honest.quantiles(mixtures.take(slice(0, 0)), (0.1, 0.5)).shape == (0, 2)


def test_the_flat_prior_raises_rare_redshifts(honest):
    mixtures, _ = draw(200, 4)
    usual = honest.density(mixtures)
    assert honest.under(Prior.training, usual) is usual
    flat = honest.under(Prior.flat(30), usual)
    order = np.argsort(usual.mean())
    rise = (flat.mean() - usual.mean())[order]
    assert rise[-20:].min() > 0
    assert rise[-20:].mean() > 5 * np.abs(rise[50:100]).mean()


def test_densities_are_calibrated_for_a_prior_that_leaves_them_as_they_are(honest):
    assert honest.is_for(Prior.training)
    assert honest.is_for(Prior.flat(1))
    for other in (Prior.flat(30), Prior.table([0, 1], [1, 1]), Prior.magnitude()):
        assert not honest.is_for(other)


def test_what_says_nothing_of_z_is_flat(honest):
    mixtures, _ = draw(3, 5)
    mixtures.means[1] = -40
    assert honest.density(mixtures).known.tolist() == [True, False, True]
    assert honest.basis_of(mixtures).z[1] == pytest.approx(honest.z[-1] / 2)


def test_too_few_galaxies_are_refused():
    mixtures, z_spec = draw(30, 1)
    with pytest.raises(DataError, match=r"Calibration of p\(z\): expected at least 39"):
        DensityCalibration.fit(mixtures, z_spec, z_spec)


def test_stored_and_read_it_says_the_same(honest):
    mixtures, _ = draw(50, 6)
    again = DensityCalibration.from_arrays(honest.to_arrays())
    np.testing.assert_array_equal(again.density(mixtures).pdf, honest.density(mixtures).pdf)
    np.testing.assert_array_equal(again.n_z, honest.n_z)
    with pytest.raises(ValueError, match="grid of redshifts"):
        DensityCalibration.from_arrays(honest.to_arrays() | {"n_z": honest.n_z[1:]})
