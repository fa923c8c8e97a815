"""What is kept of the spectra that a run learnt from, to compare others with them."""

from dataclasses import dataclass

import numpy as np

from core.data.noise import rough_squares
from core.data.shape import mean_flux, shape_of
from core.model.scaling import check_flux
from core.spectra import BANDS, N_SAMPLES

LEVELS = (0.05, 0.16, 0.5, 0.84, 0.95)
"""Quantiles of the shape at every wavelength."""

N_KEPT = 1000
"""Spectra of which the numbers are kept: 30 kB, and chance alone moves an AUC by 0.02."""

BINS_PER_BAND = 6

# Of noise and flux, so that logarithms are finite [e-/s per sample].
SMALLEST_NOISE = 0.002

NAMES = ("brightness", "colour", "sn", "noise_bp", "noise_rp")
"""Of the numbers that people know; those of the shape come behind them."""

N_NUMBERS = len(NAMES) + 2 * BINS_PER_BAND


@dataclass(frozen=True, eq=False)
class TrainingSpectra:
    """A summary of n spectra.

    Attributes
    ----------
    n : int
    shape : np.ndarray of float32, shape (5, 186)
        Quantiles, at `LEVELS`, of flux over the spectrum's own mean.
    numbers : np.ndarray of float32, shape (m, 17)
        What `describe` says of at most `N_KEPT` of them.
    """

    n: int
    shape: np.ndarray
    numbers: np.ndarray

    @classmethod
    def of(cls, flux: np.ndarray, n: int | None = None) -> "TrainingSpectra":
        """Summarise spectra, shape (n, 186) [e-/s per sample], of at least one galaxy.

        `n` says of how many these were drawn. A `DataError` says if a flux is not finite.
        """
        flux = check_flux(flux)
        few = np.random.default_rng(0).permutation(len(flux))[:N_KEPT]
        shape = np.quantile(shape_of(flux), LEVELS, axis=0).astype(np.float32)
        return cls(len(flux) if n is None else n, shape, describe(flux[np.sort(few)]))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store."""
        numbers = self.numbers.astype(np.float16)
        return {"n": np.array(self.n), "shape": self.shape, "numbers": numbers}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "TrainingSpectra":
        """Build from what `to_arrays` gave; a ValueError says that it is something else."""
        shape, numbers = arrays["shape"], arrays["numbers"].astype(np.float32)
        if shape.shape != (len(LEVELS), N_SAMPLES) or numbers.shape[1:] != (N_NUMBERS,):
            raise ValueError("the summary of the training spectra has another shape")
        return cls(int(arrays["n"]), shape, numbers)


def describe(flux: np.ndarray) -> np.ndarray:
    """Return numbers that tell spectra apart, float32 (n, 17), from flux (n, 186) alone.

    The logarithms (of 10) of the mean flux [e-/s per sample]; of BP over RP, as a colour [mag] of
    Gaia's instrument; of the signal-to-noise ratio of a sample; of the noise in BP and in RP
    [e-/s per sample], what a polynomial leaves over (`core.data.noise`); then the shape, flux over
    its mean, in six stretches of each band.
    """
    flux = np.asarray(flux, float)
    mean = mean_flux(flux)[:, 0]
    bands = [mean_flux(flux[:, band])[:, 0] for band in BANDS]
    squares = [rough_squares(flux[:, band]) for band in BANDS]
    noise = [
        np.maximum(np.sqrt(square / (band.stop - band.start)), SMALLEST_NOISE)
        for square, band in zip(squares, BANDS, strict=True)
    ]
    both = np.maximum(np.sqrt(sum(squares) / N_SAMPLES), SMALLEST_NOISE)
    known = [mean, both, *noise]
    log_mean, log_both, *log_noise = np.log10(known)
    colour = -2.5 * np.log10(bands[0] / bands[1])
    shape = flux / mean[:, None]
    stretches = [
        stretch.mean(axis=1)
        for band in BANDS
        for stretch in np.array_split(shape[:, band], BINS_PER_BAND, axis=1)
    ]
    columns = [log_mean, colour, log_mean - log_both, *log_noise, *stretches]
    return np.column_stack(columns).astype(np.float32)
