import numpy as np
import pytest

from core.data.shape import MEAN_FLUX_FLOOR, mean_flux, mean_shape, over_mean, shape_of
from core.spectra import N_SAMPLES

SHAPE = np.linspace(0.5, 1.5, N_SAMPLES)


def test_the_shape_is_the_flux_over_its_mean_whatever_the_brightness():
    flux = np.outer([1000, 0.1], SHAPE).astype(np.float32)
    np.testing.assert_allclose(shape_of(flux), [SHAPE, SHAPE], rtol=1e-6)


@pytest.mark.parametrize("level", [0.0, -2.0, MEAN_FLUX_FLOOR / 2])
def test_a_spectrum_without_flux_is_no_upside_down_or_endless_shape(level):
    flux = level + 0.1 * (SHAPE - 1)[None]
    assert mean_flux(flux).item() == MEAN_FLUX_FLOOR
    np.testing.assert_allclose(shape_of(flux), flux / MEAN_FLUX_FLOOR)


@pytest.mark.parametrize("level", [20.0, MEAN_FLUX_FLOOR / 2])
def test_one_spectrum_and_its_errors_are_over_the_mean_that_its_shape_is_over(level):
    flux, error = level * SHAPE, np.full(N_SAMPLES, 0.5)
    shape, shape_error = over_mean(flux, error)
    np.testing.assert_array_equal(shape, shape_of(flux[None])[0])
    np.testing.assert_array_equal(shape_error, error / mean_flux(flux[None]).item())
    assert over_mean(flux, None)[1] is None


def test_the_mean_shape_takes_bright_and_faint_galaxies_alike():
    tilted = SHAPE[::-1]
    flux = np.stack([1000 * SHAPE, 0.1 * tilted]).astype(np.float32)
    np.testing.assert_allclose(mean_shape(flux), (SHAPE + tilted) / 2, rtol=1e-6)


def test_one_spectrum_without_flux_does_not_spoil_the_mean_shape():
    flux = np.stack([SHAPE, np.full(N_SAMPLES, -1e-9)])
    np.testing.assert_allclose(mean_shape(flux), SHAPE / 2, atol=1e-6)
