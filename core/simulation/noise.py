"""Noise of XP spectra: correlated, since a spectrum is a sum of few Hermite functions."""

from dataclasses import dataclass

import numpy as np

from core.simulation.instrument import Band, hermite_functions
from core.spectra import N_BP, N_RP


@dataclass(frozen=True)
class NoiseConfig:
    """Numbers of the noise.

    Attributes
    ----------
    n_hermite : int
        Hermite functions that carry the noise; all 55 make it too choppy.
    n_pixels : int
        Pixels of the window, on which the noise is white.
    sigma_bp, sigma_rp : float
        Noise of a faint source [e-/s per sample].
    source_scatter : float
        Scatter of ln(sigma) from source to source (number of transits).
    bright_flux : float
        Flux at which the source's own photons double the variance
        [e-/s per sample].
    band_offset : float
        Standard deviation of one constant per band (background)
        [e-/s per sample].
    """

    n_hermite: int = 42
    n_pixels: int = 60
    sigma_bp: float = 0.21
    sigma_rp: float = 0.22
    source_scatter: float = 0.35
    bright_flux: float = 25.0
    band_offset: float = 0.02


def noise_shape(band: Band, pixel: np.ndarray, config: NoiseConfig) -> np.ndarray:
    """Return the matrix that turns independent normals into noise of unit variance.

    White pixel noise goes through the least-squares projector on the first
    Hermite functions, evaluated at the samples.

    Parameters
    ----------
    band : Band
        Gives the argument of the Hermite functions.
    pixel : np.ndarray, shape (m,)
        Sample positions [pixel].
    config : NoiseConfig
        Numbers of the noise.

    Returns
    -------
    np.ndarray, shape (n_hermite, m)
        Normals (n, n_hermite) @ this = noise (n, m), each sample of variance 1.
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
    """Draw noise for a block of spectra.

    Parameters
    ----------
    rng : np.random.Generator
        Source of random numbers.
    signal : np.ndarray, shape (n, 186)
        Flux without noise [e-/s per sample].
    shape_bp, shape_rp : np.ndarray
        What `noise_shape` gave for each band.
    config : NoiseConfig
        Numbers of the noise.

    Returns
    -------
    noise, sigma : np.ndarray, shape (n, 186), float32
        The noise and its standard deviation [e-/s per sample]; the offset per
        band is part of the noise but, being a systematic, not of sigma.
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
