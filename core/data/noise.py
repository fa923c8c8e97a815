"""The noise of spectra: from their errors, or estimated from the spectra themselves."""

from dataclasses import dataclass

import numpy as np

from core.spectra import BANDS

"""Samples of BP and of RP."""

SMOOTH_DEGREE = 9
"""Degree of the polynomial per band whose residual is taken for noise."""

MIN_NOISE = 0.001
"""Least noise [e-/s per sample], 1/200 of a faint galaxy's: it keeps logarithms finite."""

CHUNK_ROWS = 32_768


@dataclass(frozen=True)
class BandNoise:
    """Noise of BP and of RP [e-/s per sample]: the mean error of a band's samples.

    Where a band has no usable errors (none given, one that is no number, or all
    of them 0) it is what a polynomial of degree 9 leaves over, times a factor.
    """

    # ln of that factor for BP and RP: the mean over the training part of ln(mean error) -
    # ln(estimate). The estimate takes the noise for white, and neighbouring samples of XP spectra
    # are correlated.
    log_factor: tuple[float, float] = (0.0, 0.0)
    # Whether the training part has usable errors. A network that never saw them knows the estimates
    # alone, which are on another scale: who asks it passes no errors on.
    uses_errors: bool = True

    @classmethod
    def fit(cls, flux: np.ndarray, flux_error: np.ndarray | None) -> "BandNoise":
        """Learn the factor from spectra (n, 186) with usable errors; 1 where there are none."""
        if flux_error is None:
            return cls(uses_errors=False)
        total, known = np.zeros((2, len(BANDS)))
        for start in range(0, len(flux), CHUNK_ROWS):
            rows = slice(start, start + CHUNK_ROWS)
            for column, band in enumerate(BANDS):
                given = _mean_errors(flux[rows], flux_error[rows], band)
                usable = ~np.isnan(given)
                estimate = _log_estimate(flux[rows, band][usable])
                total[column] += np.sum(np.log(given[usable]) - estimate)
                known[column] += np.count_nonzero(usable)
        if not known.all():
            return cls(uses_errors=False)
        bp, rp = (total / known).tolist()
        return cls((bp, rp))

    def log_noise(self, flux: np.ndarray, flux_error: np.ndarray | None) -> np.ndarray:
        """Return ln(noise) of BP and RP, (n, 2) float64: finite, as the flux (n, 186) must be."""
        noise = np.empty((len(flux), len(BANDS)))
        for column, (band, log_factor) in enumerate(zip(BANDS, self.log_factor, strict=True)):
            given = _mean_errors(flux, flux_error, band)
            unknown = np.isnan(given)
            noise[:, column] = np.log(given)
            if unknown.any():
                noise[unknown, column] = log_factor + _log_estimate(flux[unknown, band])
        return noise

    def errors(self, flux: np.ndarray, flux_error: np.ndarray | None) -> np.ndarray:
        """Return the error of every sample: the given ones where usable, else the band's noise.

        Float32 of shape (n, 186) [e-/s per sample], not negative; the flux must be finite.
        """
        if not self.uses_errors:
            flux_error = None
        errors = np.array(flux if flux_error is None else flux_error, np.float32)
        for band, log_factor in zip(BANDS, self.log_factor, strict=True):
            unknown = np.isnan(_mean_errors(flux, flux_error, band))
            if unknown.any():
                noise = np.exp(log_factor + _log_estimate(flux[unknown, band]))
                errors[unknown, band] = noise[:, None]
        return errors


def rough_squares(band: np.ndarray) -> np.ndarray:
    """Return the sum of squares of what a polynomial of degree 9 leaves over of one band, (n,)."""
    band = np.asarray(band, float)
    x = np.linspace(-1, 1, band.shape[1])
    basis, _ = np.linalg.qr(np.polynomial.chebyshev.chebvander(x, SMOOTH_DEGREE))
    return np.square(band - (band @ basis) @ basis.T).sum(axis=1)


def _log_estimate(band: np.ndarray) -> np.ndarray:
    degrees_of_freedom = band.shape[1] - SMOOTH_DEGREE - 1
    return np.log(np.maximum(np.sqrt(rough_squares(band) / degrees_of_freedom), MIN_NOISE))


def _mean_errors(flux: np.ndarray, flux_error: np.ndarray | None, band: slice) -> np.ndarray:
    """Return the mean error per spectrum, shape (n,); NaN where the errors are of no use."""
    if flux_error is None:
        return np.full(len(flux), np.nan)
    mean = flux_error[:, band].mean(axis=1, dtype=float)
    return np.where(np.isfinite(mean) & (mean > 0), np.maximum(mean, MIN_NOISE), np.nan)
