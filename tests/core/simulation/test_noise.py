import numpy as np
import pytest

from core.simulation.noise import NoiseConfig, draw_noise, noise_shape
from core.spectra import N_BP, SampleGrid


@pytest.fixture(scope="module")
def shapes(bands):
    grid, config = SampleGrid(), NoiseConfig()
    return (
        noise_shape(bands["bp"], grid.bp_pixel, config),
        noise_shape(bands["rp"], grid.rp_pixel, config),
    )


def test_every_sample_has_unit_variance(shapes):
    for shape in shapes:
        np.testing.assert_allclose((shape**2).sum(axis=0), 1.0)


def test_covariance_is_that_of_projected_white_noise(bands):
    """The projector written out: hermite pinv(hermite at pixels) on white noise."""
    from core.simulation.instrument import hermite_functions

    band, pixel = bands["rp"], SampleGrid().rp_pixel
    at_pixels = hermite_functions(42, band.offset + band.scale * np.arange(60)).T
    at_samples = hermite_functions(42, band.offset + band.scale * pixel).T
    matrix = at_samples @ np.linalg.pinv(at_pixels)
    covariance = matrix @ matrix.T
    scale = np.sqrt(np.diag(covariance))
    shape = noise_shape(band, pixel, NoiseConfig())
    np.testing.assert_allclose(shape.T @ shape, covariance / np.outer(scale, scale), atol=1e-6)


def test_more_functions_make_choppier_noise(bands):
    def lag_1(n_hermite):
        shape = noise_shape(bands["bp"], SampleGrid().bp_pixel, NoiseConfig(n_hermite=n_hermite))
        return np.mean((shape[:, 1:] * shape[:, :-1]).sum(axis=0))

    assert lag_1(30) > lag_1(42) > lag_1(55)


def test_sigma_is_the_standard_deviation_of_the_noise(shapes):
    config = NoiseConfig(source_scatter=0.0, band_offset=0.0)
    signal = np.full((20_000, 186), 5.0, np.float32)
    noise, sigma = draw_noise(np.random.default_rng(1), signal, *shapes, config)
    np.testing.assert_allclose(noise.std(axis=0), sigma[0], rtol=0.03)
    assert sigma[0, 0] == pytest.approx(0.21 * np.sqrt(1 + 5 / 25), rel=1e-5)
    assert sigma[0, N_BP] == pytest.approx(0.22 * np.sqrt(1 + 5 / 25), rel=1e-5)


def test_negative_flux_makes_no_less_noise(shapes):
    signal = np.array([[-30.0] * 186, [0.0] * 186], np.float32)
    config = NoiseConfig(source_scatter=0.0)
    _, sigma = draw_noise(np.random.default_rng(1), signal, *shapes, config)
    np.testing.assert_allclose(sigma[0], sigma[1])


def test_sigma_scatters_from_source_to_source(shapes):
    signal = np.zeros((20_000, 186), np.float32)
    _, sigma = draw_noise(np.random.default_rng(2), signal, *shapes, NoiseConfig())
    assert np.log(sigma[:, 0]).std() == pytest.approx(0.35, rel=0.03)


def test_offset_is_one_constant_per_band(shapes):
    config = NoiseConfig(sigma_bp=0.0, sigma_rp=0.0)
    noise, _ = draw_noise(
        np.random.default_rng(3), np.zeros((20_000, 186), np.float32), *shapes, config
    )
    assert np.ptp(noise[:, :N_BP], axis=1).max() == 0
    assert np.ptp(noise[:, N_BP:], axis=1).max() == 0
    np.testing.assert_allclose(noise[:, [0, -1]].std(axis=0), 0.02, rtol=0.03)
    assert abs(np.corrcoef(noise[:, 0], noise[:, -1])[0, 1]) < 0.03
