"""Predictions beside redshifts that are known, and what chance allows of so few galaxies."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from core.evaluation.coverage import coverage_row
from core.evaluation.metrics import HEADLINE, errors
from core.evaluation.report import usual_resamples
from core.evaluation.resampling import intervals

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Inside:
    """How many true redshifts lie inside their intervals, and how many would by chance.

    Attributes
    ----------
    n, inside : int
        Galaxies with an interval, and those whose true redshift lies inside.
    level : float
        Share that the intervals are meant to hold.
    low, high : int
        Between these, both included, chance alone leaves the number in 95 % of cases (binomial).
    probability : float
        That chance alone leaves a number as far off in either direction, or farther.
    """

    n: int
    inside: int
    level: float
    low: int
    high: int
    probability: float

    @property
    def share(self) -> float:
        """Share of the galaxies whose true redshift lies inside."""
        return self.inside / self.n

    @property
    def is_usual(self) -> bool:
        """Whether chance alone may have left this number."""
        return self.low <= self.inside <= self.high


@dataclass(frozen=True)
class KnownRedshifts:
    """Errors of predictions whose true redshifts are known.

    Attributes
    ----------
    n : int
        Galaxies with a true and a predicted redshift, each counted once.
    n_rows : int
        Rows that these came in; more than `n` where a galaxy comes in several.
    mae, mae_low, mae_high : float
        Mean |z_pred - z_spec| and its 95 % bootstrap interval; NaN for a single galaxy.
    within : Inside or None
        None where there are no intervals.
    """

    n: int
    n_rows: int
    mae: float
    mae_low: float
    mae_high: float
    within: Inside | None


def judge_known(
    z_spec: ArrayLike,
    z_pred: ArrayLike,
    z_lower: ArrayLike,
    z_upper: ArrayLike,
    level: float,
    n_rows: int,
) -> KnownRedshifts:
    """Judge the predictions of n galaxies, arrays of shape (n,), which came in so many rows.

    The intervals, `level` of which are meant to hold the true redshift, may lack (NaN); then only
    the error is told.
    """
    rows = np.array([z_spec, z_pred, z_lower, z_upper], float)
    n = rows.shape[1]
    found = errors(rows[0], rows[1])
    metric = {"mae": HEADLINE["mae"]}
    low, high = intervals(metric, found, usual_resamples(n))["mae"]
    mae = metric["mae"](*found.values())
    return KnownRedshifts(n, n_rows, mae, low, high, _within(rows, level))


def chance_inside(n: int, level: float) -> tuple[int, int]:
    """Return between which numbers, both included, chance leaves those inside in 95 % of cases."""
    low, high = scipy.stats.binom.interval(CONFIDENCE, n, level)
    return int(low), int(high)


def _within(rows: np.ndarray, level: float) -> Inside | None:
    rows = rows[:, np.isfinite(rows[2:]).all(axis=0)]
    n = rows.shape[1]
    if not n:
        return None
    inside = round(coverage_row(rows[0], rows[2], rows[3])["coverage"] * n)
    far = scipy.stats.binomtest(inside, n, level).pvalue
    return Inside(n, inside, level, *chance_inside(n, level), float(far))
