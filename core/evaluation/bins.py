"""Errors per redshift bin, as in Table 3 and Figure 16 of the dissertation."""

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.errors import ConfigError, DataError
from core.evaluation.metrics import Definition, check_pair

AXES = ("z_spec", "z_pred")
MAX_BINS = 1000

# Of the dissertation's "MAE 0.013 for 0-0.35", see `mean_absolute_bin_error`.
LOW_Z = (0.0, 0.35)


def bin_edges(values: ArrayLike, width: float) -> np.ndarray:
    """Return edges at whole multiples of `width` [redshift] that cover 0 and all finite values.

    The width must be above 0 (`ConfigError`), and `MAX_BINS` bins suffice (`DataError`).
    """
    if not (math.isfinite(width) and width > 0):
        raise ConfigError(f"Bin width: expected a redshift above 0, received {width}.")
    values = np.asarray(values, dtype=float)
    # Rounding first: 0.6 / 0.05 must be 12 and not 11.999999999999998.
    low = min(0.0, np.floor(np.round(values.min() / width, 9)))
    high = max(low + 1, 0.0, np.ceil(np.round(values.max() / width, 9)))
    if high - low > MAX_BINS:
        raise DataError(
            f"Expected at most {MAX_BINS} bins; redshifts from {values.min():.3g} to "
            f"{values.max():.3g} need {high - low:.0f} of width {width}. "
            "Galaxies do not have redshifts this far apart: check that the network was trained."
        )
    # Rounded, for 3 * 0.05 is 0.15000000000000002 and shows as such in tables.
    return np.round(np.arange(low, high + 1) * width, 12)


def bin_index(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the bin of each value, shape (n,), by edges that cover all.

    Bins are half-open, [low, high), but for the last one, which holds its upper edge too.
    """
    index = np.searchsorted(edges, values, side="right") - 1
    return np.clip(index, 0, len(edges) - 2)


def along(against: str, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the redshifts that `against`, one of `AXES`, names; else raise a `ConfigError`."""
    if against not in AXES:
        raise ConfigError(
            f"Redshift axis: expected one of {', '.join(AXES)}, received '{against}'."
        )
    return true if against == "z_spec" else predicted


def binned_errors(
    z_spec: ArrayLike, z_pred: ArrayLike, width: float = 0.05, against: str = "z_spec"
) -> pd.DataFrame:
    """Return the errors d = z_pred - z_spec per redshift bin.

    Bins start at whole multiples of `width` and cover 0 and all galaxies (see
    `bin_index`). Empty bins are kept, with n = 0 and NaN errors; of one galaxy alone
    std is NaN.

    Parameters
    ----------
    z_spec, z_pred : array-like, shape (n,)
        True and predicted redshifts.
    width : float
        Bin width [redshift].
    against : {'z_spec', 'z_pred'}
        The redshift that is binned. By the true one every estimator shows
        regression to the mean; by the predicted one a good one is unbiased.

    Returns
    -------
    pd.DataFrame
        z_low, z_high, n, percent (of all galaxies), mean_error = mean d,
        std = std d (over n, see `DEFINITIONS`), mae = mean |d|.
    """
    true, predicted = check_pair(z_spec, z_pred)
    binned = along(against, true, predicted)
    edges = bin_edges(binned, width)
    d = predicted - true
    groups = pd.DataFrame({"d": d, "absolute": np.abs(d)}).groupby(bin_index(binned, edges))
    every_bin = range(len(edges) - 1)
    n = groups.size().reindex(every_bin, fill_value=0)
    return pd.DataFrame(
        {
            "z_low": edges[:-1],
            "z_high": edges[1:],
            "n": n,
            "percent": 100 * n / len(d),
            "mean_error": groups["d"].mean().reindex(every_bin),
            # Of one galaxy alone it would be 0: a scatter that nothing tells.
            "std": groups["d"].std(ddof=0).reindex(every_bin).where(n > 1),
            "mae": groups["absolute"].mean().reindex(every_bin),
        }
    )


def standard_errors(table: pd.DataFrame) -> pd.DataFrame:
    """Return the standard errors of the mean error and of the MAE in each bin.

    Parameters
    ----------
    table : pd.DataFrame
        n, mean_error, std and mae, as `binned_errors` returns.

    Returns
    -------
    pd.DataFrame
        mean_error and mae, standard deviation over sqrt(n - 1), by the index of `table`; NaN where
        a bin has fewer than two galaxies.
    """
    # mean |d|^2 is mean d^2 = std^2 + mean_error^2; below 0 by rounding alone.
    of_absolute = table["std"] ** 2 + table["mean_error"] ** 2 - table["mae"] ** 2
    variances = pd.DataFrame({"mean_error": table["std"] ** 2, "mae": of_absolute.clip(lower=0)})
    return variances.div((table["n"] - 1).where(table["n"] > 1), axis=0) ** 0.5


def with_standard_errors(table: pd.DataFrame) -> pd.DataFrame:
    """Return bins with what is drawn as their bars, mean_error_standard_error and that of mae."""
    return table.join(standard_errors(table).add_suffix("_standard_error"))


def bins_with_galaxies(
    table: pd.DataFrame, z_min: float = -math.inf, z_max: float = math.inf
) -> pd.DataFrame:
    """Return the bins that hold galaxies, begin at or above `z_min` and end at or below `z_max`.

    Parameters
    ----------
    table : pd.DataFrame
        As `binned_errors` returns; z_low, z_high and mean_error are used.
    """
    inside = (table["z_low"] >= z_min - 1e-9) & (table["z_high"] <= z_max + 1e-9)
    return table[inside & table["mean_error"].notna()]


def in_same_bins(table: pd.DataFrame, bins: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `table` that are of one of these bins: means of both then compare."""
    return table[table["z_low"].round(6).isin(bins["z_low"].round(6))]


def ranges(bins: pd.DataFrame) -> list[tuple[float, float]]:
    """Return the ranges of redshift that some bins cover, those side by side as one."""
    found: list[tuple[float, float]] = []
    for low, high in zip(bins["z_low"], bins["z_high"], strict=True):
        if found and math.isclose(found[-1][1], low, abs_tol=1e-9):
            low = found.pop()[0]
        found.append((float(low), float(high)))
    return found


def mean_absolute_bin_error(
    table: pd.DataFrame, z_max: float = math.inf, z_min: float = -math.inf
) -> float:
    """Return the mean over bins of |mean_error|, each bin counted once.

    This is what the dissertation calls "MAE 0.013 for 0-0.35"; it is not the
    mean absolute error over galaxies (`metrics.mae`). Two of them compare only over
    the same bins (`in_same_bins`).

    Parameters
    ----------
    table : pd.DataFrame
        As `binned_errors` returns. Empty bins do not count.
    z_max, z_min : float
        See `bins_with_galaxies`.

    Raises
    ------
    DataError
        If no bin with galaxies is left.
    """
    errors = bins_with_galaxies(table, z_min, z_max)["mean_error"].abs()
    if errors.empty:
        raise DataError(
            f"Expected a bin with galaxies between z = {z_min} and {z_max}; there is none."
        )
    return float(errors.mean())


_DISSERTATION = "The dissertation behind xpz (2023), Table 3"
_STUDENT = "Gosset, called Student (1908), Biometrika 6, 1"

DEFINITIONS: dict[str, Definition] = {
    "mean_error": Definition(
        "Mean error",
        r"\mathrm{mean}(d) \mathrm{\ in\ the\ bin}",
        "Mean signed error of the galaxies in a redshift bin: above zero, too high.",
        _DISSERTATION,
    ),
    "std": Definition(
        "Standard deviation",
        r"\sqrt{\mathrm{mean}(d^2) - \mathrm{mean}(d)^2} \mathrm{\ in\ the\ bin}",
        "Spread of the signed errors in a redshift bin; the means are over its n galaxies.",
        _DISSERTATION,
    ),
    "mean_error_standard_error": Definition(
        "Standard error of the mean error",
        r"\mathrm{std} / \sqrt{n - 1} \mathrm{\ in\ the\ bin}",
        "How uncertain the mean error of a redshift bin is: n - 1, since std is over n. It equals "
        "the sample's standard deviation, which is over n - 1, divided by the root of n.",
        _STUDENT,
    ),
    "mae_standard_error": Definition(
        "Standard error of the MAE",
        r"\sqrt{\mathrm{mean}(d^2) - \mathrm{mean}(|d|)^2} / \sqrt{n - 1} \mathrm{\ in\ the\ bin}",
        "How uncertain the MAE of a redshift bin is: the same of the errors without their sign.",
        _STUDENT,
    ),
    "percent": Definition(
        "Share of data",
        r"100\, n_\mathrm{bin} / n",
        "Part of all galaxies that lies in a redshift bin, in per cent.",
        _DISSERTATION,
    ),
    "mean_absolute_bin_error": Definition(
        "Mean |bin error|",
        r"\mathrm{mean}_\mathrm{bins}\,|\mathrm{mean}(d)|",
        "Mean over redshift bins, each counted once, of the absolute mean error: errors cancel "
        "within a bin, so it is smaller than the MAE.",
        'The dissertation behind xpz (2023), its "MAE 0.013 for 0-0.35"',
    ),
}
