import keras
import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from core.model.losses import crps, mean_absolute_error, nll
from core.model.mixture import Mixtures

N = 200


@pytest.fixture(scope="module", params=[1, 2, 5])
def outputs(request):
    return np.random.default_rng(7).normal(0, 1.5, (N, 3 * request.param)).astype(np.float32)


@pytest.fixture(scope="module")
def z():
    return np.random.default_rng(8).uniform(0, 0.6, N).astype(np.float32)


def value(loss, z, outputs):
    return keras.ops.convert_to_numpy(loss(z.reshape(-1, 1), outputs))


def test_nll_is_minus_the_logarithm_of_the_density(z, outputs):
    mixtures = Mixtures.from_outputs(outputs)
    parts = norm.logpdf(z[:, None], mixtures.means.astype(float), mixtures.sigmas.astype(float))
    expected = -logsumexp(parts, b=mixtures.weights, axis=1)
    np.testing.assert_allclose(value(nll, z, outputs), expected, rtol=1e-4, atol=1e-4)


def test_nll_stays_finite_far_from_the_mixture(outputs):
    assert np.isfinite(value(nll, np.full(N, 10, np.float32), outputs)).all()


def test_crps_is_that_of_scoringrules(z, outputs, scoringrules):
    mixtures = Mixtures.from_outputs(outputs)
    expected = scoringrules.crps_mixnorm(z, mixtures.means, mixtures.sigmas, mixtures.weights)
    np.testing.assert_allclose(value(crps, z, outputs), expected, rtol=1e-4, atol=1e-6)


def test_crps_is_the_integral_of_the_squared_distance_of_the_distributions(z, outputs):
    grid = np.linspace(-1.5, 2, 7001)
    row = Mixtures.from_outputs(outputs[:20])
    for i in range(20):
        parts = norm.cdf(grid[:, None], row.means[i], row.sigmas[i])
        squares = np.square(parts @ row.weights[i] - (grid >= z[i]))
        expected = np.sum(squares) * (grid[1] - grid[0])
        assert value(crps, z[i : i + 1], outputs[i : i + 1])[0] == pytest.approx(expected, abs=5e-4)


def test_mae_is_that_of_the_mean(z, outputs):
    mixtures = Mixtures.from_outputs(outputs)
    expected = np.abs(z - np.sum(mixtures.weights * mixtures.means, axis=1))
    np.testing.assert_allclose(value(mean_absolute_error, z, outputs), expected, atol=1e-6)


@pytest.mark.parametrize("loss", [nll, crps])
def test_the_truth_scores_best(loss):
    """Among Gaussians the mean loss over draws from one is lowest for that one."""
    rng = np.random.default_rng(9)
    sigma = 0.03
    z = rng.normal(0.2, sigma, 20_000).astype(np.float32)

    def mean_loss(centre, width):
        softplus = np.log(np.expm1((width - 0.003) / 0.02))
        outputs = np.tile(np.float32([0, (centre - 0.2) / 0.1, softplus]), (len(z), 1))
        return value(loss, z, outputs).mean()

    best = mean_loss(0.2, sigma)
    others = [(0.21, sigma), (0.19, sigma), (0.2, 0.8 * sigma), (0.2, 1.25 * sigma)]
    assert all(mean_loss(*other) > best for other in others)
