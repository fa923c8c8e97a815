"""Noise of XP spectra: correlated, since a spectrum is a sum of few Hermite functions."""

from dataclasses import dataclass

import numpy as np

from core.simulation.instrument import Band, hermite_functions
from core.spectra import N_BP, N_RP


@dataclass(frozen=True)
class NoiseConfig:
    """Numbers of the noise; fluxes in e-/s per sample."""

    n_hermite: int = 42  # functions that carry the noise; all 55 make it too choppy
    n_pixels: int = 60  # of the window, on which the noise is white
    sigma_bp: float = 0.21  # of a faint source, as sigma_rp
    sigma_rp: float = 0.22
    source_scatter: float = 0.35  # of ln(sigma) from source to source (number of transits)
    bright_flux: float = 25.0  # at which the source's own photons double the variance
    band_offset: float = 0.02  # standard deviation of one constant per band (background)


def noise_shape(band: Band, pixel: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Return the matrix (n_hermite, m) that turns independent normals into noise of unit variance.

    White pixel noise goes through the least-squares projector on the first Hermite functions of the
    band, evaluated at the sample positions `pixel` (m,).
    """
    window = np.arange(config.n_pixels)
    at_pixels = hermite_functions(config.n_hermite, band.offset + band.scale * window).T
    at_samples = hermite_functions(config.n_hermite, band.offset + band.scale * pixel).T
    # at_pixels = q r: coefficients of white noise are r^-1 q^T noise, and q^T noise is white.
    _, triangle = np.linalg.qr(at_pixels)
    shape = np.linalg.solve(triangle.T, at_samples.T)
    return shape / np.linalg.norm(shape, axis=0)


def draw_noise(
    rng: np.random.Generator,
    signal: np.ndarray,
    shape_bp: np.ndarray,
    shape_rp: np.ndarray,
    config: NoiseConfig,
) -> tuple[np.ndarray, np.ndarray]:
    """Return noise and its standard deviation for signals (n, 186), as float32 [e-/s per sample].

    The shapes are those of `noise_shape`. The offset per band is part of the noise but, being a
    systematic, not of sigma.
    """
    n = len(signal)
    scatter = np.exp(config.source_scatter * rng.standard_normal((n, 1), dtype=np.float32))
    sigma = np.sqrt(1.0 + np.clip(signal, 0.0, None) / np.float32(config.bright_flux)) * scatter
    sigma[:, :N_BP] *= np.float32(config.sigma_bp)
    sigma[:, N_BP:] *= np.float32(config.sigma_rp)
    noise = np.concatenate(
        [
            rng.standard_normal((n, len(shape)), dtype=np.float32) @ shape
            for shape in (shape_bp, shape_rp)
        ],
        axis=1,
    )
    noise *= sigma
    offset = config.band_offset * rng.standard_normal((n, 2), dtype=np.float32)
    noise += np.repeat(offset, (N_BP, N_RP), axis=1)
    return noise, sigma
