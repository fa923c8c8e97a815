"""Counts for pictures: never more than 10,000 cells, however many galaxies."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from core.errors import ConfigError
from core.evaluation.bins import along, bin_edges, bin_index
from core.evaluation.metrics import check_pair

MAX_CELLS_PER_AXIS = 100

# Bins of fewer galaxies have no running percentiles.
MIN_COUNT = 10


@dataclass(frozen=True, eq=False)
class Histogram2D:
    """Galaxies per cell of a plane.

    Attributes
    ----------
    edges_x, edges_y : np.ndarray, shapes (nx + 1,) and (ny + 1,)
        Cell edges, rising.
    counts : np.ndarray of int, shape (nx, ny)
        Galaxies per cell, x first.
    n_outside : int
        Galaxies outside the edges.
    """

    edges_x: np.ndarray
    edges_y: np.ndarray
    counts: np.ndarray
    n_outside: int

    @property
    def occupied(self) -> np.ndarray:
        """Indices along x and y of the cells that hold galaxies, shape (k, 2)."""
        return np.argwhere(self.counts)

    def to_frame(self) -> pd.DataFrame:
        """Return the occupied cells: x_low, x_high, y_low, y_high, n."""
        i, j = self.occupied.T
        return pd.DataFrame(
            {
                "x_low": self.edges_x[i],
                "x_high": self.edges_x[i + 1],
                "y_low": self.edges_y[j],
                "y_high": self.edges_y[j + 1],
                "n": self.counts[i, j],
            }
        )

    def in_cells(self, x: ArrayLike, y: ArrayLike, cells: ArrayLike) -> np.ndarray:
        """Return which points, x and y of shape (n,), lie in some of the cells, shape (n,), bool.

        `cells`, shape (k, 2), are indices along x and y; those that do not exist hold nothing.
        """
        shape = np.array(self.counts.shape)
        chosen = np.asarray(cells, int).reshape(-1, 2)
        chosen = chosen[((chosen >= 0) & (chosen < shape)).all(axis=1)]
        wanted = np.zeros(shape + 2, bool)  # a border for what lies outside
        wanted[tuple(chosen.T + 1)] = True
        return wanted[_cell(x, self.edges_x), _cell(y, self.edges_y)]


def histogram2d(z_spec: ArrayLike, z_pred: ArrayLike, bins: int = 100) -> Histogram2D:
    """Count galaxies by true (x) and predicted (y) redshift on equal axes.

    Both axes run from 0 to the highest true redshift, rounded up to 0.05;
    predictions beyond are counted in `n_outside`.

    Parameters
    ----------
    z_spec, z_pred : array-like, shape (n,)
        True and predicted redshifts.
    bins : int
        Cells per axis, 1 to 100.
    """
    true, predicted = check_pair(z_spec, z_pred)
    edges = _redshift_axis(true, bins)
    return _count(true, predicted, edges, edges)


def residual_density(
    z_spec: ArrayLike,
    z_pred: ArrayLike,
    against: str = "z_spec",
    bins: int = 100,
    g_mag: ArrayLike | None = None,
) -> Histogram2D:
    """Count galaxies by redshift or magnitude (x) and error d = z_pred - z_spec (y).

    Parameters
    ----------
    z_spec, z_pred : array-like, shape (n,)
        True and predicted redshifts.
    against : {'z_spec', 'z_pred'}
        The redshift along x, from 0 to the highest true redshift, rounded up to 0.05.
    bins : int
        Cells per axis, 1 to 100. The y axis is symmetric and holds 99.5 % of
        the errors; what lies outside is counted in `n_outside`.
    g_mag : array-like, shape (n,), optional
        G [mag], which then stands along x, in whole steps of 0.5; galaxies without are left out.
    """
    true, predicted = check_pair(z_spec, z_pred)
    d = predicted - true
    limit = bin_edges(np.quantile(np.abs(d), [0.995]), 0.05)[-1]
    edges_d = np.linspace(-limit, limit, bins + 1)
    if g_mag is None:
        return _count(along(against, true, predicted), d, _redshift_axis(true, bins), edges_d)
    known = np.isfinite(g := np.asarray(g_mag, float))
    low, high = np.floor(2 * g[known].min()) / 2, np.ceil(2 * g[known].max()) / 2
    return _count(g[known], d[known], np.linspace(low, max(high, low + 0.5), bins + 1), edges_d)


def running_percentiles(
    z_spec: ArrayLike,
    z_pred: ArrayLike,
    against: str = "z_spec",
    width: float = 0.02,
    min_count: int = MIN_COUNT,
    g_mag: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the 16th, 50th and 84th percentile of d = z_pred - z_spec in bins.

    Parameters
    ----------
    z_spec, z_pred : array-like, shape (n,)
        True and predicted redshifts.
    against : {'z_spec', 'z_pred'}
        The redshift that is binned.
    width : float
        Bin width [redshift; mag].
    min_count : int
        Bins with fewer galaxies are left out: their percentiles are noise.
    g_mag : array-like, shape (n,), optional
        G [mag], which is binned in the redshift's place; galaxies without are left out.

    Returns
    -------
    pd.DataFrame
        z, or g_mag (bin centre), n, p16, median, p84, and median_standard_error: that of the median
        of a normal distribution, sqrt(pi / 2) sigma / sqrt(n) (Kendall & Stuart, The Advanced
        Theory of Statistics 1, 10.10), with half the distance of p16 and p84 for sigma.
    """
    true, predicted = check_pair(z_spec, z_pred)
    x = along(against, true, predicted) if g_mag is None else np.asarray(g_mag, float)
    known = np.isfinite(x)
    x, d = x[known], (predicted - true)[known]
    edges = bin_edges(x, width)
    groups = pd.Series(d).groupby(bin_index(x, edges))
    table = pd.DataFrame(
        {
            "n": groups.size(),
            "p16": groups.quantile(0.16),
            "median": groups.median(),
            "p84": groups.quantile(0.84),
        }
    )
    sigma = (table["p84"] - table["p16"]) / 2
    table["median_standard_error"] = math.sqrt(math.pi / 2) * sigma / np.sqrt(table["n"])
    name = "z" if g_mag is None else "g_mag"
    table.insert(0, name, edges[table.index.to_numpy()] + width / 2)
    return table[table["n"] >= min_count].reset_index(drop=True)


def paired_histogram(z_spec: ArrayLike, z_pred: ArrayLike, width: float = 0.01) -> pd.DataFrame:
    """Count true and predicted redshifts in the same bins.

    Returns
    -------
    pd.DataFrame
        z_low, z_high, n_spec, n_pred.
    """
    true, predicted = check_pair(z_spec, z_pred)
    edges = bin_edges(np.concatenate([true, predicted]), width)
    return _side_by_side("z", edges, spec=true, pred=predicted)


def magnitude_histogram(selected: ArrayLike, everything: ArrayLike, width: float) -> pd.DataFrame:
    """Count the magnitudes of some galaxies and of all in the same bins.

    Parameters
    ----------
    selected, everything : array-like
        [mag]; NaN where unknown, which is not counted.
    width : float
        Of the bins, which begin at whole multiples of it [mag].

    Returns
    -------
    pd.DataFrame
        g_low, g_high [mag], n_selected, n_all; empty where no selected one is known.
    """
    some, every = (np.asarray(values, float) for values in (selected, everything))
    some, every = some[np.isfinite(some)], every[np.isfinite(every)]
    if not len(some):
        return pd.DataFrame(columns=["g_low", "g_high", "n_selected", "n_all"])
    both = np.concatenate([some, every])
    first, last = np.floor(both.min() / width), np.floor(both.max() / width) + 1
    return _side_by_side("g", np.arange(first, last + 1) * width, selected=some, all=every)


def pit_histogram(pit: ArrayLike, bins: int = 20) -> pd.DataFrame:
    """Count PIT values in equal bins from 0 to 1, beside what calibrated densities would give.

    Parameters
    ----------
    pit : array-like, shape (n,)
        0 to 1, the last bin with its upper edge.
    bins : int

    Returns
    -------
    pd.DataFrame
        pit_low, pit_high, n, expected (n / bins), expected_low and expected_high:
        between these 95 % of the counts of uniform values lie (binomial).
    """
    values = np.asarray(pit, dtype=float)
    counts, edges = np.histogram(values, bins, (0.0, 1.0))
    low, high = scipy.stats.binom.interval(0.95, len(values), 1 / bins)
    return pd.DataFrame(
        {
            "pit_low": edges[:-1],
            "pit_high": edges[1:],
            "n": counts,
            "expected": len(values) / bins,
            "expected_low": low,
            "expected_high": high,
        }
    )


def _side_by_side(axis: str, edges: np.ndarray, **groups: np.ndarray) -> pd.DataFrame:
    counts = {f"n_{name}": np.histogram(values, edges)[0] for name, values in groups.items()}
    return pd.DataFrame({f"{axis}_low": edges[:-1], f"{axis}_high": edges[1:], **counts})


def _redshift_axis(true: np.ndarray, bins: int) -> np.ndarray:
    if not 1 <= bins <= MAX_CELLS_PER_AXIS:
        raise ConfigError(f"Cells per axis: expected 1 to {MAX_CELLS_PER_AXIS}, received {bins}.")
    covered = bin_edges(true, 0.05)
    return np.linspace(covered[0], covered[-1], bins + 1)


def _cell(values: ArrayLike, edges: np.ndarray) -> np.ndarray:
    """Return the cell of each value as NumPy's histograms count them, from 1; 0, n + 1: outside."""
    values = np.asarray(values, float)
    return np.searchsorted(edges, values, side="right") - (values == edges[-1])


def _count(x: np.ndarray, y: np.ndarray, edges_x: np.ndarray, edges_y: np.ndarray) -> Histogram2D:
    counts = np.histogram2d(x, y, bins=(edges_x, edges_y))[0].astype(int)
    return Histogram2D(edges_x, edges_y, counts, n_outside=len(x) - int(counts.sum()))
