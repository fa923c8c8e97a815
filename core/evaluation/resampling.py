"""Metrics on resampled galaxies, and the intervals that they give."""

from collections.abc import Mapping

import numpy as np

from core.evaluation.draws import Draws
from core.evaluation.metrics import Metric, values
from core.evaluation.shares import share_interval

# At once: numbers of draws in memory, eight bytes each.
BLOCK_DRAWS = 1_000_000


def resampled(
    metrics: Mapping[str, Metric],
    columns: Mapping[str, np.ndarray],
    n_resamples: int,
    *,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Return metrics on each resample of the galaxies, by name, each of shape (n_resamples,).

    Galaxies are drawn with replacement, all their numbers, `columns` of shape (n,), together (Efron
    & Tibshirani 1993, "An Introduction to the Bootstrap"). Which ones depends on their number and
    the seed alone: two estimates of the same galaxies, in the same order, meet the same resamples.
    """
    n, rng = len(next(iter(columns.values()))), np.random.default_rng(seed)
    order = np.argsort(columns["e"], kind="stable") if "e" in columns else np.arange(n)
    in_order = {name: np.asarray(values, float)[order] for name, values in columns.items()}
    # Where a galaxy comes once the galaxies are sorted by e.
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    blocks, at_once = [], max(1, BLOCK_DRAWS // n)
    for start in range(0, n_resamples, at_once):
        size = min(at_once, n_resamples - start)
        draws = Draws(in_order, rank[rng.integers(0, n, (size, n))])
        blocks.append([metric.on(draws) for metric in metrics.values()])
    return dict(zip(metrics, map(np.concatenate, zip(*blocks, strict=True)), strict=True))


def intervals(
    metrics: Mapping[str, Metric],
    columns: Mapping[str, np.ndarray],
    n_resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Return the `interval_of` each metric by name; parameters as of `resampled`."""
    found = resampled(metrics, columns, n_resamples, seed=seed)
    n = len(next(iter(columns.values())))
    numbers = values(metrics, columns)
    return {
        name: interval_of(metric, numbers[name], n, confidence)
        or percentile_interval(found[name], confidence, n)
        for name, metric in metrics.items()
    }


def interval_of(
    metric: Metric, value: float, n: int, confidence: float = 0.95
) -> tuple[float, float] | None:
    """Return the interval of a metric of n galaxies that is a share; None where resamples tell it.

    They do where a share's limit scatters with the galaxies, unless none, or all, are beyond it;
    and of a single galaxy nothing tells.
    """
    if n < 2 or not 0 <= value <= 1:  # a report from elsewhere may hold anything
        return None
    if not (metric.counts or (metric.percent and value in (0, 1))):
        return None
    return share_interval(round(n * value), n, confidence)


def percentile_interval(
    resampled: np.ndarray, confidence: float = 0.95, n: int | None = None
) -> tuple[float, float]:
    """Return the percentile interval of a metric from its resamples, shape (n_resamples,).

    The k-th of B resamples is the quantile k / (B + 1) (Davison & Hinkley 1997, "Bootstrap Methods
    and their Application", chapter 5): of 200 resamples, the usual k / B would make a
    95 % interval one of 94 %. NaN where `n`, the number of galaxies, is 1.
    """
    if n == 1:
        return np.nan, np.nan
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], method="weibull")
    return float(low), float(high)
