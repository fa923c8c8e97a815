"""The shape of a spectrum: its flux over its own mean, without the brightness."""

import numpy as np

# Mean flux [e-/s per sample] below which a spectrum counts as having none: twice the noise of
# such a mean (0.21 per sample, correlated over neighbours, plus an offset of 0.02 per band).
# It keeps the shape and the logarithm finite for a spectrum of noise, whose mean may be negative.
MEAN_FLUX_FLOOR = 0.05


def mean_flux(flux: np.ndarray) -> np.ndarray:
    """Return the mean of each spectrum, shape (n, 1), no less than the floor, of flux (n, 186)."""
    return np.maximum(flux.mean(axis=1, keepdims=True, dtype=np.float64), MEAN_FLUX_FLOOR)


def shape_of(flux: np.ndarray) -> np.ndarray:
    """Return flux over its own mean, float64 (n, 186)."""
    flux = np.asarray(flux, float)
    return flux / mean_flux(flux)


def over_mean(
    flux: np.ndarray, flux_error: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the shape of one spectrum (186,), and its errors over the same mean."""
    (shape,), (mean,) = shape_of(flux[None]), mean_flux(flux[None])
    return shape, None if flux_error is None else flux_error / mean


def mean_shape(flux: np.ndarray) -> np.ndarray:
    """Return the mean (186,) of the shapes of spectra (n, 186), so that none dominates."""
    return shape_of(flux).mean(axis=0)
