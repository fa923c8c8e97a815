"""Do intervals hold what they promise: the share of true redshifts inside, with its error."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.amounts import n_of
from core.errors import DataError
from core.evaluation.bins import bin_edges, bin_index
from core.evaluation.metrics import SCHMIDT, WILSON, Definition, check_pair
from core.evaluation.shares import share_interval

LEVELS = (0.50, 0.68, 0.90, 0.95)

COVERAGE = Definition(
    "Coverage",
    r"\mathrm{share\ of\ } z_\mathrm{lower} \leq z_\mathrm{spec} \leq z_\mathrm{upper}",
    "Share of galaxies whose true redshift lies inside the interval around the predicted one: "
    "an honest 68 % interval holds 68 % of them.",
    f"{SCHMIDT}; {WILSON}",
    percent=True,
)


def inside_title(level: float) -> str:
    """Return what the share of true redshifts inside intervals of a level is called."""
    return f"Inside their {100 * level:.0f} % interval"


def coverage_row(
    z_spec: ArrayLike, z_lower: ArrayLike, z_upper: ArrayLike
) -> dict[str, int | float]:
    """Return the coverage of one level with its error and the intervals' width.

    Parameters
    ----------
    z_spec, z_lower, z_upper : array-like, shape (n,)
        True redshifts and both ends of each interval, which belong to it.

    Returns
    -------
    dict
        n; coverage; coverage_low and coverage_high, Wilson's 95 % interval of
        a share; half_width, the median of (z_upper - z_lower) / 2.

    Raises
    ------
    DataError
        If an array is empty, not finite or of another shape, or ends are crossed.
    """
    return {
        **share_with_error(_inside(z_spec, z_lower, z_upper)),
        "half_width": float(np.median(np.subtract(z_upper, z_lower) / 2)),
    }


def percent_axis(coverage_low: ArrayLike) -> tuple[float, float]:
    """Return both ends, in per cent, of an axis of coverage, measured or nominal alike.

    It holds the line where both are equal, and `coverage_low`, the lower ends of measured shares
    from 0 to 1: of galaxies of another kind these may lie far below.
    """
    return float(min(40.0, 100 * np.min(coverage_low))), 100.0


def share_with_error(inside: np.ndarray) -> dict[str, int | float]:
    """Return n and coverage, the share of True in an array of bool, with its Wilson interval."""
    low, high = share_interval(int(inside.sum()), len(inside))
    return {
        "n": len(inside),
        "coverage": float(inside.mean()),
        "coverage_low": low,
        "coverage_high": high,
    }


def coverage_by_bin(
    z_spec: ArrayLike, z_pred: ArrayLike, z_lower: ArrayLike, z_upper: ArrayLike
) -> pd.DataFrame:
    """Return the coverage per bin of z_pred, 0.05 wide; empty bins are left out.

    Parameters
    ----------
    z_spec, z_pred, z_lower, z_upper : array-like, shape (n,)
        True and predicted redshifts and the ends of the intervals.

    Returns
    -------
    pd.DataFrame
        z_low, z_high and the columns of `coverage_row`.
    """
    true, predicted = check_pair(z_spec, z_pred)
    lower, upper = np.asarray(z_lower, dtype=float), np.asarray(z_upper, dtype=float)
    _inside(true, lower, upper)
    return by_bin(predicted, lambda rows: coverage_row(true[rows], lower[rows], upper[rows]))


def by_bin(z_pred: np.ndarray, row: Callable[[np.ndarray], dict[str, Any]]) -> pd.DataFrame:
    """Return z_low, z_high and `row` of the members, a mask, of each bin of 0.05 that has any."""
    edges = bin_edges(z_pred, 0.05)
    index = bin_index(z_pred, edges)
    return pd.DataFrame(
        [
            {"z_low": edges[number], "z_high": edges[number + 1], **row(index == number)}
            for number in np.unique(index)
        ]
    )


def _inside(z_spec: ArrayLike, z_lower: ArrayLike, z_upper: ArrayLike) -> np.ndarray:
    true, lower = check_pair(z_spec, z_lower)
    _, upper = check_pair(true, z_upper)
    crossed = np.flatnonzero(lower > upper)
    if len(crossed):
        raise DataError(
            f"Expected intervals with the lower end below the upper; that at index "
            f"{crossed[0]} runs from {lower[crossed[0]]} to {upper[crossed[0]]} "
            f"({n_of(len(crossed), 'such interval')})."
        )
    return (true >= lower) & (true <= upper)
