"""The headline metrics of resampled galaxies, many resamples at once.

A resample is how often each galaxy was drawn. Over errors that are sorted once, the running
sum of those numbers gives every quantile and every share, so that a thousand resamples of
50,000 galaxies take a second and not half a minute.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from core.evaluation.metrics import HEADLINE, Metric, check_pair

# At once: numbers of draws in memory, eight bytes each.
BLOCK_DRAWS = 1_000_000
# Halvings of the range of e's middle half in the search for a median: to 1e-10 of it.
HALVINGS = 34


def resampled_metrics(
    z_spec: ArrayLike,
    z_pred: ArrayLike,
    n_resamples: int,
    *,
    seed: int = 0,
    means: Mapping[str, ArrayLike] | None = None,
) -> dict[str, np.ndarray]:
    """Return every metric of `metrics.HEADLINE` on each resample of the galaxies.

    Galaxies are drawn with replacement (Efron & Tibshirani 1993, "An Introduction to the
    Bootstrap"). Which ones depends on their number and the seed alone: two estimates of the
    same galaxies, in the same order, meet the same resamples.

    Parameters
    ----------
    z_spec, z_pred : array-like, shape (n,)
        True and predicted redshifts.
    n_resamples : int
        Number of resamples.
    seed : int
        Same seed, same resamples.
    means : mapping of str to array-like, shape (n,), optional
        Further numbers of each galaxy, whose means are metrics too.

    Returns
    -------
    dict of str to np.ndarray, shape (n_resamples,)
        By the names of the metrics, then those of `means`.
    """
    true, predicted = check_pair(z_spec, z_pred)
    d = predicted - true
    e = d / (1 + true)
    order = np.argsort(e, kind="stable")
    columns = {name: np.asarray(values)[order] for name, values in (means or {}).items()}
    d, e = d[order], e[order]
    n, rng = len(d), np.random.default_rng(seed)
    # Where a galaxy comes once the galaxies are sorted by e.
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    blocks, at_once = [], max(1, BLOCK_DRAWS // n)
    for start in range(0, n_resamples, at_once):
        size = min(at_once, n_resamples - start)
        draws = Draws(d, e, rank[rng.integers(0, n, (size, n))])
        block = {name: _of(metric, draws) for name, metric in HEADLINE.items()}
        blocks.append(block | {name: draws.mean(values) for name, values in columns.items()})
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def percentile_interval(resampled: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of a metric from its resamples, shape (n_resamples,).

    The k-th of B resamples is the quantile k / (B + 1) (Davison & Hinkley 1997, "Bootstrap Methods
    and their Application", chapter 5): of 200 resamples, the usual k / B would make a
    95 % interval one of 94 %.
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], method="weibull")
    return float(low), float(high)


class Draws:
    """Some resamples of galaxies whose errors are sorted.

    Parameters
    ----------
    d, e : np.ndarray, shape (n,)
        Errors and normalised errors of the galaxies, by rising e.
    drawn : np.ndarray of int, shape (size, n)
        The galaxies of each resample.
    """

    def __init__(self, d: np.ndarray, e: np.ndarray, drawn: np.ndarray) -> None:
        self.d: np.ndarray = d
        self.e: np.ndarray = e
        self.drawn: np.ndarray = drawn
        self.size, n = drawn.shape
        cells = (drawn + n * np.arange(self.size)[:, None]).ravel()
        counts = np.bincount(cells, minlength=drawn.size).reshape(drawn.shape)
        self._counts = counts.astype(float)
        # Column i: how many of the drawn galaxies are among the first i.
        self._cumulative = np.zeros((self.size, n + 1), np.int64)
        np.cumsum(counts, axis=1, out=self._cumulative[:, 1:])
        # One rising row of all resamples: each is searched in its own part.
        self._offset = np.arange(self.size) * (n + 1)
        self._rising = (self._cumulative + self._offset[:, None]).ravel()

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Return the mean of a number of each galaxy, shape (n,), in each resample, (size,)."""
        return self._counts @ values / len(self.e)

    def quantile(self, share: float) -> np.ndarray:
        """Return the quantile of e, between two galaxies linearly as `np.quantile`, (size,)."""
        rank = share * (len(self.e) - 1)
        low = int(rank)
        below, above = self._at_ranks(low, min(low + 1, len(self.e) - 1))
        return below + (rank - low) * (above - below)

    def share_beyond(self, limit: float | np.ndarray) -> np.ndarray:
        """Return the share of |e| > limit, which may differ by resample, shape (size,)."""
        return 1 - self._n_within(0.0, np.broadcast_to(limit, self.size)) / len(self.e)

    def median_distance(self, centre: np.ndarray) -> np.ndarray:
        """Return the median |e - centre| by halving the distance, shape (size,)."""
        n = len(self.e)
        # Of an even number of galaxies, the mean of the two in the middle.
        wanted = np.array([[(n + 1) // 2], [n // 2 + 1]])
        low = np.zeros((2, len(centre)))
        # Half of the galaxies lie between the quarters, however far the others are.
        first, last = self._at_ranks((n - 1) // 4, (3 * n) // 4)
        high = np.broadcast_to(np.maximum(last - centre, centre - first), low.shape)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            enough = self._n_within(centre, middle) >= wanted
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high.mean(axis=0)

    def _at_ranks(self, *ranks: int) -> list[np.ndarray]:
        """Return the e of a rank, from 0, in each resample, shape (size,), for every rank."""
        offset = self._offset
        # The galaxy of a rank is the first that has more than so many up to and with it.
        found = [np.searchsorted(self._rising, rank + offset, side="right") for rank in ranks]
        return [self.e[places - offset - 1] for places in found]

    def _n_within(self, centre: float | np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Return how many drawn galaxies have |e - centre| <= distance; shape (..., size)."""
        rows = np.arange(self.size)
        first = np.searchsorted(self.e, centre - distance, side="left")
        last = np.searchsorted(self.e, centre + distance, side="right")
        return self._cumulative[rows, last] - self._cumulative[rows, first]


def _of(metric: Metric, draws: Draws) -> np.ndarray:
    if metric.resampled is not None:
        return metric.resampled(draws)
    return np.array([metric(draws.d[rows], draws.e[rows]) for rows in draws.drawn])
