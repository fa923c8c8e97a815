"""A correction of a network's redshifts and widths, of few numbers, from few galaxies."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.polynomial import chebyshev

from core.model.mixture import Mixtures

MAX_DEGREE = 3
"""Of the polynomial: a cubic is what several thousand galaxies ask for on another instrument."""

N_FOLDS = 5
SEED = 0

# Redshifts of so many galaxies may be wrong in any way.
WRONG_SHARE = 0.01
WRONG_RANGE = 1.0

# Beyond these quantiles of the predicted redshifts the correction is what it is there.
ENDS = (0.01, 0.99)

# Half as wide to five times.
LOG_WIDTHS = (-0.7, 1.6)

# Choosing among the degrees takes no more galaxies than these.
MAX_COMPARED = 5_000


@dataclass(frozen=True, eq=False)
class Correction:
    """What is added to a redshift, and what widths are multiplied by.

    The mixture of a source moves as a whole by d(z), z its mean, and all its Gaussians become wider
    by one factor. d is a polynomial of z between `low` and `high`, and constant beyond: few
    galaxies fix few numbers (as of temperature and bias, Guo et al. 2017, arXiv:1706.04599, whose
    calibrations of few parameters need the fewest examples).

    Attributes
    ----------
    coefficients : np.ndarray of float64, shape (k,)
        Of d, a Chebyshev series in z scaled from [low, high] to [-1, 1] [redshift]; none: 0.
    width : float
    low, high : float
    """

    coefficients: np.ndarray
    width: float
    low: float
    high: float

    @classmethod
    def fit(cls, mixtures: Mixtures, z_spec: np.ndarray, degree: int) -> "Correction":
        """Return the correction that makes the true redshifts of n galaxies likeliest.

        `degree` is that of the polynomial, -1 for none. One galaxy in a hundred may have any
        redshift from 0 to 1 (a wrong one, as in Hogg, Bovy & Lang 2010, arXiv:1008.4686, section
        3), so that single blunders do not widen all.
        """
        z_pred = mixtures.mean()
        low, high = np.quantile(z_pred, ENDS)
        start = cls(np.zeros(degree + 1), 1.0, float(low), float(max(high, low + 1e-3)))
        terms = start._terms(z_pred)

        def surprise(numbers: np.ndarray) -> tuple[float, np.ndarray]:
            return _surprise(mixtures, z_spec, terms, numbers)

        bounds = [LOG_WIDTHS, *[(-1, 1)] * (degree + 1)]
        best = scipy.optimize.minimize(
            surprise, np.zeros(degree + 2), jac=True, method="L-BFGS-B", bounds=bounds
        )
        return replace(start, coefficients=best.x[1:], width=float(np.exp(best.x[0])))

    def shift(self, z_pred: np.ndarray) -> np.ndarray:
        """Return what is added to each redshift, shape (n,)."""
        return self._terms(np.asarray(z_pred, float)) @ self.coefficients

    def apply(self, mixtures: Mixtures) -> Mixtures:
        """Return the mixtures moved and widened."""
        shift = self.shift(mixtures.mean()).astype(np.float32)
        sigmas = mixtures.sigmas * np.float32(self.width)
        return replace(mixtures, means=mixtures.means + shift[:, None], sigmas=sigmas)

    def surprise(self, mixtures: Mixtures, z_spec: np.ndarray) -> np.ndarray:
        """Return minus the logarithm of the likelihood of each true redshift, shape (n,)."""
        numbers = np.array([np.log(self.width), *self.coefficients])
        terms = self._terms(mixtures.mean())
        return -_log_likelihood(mixtures, z_spec, terms, numbers)[0]

    def _terms(self, z_pred: np.ndarray) -> np.ndarray:
        """Return the terms of the series, shape (n, k)."""
        if not len(self.coefficients):
            return np.zeros((len(z_pred), 0))
        scaled = 2 * (np.clip(z_pred, self.low, self.high) - self.low) / (self.high - self.low) - 1
        return chebyshev.chebvander(scaled, len(self.coefficients) - 1)

    def to_stored(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, named so that they stand beside others."""
        return {f"{_OURS}{name}": np.asarray(value, float) for name, value in vars(self).items()}

    @classmethod
    def among(cls, arrays: dict[str, np.ndarray]) -> "Correction | None":
        """Build from what `to_stored` gave, among other arrays; None if it is not there.

        A ValueError says that it is something else.
        """
        if f"{_OURS}width" not in arrays:
            return None
        coefficients = arrays[f"{_OURS}coefficients"]
        width, low, high = (float(arrays[f"{_OURS}{name}"]) for name in ("width", "low", "high"))
        if coefficients.ndim != 1 or not width > 0 or not low < high:
            raise ValueError("the numbers of the correction are none")
        return cls(coefficients, width, low, high)


_OURS = "correction_"


@dataclass(frozen=True, eq=False)
class Chosen:
    """A correction chosen by cross-validation, and what it does to galaxies it has not seen.

    Attributes
    ----------
    correction : Correction
        Of all galaxies.
    corrected : Mixtures
        Of each galaxy by a correction that was fitted without it.
    """

    correction: Correction
    corrected: Mixtures


def choose(mixtures: Mixtures, z_spec: np.ndarray) -> Chosen:
    """Fit corrections of several degrees; choose one by fivefold cross-validation.

    The simplest whose mean surprise is within a standard error of the lowest (Hastie, Tibshirani &
    Friedman 2009, The Elements of Statistical Learning, section 7.10): what few galaxies do not
    show is not corrected. The standard error is that of the difference, galaxy by galaxy.
    """
    degrees = range(-1, MAX_DEGREE + 1)
    few = np.random.default_rng(SEED).permutation(len(z_spec))[:MAX_COMPARED]
    tried, z_tried = mixtures.take(few), z_spec[few]
    surprise = np.empty((len(degrees), len(few)))
    for fitted, left in folds(len(few)):
        for row, degree in zip(surprise, degrees, strict=True):
            correction = Correction.fit(tried.take(fitted), z_tried[fitted], degree)
            row[left] = correction.surprise(tried.take(left), z_tried[left])
    best = surprise[np.argmin(surprise.mean(axis=1))]
    above = surprise - best
    error = above.std(axis=1) / np.sqrt(len(few))
    degree = degrees[int(np.argmax(above.mean(axis=1) <= error))]
    corrected = replace(mixtures, means=mixtures.means.copy(), sigmas=mixtures.sigmas.copy())
    for fitted, left in folds(len(z_spec)):
        correction = Correction.fit(mixtures.take(fitted), z_spec[fitted], degree)
        found = correction.apply(mixtures.take(left))
        corrected.means[left], corrected.sigmas[left] = found.means, found.sigmas
    return Chosen(Correction.fit(mixtures, z_spec, degree), corrected)


def folds(n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows to fit and those left out, for each fold; every row is left out once."""
    fold = np.random.default_rng(SEED).permutation(n) % N_FOLDS
    for number in range(N_FOLDS):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _log_likelihood(
    mixtures: Mixtures, z_spec: np.ndarray, terms: np.ndarray, numbers: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return that of each galaxy, and what its slopes are made of."""
    sigmas = mixtures.sigmas * np.exp(numbers[0])
    scaled = ((z_spec - terms @ numbers[1:])[:, None] - mixtures.means) / sigmas
    each = mixtures.weights / (sigmas * np.sqrt(2 * np.pi)) * np.exp(-np.square(scaled) / 2)
    each *= 1 - WRONG_SHARE
    whole = each.sum(axis=1) + WRONG_SHARE / WRONG_RANGE
    return np.log(whole), each / whole[:, None], scaled, sigmas


def _surprise(
    mixtures: Mixtures, z_spec: np.ndarray, terms: np.ndarray, numbers: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the mean surprise and its slopes with the logarithm of the width and the series."""
    logs, share, scaled, sigmas = _log_likelihood(mixtures, z_spec, terms, numbers)
    by_width = np.sum(share * (np.square(scaled) - 1), axis=1).mean()
    by_shift = np.sum(share * scaled / sigmas, axis=1) @ terms / len(z_spec)
    return -float(logs.mean()), -np.array([by_width, *by_shift])
