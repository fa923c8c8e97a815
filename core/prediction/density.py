"""Densities of redshift on a grid: what is known of a source's z, and what can be read from it."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.evaluation import calibration
from core.model.mixture import Mixtures

GRID_STEP = 0.0025
"""Step of the grid [redshift], finer than the narrowest component of a mixture is wide."""

ANSWERS = ("median", "mean", "mode")
"""What of a density can be given as the redshift."""

# The quantiles that bound 68 %, of which half is the sigma of a normal distribution.
SIGMA_LEVELS = (0.16, 0.84)

# A mixture with less than this on the grid says nothing about redshifts there.
MIN_MASS = 1e-3

# A second peak counts if it rises by this share of the highest above the valley between them.
MIN_RISE = 0.1

# Sources at once: their densities stay in the processor's cache.
CHUNK_SOURCES = 1024


@dataclass(frozen=True, eq=False)
class Density:
    """Probability densities of the redshifts of n sources, linear between the points of a grid.

    A row that has no mass on the grid is NaN, and so is all that is read from it.

    Attributes
    ----------
    z : np.ndarray of float32, shape (m,)
        Grid, rising from 0.
    pdf : np.ndarray of float32, shape (n, m)
        Densities [1 / redshift]; each row integrates to 1 by the trapezoidal rule.
    """

    z: np.ndarray
    pdf: np.ndarray

    @classmethod
    def normalised(cls, z: np.ndarray, pdf: np.ndarray, min_mass: float = 0.0) -> "Density":
        """Scale rows to integrate to 1; those whose integral is not above `min_mass` are NaN."""
        z = np.asarray(z, np.float32)
        mass = pdf @ _trapezoid(z)
        scale = np.where(mass > min_mass, mass, np.nan)
        return cls(z, (pdf / scale[:, None]).astype(np.float32, copy=False))

    @classmethod
    def from_mixtures(cls, mixtures: Mixtures, z: np.ndarray) -> "Density":
        """Return what mixtures of Gaussians say on a grid from 0, cut off at its ends."""
        return cls.normalised(z, mixtures.pdf(z), MIN_MASS)

    def __len__(self) -> int:
        return len(self.pdf)

    @property
    def known(self) -> np.ndarray:
        """Which rows are densities, shape (n,), bool; the others are NaN."""
        return np.isfinite(self.pdf[:, 0])

    def take(self, rows: np.ndarray | slice) -> "Density":
        """Return the densities of some sources."""
        return Density(self.z, self.pdf[rows])

    def filled(self) -> "Density":
        """Return the densities with those that are NaN flat: nothing is known of their z."""
        if self.known.all():
            return self
        flat = 1 / (self.z[-1] - self.z[0])
        return Density(self.z, np.where(self.known[:, None], self.pdf, flat))

    def cdf(self) -> np.ndarray:
        """Return the distribution functions at the grid's points, shape (n, m), float32."""
        return self._cdf

    @functools.cached_property
    def _cdf(self) -> np.ndarray:
        cumulative = np.zeros_like(self.pdf)
        cells = self.pdf[:, 1:] + self.pdf[:, :-1]
        cells *= np.diff(self.z) / 2
        np.cumsum(cells, axis=1, out=cumulative[:, 1:])
        return cumulative

    def quantile(self, levels: ArrayLike) -> np.ndarray:
        """Return the redshifts below which the true one lies with a probability, shape (n, k).

        `levels`, 0 to 1, have the shape (k,), or (n, k) where each source has its own.
        """
        levels = np.asarray(levels, float)
        levels = np.broadcast_to(levels, (len(self), levels.shape[-1]))
        cdf = self.cdf()
        rows = np.arange(len(self))
        quantiles = np.empty(levels.shape)
        for column, level in enumerate(levels.T):
            cell = np.sum(cdf[:, 1:-1] < level.astype(np.float32)[:, None], axis=1)
            left, right = (self.pdf[rows, cell + i].astype(float) for i in (0, 1))
            width = np.diff(self.z)[cell].astype(float)
            missing = np.maximum(level - cdf[rows, cell], 0)
            # Where the density is linear, the distribution function is a parabola.
            root = np.sqrt(np.maximum(left**2 + 2 * (right - left) / width * missing, 0))
            with np.errstate(divide="ignore", invalid="ignore"):  # a cell without mass
                step = np.where(left + root == 0, 0, 2 * missing / (left + root))
            quantiles[:, column] = self.z[cell] + np.minimum(step, width)
        return quantiles

    def point(self, answer: str) -> np.ndarray:
        """Return the redshifts that one of `ANSWERS` gives, shape (n,), float64."""
        return self.quantile([0.5])[:, 0] if answer == "median" else getattr(self, answer)()

    def mean(self) -> np.ndarray:
        """Return the means, shape (n,), float64."""
        z, h = self.z[:-1].astype(float), np.diff(self.z).astype(float)
        # Integrals of z times the falling and the rising side of each point's triangle.
        falling, rising = h * (z / 2 + h / 6), h * (z / 2 + h / 3)
        return self.pdf @ (np.pad(falling, (0, 1)) + np.pad(rising, (1, 0)))

    def mode(self) -> np.ndarray:
        """Return the most probable redshifts, shape (n,), float64.

        Between the points of the grid by the parabola through the highest and its neighbours.
        """
        peak = np.clip(np.argmax(self.pdf, axis=1), 1, len(self.z) - 2)
        low, middle, high = (
            self.pdf[np.arange(len(self)), peak + shift].astype(float) for shift in (-1, 0, 1)
        )
        curvature = low - 2 * middle + high
        with np.errstate(divide="ignore", invalid="ignore"):  # flat, or at the grid's end
            shift = np.where(curvature < 0, (low - high) / (2 * curvature), np.sign(high - low))
        step = (self.z[peak + 1] - self.z[peak - 1]) / 2
        z = self.z[peak] + np.clip(shift, -1, 1) * step
        return np.where(np.isnan(middle), np.nan, z)

    def sigma(self) -> np.ndarray:
        """Return half the widths of the central 68 % intervals, shape (n,), float64."""
        low, high = self.quantile(SIGMA_LEVELS).T
        return (high - low) / 2

    def pit(self, z_spec: ArrayLike) -> np.ndarray:
        """Return the probability integral transforms, shape (n,); see `core.evaluation`."""
        pit, known = np.full(len(self), np.nan), self.known
        pit[known] = calibration.pit(self.z, self.pdf[known], np.asarray(z_spec)[known])
        return pit

    def reweighted(self, ratio: np.ndarray) -> "Density":
        """Return the densities times a function of z, normalised: the answer under another prior.

        `ratio`, shape (m,), is the new prior over that of the training part; see
        `core.prediction.prior`.
        """
        return Density.normalised(self.z, self.pdf * np.asarray(ratio, np.float32))

    def multimodal(self) -> np.ndarray:
        """Return which densities have a second peak, shape (n,), bool.

        One that rises by more than a tenth of the highest above the valley between the two.
        """
        second = np.zeros(len(self), bool)
        # Most have one peak alone, and are done with quickly.
        several = np.flatnonzero(self._n_peaks() > 1)
        pdf = self.pdf[several]
        highest = np.argmax(pdf, axis=1)[:, None]
        places = np.arange(len(self.z))
        for side, outwards in ((places >= highest, 1), (places <= highest, -1)):
            valley = np.minimum.accumulate(np.where(side, pdf, np.inf)[:, ::outwards], axis=1)
            rise = np.where(side, pdf - valley[:, ::outwards], 0)
            second[several] |= rise.max(axis=1) > MIN_RISE * pdf.max(axis=1)
        return second

    def _n_peaks(self) -> np.ndarray:
        """Return how many points of each density are above both neighbours, and not low."""
        rises = np.diff(self.pdf, axis=1, prepend=0, append=0) > 0
        peaks = rises[:, :-1] & ~rises[:, 1:]
        peaks &= self.pdf > MIN_RISE * self.pdf.max(axis=1, keepdims=True)
        return peaks.sum(axis=1)


def redshift_grid(z_max: float) -> np.ndarray:
    """Return a grid from 0 to beyond the highest redshift of a training part, float32."""
    return np.arange(round((1.2 * z_max + 0.05) / GRID_STEP) + 1, dtype=np.float32) * np.float32(
        GRID_STEP
    )


def _trapezoid(z: np.ndarray) -> np.ndarray:
    """Return the weights of the trapezoidal rule on a grid, shape (m,)."""
    half = np.diff(z) / 2
    return np.pad(half, (0, 1)) + np.pad(half, (1, 0))


def chunks(n: int) -> Iterator[slice]:
    """Yield the rows of `n` sources, so many at once that densities stay in the cache."""
    for start in range(0, n, CHUNK_SOURCES):
        yield slice(start, start + CHUNK_SOURCES)
