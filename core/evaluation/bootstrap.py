"""Confidence intervals of the headline metrics, by resampling galaxies."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.evaluation.metrics import HEADLINE, check_pair
from core.evaluation.resampling import percentile_interval, resampled_metrics


def bootstrap_intervals(
    z_spec: ArrayLike,
    z_pred: ArrayLike,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Return a percentile bootstrap interval of every metric in `metrics.HEADLINE`.

    Galaxies are drawn with replacement, true and predicted redshift together;
    all metrics come from the same resamples (Efron & Tibshirani 1993,
    "An Introduction to the Bootstrap").

    Parameters
    ----------
    z_spec, z_pred : array-like, shape (n,)
        True and predicted redshifts.
    n_resamples : int
        Number of resamples.
    confidence : float
        Share of the bootstrap distribution inside the interval.
    seed : int
        Same seed, same intervals.

    Returns
    -------
    dict of str to (float, float)
        Low and high end per metric; NaN for a single galaxy, which cannot be resampled.
    """
    true, predicted = check_pair(z_spec, z_pred)
    if len(true) == 1:
        return dict.fromkeys(HEADLINE, (np.nan, np.nan))
    resampled = resampled_metrics(true, predicted, n_resamples, seed=seed)
    return {name: percentile_interval(values, confidence) for name, values in resampled.items()}


def mean_intervals(
    table: pd.DataFrame, n_resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Return a percentile bootstrap interval of the mean of every column.

    Parameters
    ----------
    table : pd.DataFrame
        A row per galaxy, drawn with replacement as a whole.
    n_resamples, confidence, seed
        As of `bootstrap_intervals`.

    Returns
    -------
    dict of str to (float, float)
        Low and high end per column; NaN for a single galaxy.
    """
    names = list(map(str, table.columns))
    if len(table) == 1:
        return dict.fromkeys(names, (np.nan, np.nan))
    values, rng = table.to_numpy(float), np.random.default_rng(seed)
    n = len(values)
    means = np.array([values[rng.integers(0, n, n)].mean(axis=0) for _ in range(n_resamples)])
    return {name: percentile_interval(means[:, i], confidence) for i, name in enumerate(names)}
