"""Intervals of redshift that cover: split-conformal calibration of a point estimate."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from core.amounts import n_of
from core.config import require
from core.evaluation.metrics import check_pair
from core.model.mixture import Mixtures
from core.prediction.calibration.correction import Correction, choose
from core.prediction.calibration.needed import check_enough
from core.prediction.flags import LEVEL, FlagBasis

# Bins of z_pred, joined with their smaller neighbour until each holds enough galaxies.
BIN_WIDTH = 0.02
MIN_PER_BIN = 60

# A network that is right to the last digit has a scatter all the same.
MIN_SCATTER = 1e-4


@dataclass(frozen=True, eq=False)
class Intervals:
    """Errors of the validation part by bins of z_pred, from which intervals are read.

    Split-conformal prediction (Vovk, Gammerman & Shafer 2005; Lei et al. 2018,
    JASA 113, 1094), Mondrian by bins of z_pred. With n galaxies in the bin of
    a prediction and m = floor((n + 1) (1 - level)), the floor(m / 2)-th lowest
    and the ceil(m / 2)-th highest of their errors r = z_spec - z_pred bound the
    error of a further galaxy like them with a probability of at least
    `level`, whatever the distribution of the errors. Errors keep their
    sign, so that lower and upper part differ; where a network is biased, an
    interval need not hold z_pred itself.
    """

    edges: np.ndarray  # z_pred at which the bins but for the first begin; the outer ones are open
    errors: tuple[np.ndarray, ...]  # r of every bin, rising
    # Of a recalibration: what is added to the network's redshifts, of which the bins are then.
    correction: Correction | None = None

    @classmethod
    def fit(cls, z_pred: ArrayLike, z_spec: ArrayLike) -> "Intervals":
        """Learn the errors from galaxies that the network was not trained on, arrays of shape (n,).

        A `DataError` says if there are fewer than `MIN_GALAXIES`, or a redshift is not finite.
        """
        true, predicted = check_pair(z_spec, z_pred)
        check_enough(len(true), "Intervals")
        edges = np.unique(np.floor(predicted / BIN_WIDTH))[1:] * BIN_WIDTH
        index = np.searchsorted(edges, predicted, side="right")
        error = true - predicted
        single = cls(edges, tuple(np.sort(error[index == i]) for i in range(len(edges) + 1)))
        return single._joined(MIN_PER_BIN)

    @classmethod
    def refitted(cls, z_pred: ArrayLike, z_spec: ArrayLike) -> "Intervals":
        """Learn a correction of the redshifts, and the errors that galaxies have without their own.

        As `fit`; each error is that of a redshift which was corrected by the other galaxies (five
        folds: Barber et al. 2021, Annals of Statistics 49, 486, section 3, who show what such
        intervals guarantee).
        """
        true, predicted = check_pair(z_spec, z_pred)
        check_enough(len(true), "Intervals")
        error = true - predicted
        scatter = 1.4826 * np.median(np.abs(error - np.median(error)))
        # As one Gaussian each, of the usual width.
        single = np.ones((len(true), 1), np.float32)
        points = Mixtures(single, predicted[:, None], single * max(scatter, MIN_SCATTER))
        chosen = choose(points, true)
        return replace(cls.fit(chosen.corrected.mean(), true), correction=chosen.correction)

    def corrected(self, z_pred: np.ndarray) -> np.ndarray:
        """Return the redshifts for those that the network gives, shape (n,)."""
        return z_pred if self.correction is None else z_pred + self.correction.shift(z_pred)

    @property
    def n_galaxies(self) -> int:
        """Galaxies that the intervals rest on."""
        return sum(map(len, self.errors))

    def at(self, z_pred: ArrayLike, level: float = 0.68) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and the upper end around each prediction, of shape (n,); NaN for NaN.

        Never below 0, where there are no galaxies. Predictions beyond those of the validation part
        take its outer bins; where a bin holds too few galaxies for a high level, it is joined with
        its neighbours. The level must pass `check_level`.
        """
        below, above = self._errors_at(z_pred, level)
        predicted = np.asarray(z_pred, dtype=float)
        return np.maximum(predicted + below, 0.0), np.maximum(predicted + above, 0.0)

    def around(self, z_pred: ArrayLike, level: float = 0.68) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of `at`, stretched to hold the predictions, as catalogues give them."""
        return holding(np.asarray(z_pred, dtype=float), *self.at(z_pred, level))

    def half_width(self, z_pred: ArrayLike, level: float = 0.68) -> np.ndarray:
        """Return half the width of each interval of `at` before it is cut at 0, shape (n,)."""
        below, above = self._errors_at(z_pred, level)
        return (above - below) / 2

    def basis(self, z_pred: np.ndarray) -> FlagBasis:
        """Return what flags are made from."""
        return FlagBasis(z_pred, *self.at(z_pred, LEVEL), np.zeros(len(z_pred), bool))

    def _errors_at(self, z_pred: ArrayLike, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and the upper error around each prediction; NaN where that is NaN."""
        check_level(level, self.n_galaxies)
        bins = self._joined(int(np.ceil(round(2 / (1 - level), 6))) - 1)
        bounds = np.array([_bounds(errors, level) for errors in bins.errors])
        predicted = np.asarray(z_pred, dtype=float)
        # NaN sorts behind everything.
        index = np.searchsorted(bins.edges, predicted, side="right")
        below, above = np.where(np.isnan(predicted), np.nan, bounds[index].T)
        return below, above

    def _joined(self, enough: int) -> "Intervals":
        """Return the bins with the smallest joined until all hold `enough` or one is left."""
        edges, errors = list(self.edges), list(self.errors)
        while edges and min(map(len, errors)) < enough:
            smallest = min(range(len(errors)), key=lambda i: len(errors[i]))
            beside = [i for i in (smallest - 1, smallest + 1) if 0 <= i < len(errors)]
            left = min(smallest, min(beside, key=lambda i: len(errors[i])))
            errors[left : left + 2] = [np.sort(np.concatenate(errors[left : left + 2]))]
            del edges[left]
        return replace(self, edges=np.array(edges), errors=tuple(errors))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store."""
        return {
            "edges": self.edges,
            "counts": np.array([len(errors) for errors in self.errors]),
            "errors": np.concatenate(self.errors).astype(np.float32),
            **({} if self.correction is None else self.correction.to_stored()),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Intervals":
        """Build from what `to_arrays` gave; a ValueError says that it is something else."""
        edges, counts, errors = (arrays[name] for name in ("edges", "counts", "errors"))
        if len(counts) != len(edges) + 1 or counts.min() < 1 or counts.sum() != len(errors):
            raise ValueError("the bins and the errors of the intervals do not fit together")
        by_bin = np.split(errors.astype(float), np.cumsum(counts)[:-1])
        return cls(edges, tuple(by_bin), Correction.among(arrays))


def holding(z: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of intervals, stretched to hold their redshifts: they cover no less.

    That of a biased network, a negative one, or the mean of a skewed p(z) may lie beyond.
    """
    return np.minimum(lower, z), np.maximum(upper, z)


def highest_level(n_galaxies: int) -> float:
    """Return the highest level that all galaxies of a validation part together can vouch for."""
    return 1 - 2 / (n_galaxies + 1)


def check_level(level: float, n_galaxies: int) -> None:
    """Raise a `ConfigError` unless so many validation galaxies suffice for a level."""
    highest = highest_level(n_galaxies)
    require(
        0 < level <= highest,
        f"Level of the intervals: expected a share above 0 and up to {highest:.4f}, for which "
        f"{n_of(n_galaxies, 'validation galaxy')} suffice; received {level}.",
    )


def _bounds(errors: np.ndarray, level: float) -> tuple[float, float]:
    """Return the lower and the upper error at this level, from rising errors."""
    # Rounded: 1 - 0.9 is a little below 0.1 and would cost a rank.
    cut = int(np.floor(round((len(errors) + 1) * (1 - level), 6)))
    below = cut // 2
    return errors[below - 1], errors[len(errors) - (cut - below)]
