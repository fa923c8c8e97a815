"""The headline metrics of resampled galaxies, many resamples at once.

A resample is how often each galaxy was drawn. Over errors that are sorted once, the running
sum of those numbers gives every quantile and every share, so that a thousand resamples of
50,000 galaxies take a second and not half a minute.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from core.evaluation.metrics import (
    EAZY_LIMIT,
    HEADLINE,
    IQR_OF_NORMAL,
    MAD_TO_SIGMA,
    RAIL_LEAST,
    RAIL_SIGMAS,
    STRICT_LIMIT,
    check_pair,
)

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
    n, rng = len(d), np.random.default_rng(seed)
    order = np.argsort(e, kind="stable")
    averaged = {"mae": np.abs(d), "rms": e**2, **(means or {})}
    columns = np.column_stack(list(averaged.values()))
    blocks, at_once = [], max(1, BLOCK_DRAWS // n)
    for start in range(0, n_resamples, at_once):
        size = min(at_once, n_resamples - start)
        drawn = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
        draws = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        block = dict(zip(averaged, (draws @ columns / n).T, strict=True))
        blocks.append(block | _by_order(e[order], draws[:, order]))
    names = dict.fromkeys([*HEADLINE, *averaged])
    found = {name: np.concatenate([block[name] for block in blocks]) for name in names}
    return found | {"rms": np.sqrt(found["rms"])}


def percentile_interval(resampled: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of a metric from its resamples, shape (n_resamples,).

    The k-th of B resamples is the quantile k / (B + 1) (Davison & Hinkley 1997, "Bootstrap Methods
    and their Application", chapter 5): of 200 resamples, the usual k / B would make a
    95 % interval one of 94 %.
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], method="weibull")
    return float(low), float(high)


def _by_order(e: np.ndarray, draws: np.ndarray) -> dict[str, np.ndarray]:
    """Return the metrics that quantiles and shares of rising `e` give, each of shape (size,)."""
    n = len(e)
    # Column i: how many of the drawn galaxies are among the first i.
    cumulative = np.zeros((len(draws), n + 1), np.int64)
    np.cumsum(draws, axis=1, out=cumulative[:, 1:])
    median = _quantile(e, cumulative, 0.5)
    sigma_iqr = _quantile(e, cumulative, 0.75) - _quantile(e, cumulative, 0.25)
    sigma_iqr /= IQR_OF_NORMAL
    limits = {
        "eazy": np.full(len(draws), EAZY_LIMIT),
        "strict": np.full(len(draws), STRICT_LIMIT),
        "rail": np.maximum(RAIL_LEAST, RAIL_SIGMAS * sigma_iqr),
    }
    within = {name: _n_within(e, cumulative, 0.0, limit) for name, limit in limits.items()}
    return {
        "bias": median,
        "sigma_nmad": MAD_TO_SIGMA * _median_distance(e, cumulative, median),
        "sigma_iqr": sigma_iqr,
        **{f"outlier_fraction_{name}": 1 - n_in / n for name, n_in in within.items()},
    }


def _quantile(e: np.ndarray, cumulative: np.ndarray, share: float) -> np.ndarray:
    """Return the quantile of each resample, between two galaxies linearly as `np.quantile`."""
    rank = share * (len(e) - 1)
    low = int(rank)
    below, above = _at_ranks(e, cumulative, low, min(low + 1, len(e) - 1))
    return below + (rank - low) * (above - below)


def _at_ranks(e: np.ndarray, cumulative: np.ndarray, *ranks: int) -> list[np.ndarray]:
    """Return the e of a rank, from 0, in each resample, shape (size,), for every rank."""
    # One rising row of all resamples: each is searched in its own part.
    offset = np.arange(len(cumulative)) * (len(e) + 1)
    rising = (cumulative + offset[:, None]).ravel()
    # The galaxy of a rank is the first that has more than so many up to and with it.
    return [e[np.searchsorted(rising, rank + offset, side="right") - offset - 1] for rank in ranks]


def _median_distance(e: np.ndarray, cumulative: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return the median |e - centre| of each resample, by halving the distance."""
    n = len(e)
    # Of an even number of galaxies, the mean of the two in the middle.
    wanted = np.array([[(n + 1) // 2], [n // 2 + 1]])
    low = np.zeros((2, len(centre)))
    # Half of the galaxies lie between the quarters, however far the others are.
    first, last = _at_ranks(e, cumulative, (n - 1) // 4, (3 * n) // 4)
    high = np.broadcast_to(np.maximum(last - centre, centre - first), low.shape)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = _n_within(e, cumulative, centre, middle) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high.mean(axis=0)


def _n_within(
    e: np.ndarray, cumulative: np.ndarray, centre: float | np.ndarray, distance: np.ndarray
) -> np.ndarray:
    """Return how many drawn galaxies have |e - centre| <= distance; shape (..., size)."""
    rows = np.arange(len(cumulative))
    first = np.searchsorted(e, centre - distance, side="left")
    last = np.searchsorted(e, centre + distance, side="right")
    return cumulative[rows, last] - cumulative[rows, first]
