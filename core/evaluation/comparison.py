"""Is one estimate better than another: differences of metrics on the same galaxies.

Both estimates meet the same resamples of the galaxies (a paired bootstrap; Efron & Tibshirani
1993, "An Introduction to the Bootstrap"): what makes a galaxy hard for both cancels, so the
interval of the difference is narrower than those of the two metrics suggest.
"""

import math
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.errors import DataError
from core.evaluation.calibration import SCORES
from core.evaluation.metrics import HEADLINE, DifferenceTexts, Metric, errors, values
from core.evaluation.report import DENSITY_COLUMNS, usual_resamples
from core.evaluation.resampling import interval_of, percentile_interval, resampled

METRICS: Mapping[str, Metric] = ChainMap(SCORES, HEADLINE)
"""Every metric by name, those of redshifts first; estimates are compared by most."""


@dataclass(frozen=True, eq=False)
class Scores:
    """The metrics of one estimate, on its galaxies and on resamples of them.

    Attributes
    ----------
    n : int
        Number of galaxies.
    metrics : dict of str to float
        Each metric on all galaxies: those of `METRICS` that estimates are compared by, of
        densities where the estimate has them.
    resamples : dict of str to np.ndarray, shape (n_resamples,)
        Each metric on every resample.
    n_resamples : int
    seed : int
        Of the resamples.
    """

    n: int
    metrics: dict[str, float]
    resamples: dict[str, np.ndarray]
    n_resamples: int
    seed: int

    def interval(self, metric: str) -> tuple[float, float]:
        """Return the 95 % interval of a metric; NaN for a single galaxy."""
        of_share = interval_of(METRICS[metric], self.metrics[metric], self.n)
        return of_share or percentile_interval(self.resamples[metric], n=self.n)


@dataclass(frozen=True)
class Difference:
    """By how much a metric of estimate b differs from that of estimate a.

    Attributes
    ----------
    metric : str
    a, b : float
        The metric of each as it is compared: the bias without its sign.
    difference : float
        b - a, below 0 where b is better.
    standard_error : float
        Standard deviation of the difference over the resamples; NaN for a single galaxy.
    low, high : float
        95 % percentile interval of the difference; NaN for a single galaxy.
    n : int
        Number of galaxies.
    """

    metric: str
    a: float
    b: float
    difference: float
    standard_error: float
    low: float
    high: float
    n: int

    def told(self) -> dict[str, Any]:
        """Return the fields as files hold them: the bias, compared by its size, is abs_bias."""
        return {**vars(self), "metric": METRICS[self.metric].compared_name(self.metric)}

    @property
    def texts(self) -> DifferenceTexts:
        """Its numbers for people, a minus as print has it."""
        numbers = self.difference, self.standard_error, self.low, self.high
        told = METRICS[self.metric].texts_of_difference(*numbers)
        return DifferenceTexts(*(text.replace("-", "−") for text in told))

    @property
    def better(self) -> str | None:
        """'a' or 'b' where the metric ranks and its interval leaves out 0, else None."""
        if not METRICS[self.metric].ranks:
            return None
        if self.high < 0:
            return "b"
        return "a" if self.low > 0 else None


def score(predictions: pd.DataFrame, *, n_resamples: int | None = None, seed: int = 0) -> Scores:
    """Return the metrics of an estimate with their resamples.

    Parameters
    ----------
    predictions : pd.DataFrame
        z_spec, z_pred and, of an estimate with densities, `report.DENSITY_COLUMNS`.
    n_resamples : int, optional
        `usual_resamples` by default.
    seed : int
        Of the resamples; estimates that are compared need the same.

    Raises
    ------
    DataError
        If there is no galaxy or a redshift is not finite.
    """
    columns = errors(predictions["z_spec"], predictions["z_pred"])
    n = len(columns["d"])
    if n_resamples is None:
        n_resamples = usual_resamples(n)
    columns |= {
        name: predictions[name].to_numpy(float) for name in DENSITY_COLUMNS if name in predictions
    }
    compared = {
        name: metric
        for name, metric in METRICS.items()
        if metric.compared and columns.keys() >= set(metric.columns)
    }
    resamples = resampled(compared, columns, n_resamples, seed=seed)
    return Scores(n, values(compared, columns), resamples, n_resamples, seed)


def differences(a: Scores, b: Scores) -> dict[str, Difference]:
    """Return the difference of every metric that both estimates have.

    Both must be scores of the same galaxies in the same order, with the same seed.

    The bias counts by its size. Its sign is taken from all galaxies and kept in every
    resample: the size of what scatters about 0 would never come near 0.

    Raises
    ------
    DataError
        If the numbers of galaxies or of resamples, or the seeds differ.
    """
    for name, of_a, of_b in (
        ("galaxies", a.n, b.n),
        ("resamples", a.n_resamples, b.n_resamples),
        ("seeds", a.seed, b.seed),
    ):
        if of_a != of_b:
            raise DataError(
                f"Expected two estimates of the same galaxies with the same resamples; their "
                f"{name} differ: {of_a} and {of_b}."
            )
    found = {}
    for metric in (name for name in a.metrics if name in b.metrics):
        pair = (a.metrics[metric], b.metrics[metric])
        by_size = METRICS[metric].by_size
        signs = [math.copysign(1, value) if by_size else 1.0 for value in pair]
        size_a, size_b = (sign * value for sign, value in zip(signs, pair, strict=True))
        scattered = signs[1] * b.resamples[metric] - signs[0] * a.resamples[metric]
        low, high = percentile_interval(scattered, n=a.n)
        found[metric] = Difference(
            metric,
            size_a,
            size_b,
            difference=size_b - size_a,
            standard_error=float(scattered.std(ddof=1)) if a.n > 1 else math.nan,
            low=low,
            high=high,
            n=a.n,
        )
    return found


PLUS_MINUS = (
    "± is one standard error of the difference, from the paired bootstrap. A run is called better "
    "where the 95 % interval of the difference leaves out 0."
)
"""What must be known to read a `verdict`."""

UNRANKED = "RAIL's outliers rank no run: each has a limit by its own scatter."
"""Why a difference stands without a verdict, beside those that have one."""


def verdict(name_a: str, name_b: str, found: Difference) -> str:
    """Return one sentence on which of two estimates is better, with its standard error."""
    metric = METRICS[found.metric]
    title = metric.compared_title.lower() if metric.by_size else metric.title
    galaxies = n_of(found.n, "common galaxy")
    if math.isnan(found.standard_error):
        return f"Whether {name_b} is better than {name_a} cannot be decided from {galaxies}."
    if metric.counts and found.difference == found.standard_error == 0:
        beyond = round(found.n * found.a)
        which = f"the same {n_of(beyond, 'galaxy')} in both" if beyond else "no galaxy in either"
        return (
            f"{name_b} and {name_a} cannot be told apart by {title} on {galaxies}: {which}, which "
            "does not tell how the two differ on other galaxies."
        )
    told, unit = found.texts, metric.unit_of_difference
    if found.better is not None:
        best, other = (name_b, name_a) if found.better == "b" else (name_a, name_b)
        size = f"{told.difference.lstrip('+−')} ± {told.standard_error}{unit}"
        return f"{best} is better than {other} by {size} in {title} on {galaxies}."
    numbers = (
        f"the difference is {told.difference} ± {told.standard_error}{unit}, its 95 % interval "
        f"{told.low} to {told.high}{unit}."
    )
    if not metric.ranks:
        return (
            f"{title} does not rank {name_b} and {name_a}, since each has a limit by its own "
            f"scatter: on {galaxies}, {numbers}"
        )
    return (
        f"{name_b} is not shown to be better or worse than {name_a} in {title} on {galaxies}: "
        f"{numbers}"
    )
