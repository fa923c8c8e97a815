"""Do densities of redshift hold what they promise: PIT, CRPS, CDE loss, coverage, sharpness.

A density is given on a rising grid of redshifts, linear between its points, zero outside,
and integrates to 1; all integrals below are exact for such a density.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from core.errors import DataError
from core.evaluation.bins import bin_edges, bin_index
from core.evaluation.coverage import LEVELS, share_with_error
from core.evaluation.metrics import Definition, check_pair

# Rows at once: temporary arrays stay small however many galaxies there are.
BLOCK_ROWS = 4096

# Densities in float32 integrate to 1 no better than this.
NORM_TOLERANCE = 1e-3


def pit(z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike) -> np.ndarray:
    """Return the probability integral transform of each galaxy, int_0^z_spec f dz.

    Uniform between 0 and 1 if the densities are calibrated (Dawid 1984, JRSS A
    147, 278; Polsterer, D'Isanto & Gieseke 2016, arXiv:1608.08016).

    Parameters
    ----------
    z_grid : array-like, shape (m,)
        Rising redshifts.
    pdf : array-like, shape (n, m)
        Densities [1 / redshift].
    z_spec : array-like, shape (n,)
        True redshifts.

    Returns
    -------
    np.ndarray of float64, shape (n,)
        0 to 1.

    Raises
    ------
    DataError
        If shapes do not fit, a value is not finite, the grid does not rise, or a
        density is negative or does not integrate to 1. So for all functions here.
    """
    return _by_block(_pit, z_grid, pdf, z_spec)


def crps(z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike) -> np.ndarray:
    """Return the continuous ranked probability score of each galaxy [redshift].

    int (F(z) - 1[z >= z_spec])^2 dz with the distribution function F: |d| for a
    density that is one point (Matheson & Winkler 1976, Management Science 22,
    1087; Gneiting & Raftery 2007, JASA 102, 359, eq. 20). Parameters as of `pit`.

    Returns
    -------
    np.ndarray of float64, shape (n,)
        Lower is better.
    """
    return _by_block(_crps, z_grid, pdf, z_spec)


def cde_loss(z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike) -> np.ndarray:
    """Return each galaxy's part of the loss of conditional densities [1 / redshift].

    int f(z)^2 dz - 2 f(z_spec); its mean estimates the integrated squared
    distance from the true densities, but for a constant (Izbicki & Lee 2017,
    Electron. J. Statist. 11, 2800, eq. 7). Parameters as of `pit`.

    Returns
    -------
    np.ndarray of float64, shape (n,)
        Lower is better; negative for useful densities.
    """
    return _by_block(_cde_loss, z_grid, pdf, z_spec)


def pit_ks(pit: ArrayLike) -> float:
    """Return the Kolmogorov-Smirnov distance of PIT values from uniform ones, 0 to 1.

    The largest difference between their distribution function and the diagonal
    (Schmidt, Malz et al. 2020, MNRAS 499, 1587, section 5.2).
    """
    return float(stats.kstest(_check_pit(pit), stats.uniform.cdf).statistic)


def pit_ks_limit(n: int, confidence: float = 0.95) -> float:
    """Return the distance below which `pit_ks` of `n` uniform values stays with `confidence`."""
    return float(stats.kstwo.ppf(confidence, n))


def coverage_by_pit(pit: ArrayLike, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
    """Return how many true redshifts lie inside the central intervals of their densities.

    The central interval of level L runs from the quantile (1 - L) / 2 to
    (1 + L) / 2: z_spec lies inside where |2 PIT - 1| <= L.

    Parameters
    ----------
    pit : array-like, shape (n,)
    levels : sequence of float
        Nominal coverages, 0 to 1.

    Returns
    -------
    pd.DataFrame
        level, n, coverage, coverage_low and coverage_high (Wilson's 95 % interval).
    """
    distance = _from_the_median(pit)
    return pd.DataFrame(
        [{"level": level, **share_with_error(distance <= level)} for level in levels]
    )


def coverage_by_pit_and_bin(
    z_pred: ArrayLike, pit: ArrayLike, level: float = 0.68, width: float = 0.05
) -> pd.DataFrame:
    """Return the coverage of central intervals per bin of z_pred; empty bins are left out.

    Parameters
    ----------
    z_pred, pit : array-like, shape (n,)
    level : float
        Nominal coverage, 0 to 1.
    width : float
        Bin width [redshift].

    Returns
    -------
    pd.DataFrame
        z_low, z_high and the columns of `coverage_by_pit`.
    """
    inside = _from_the_median(pit) <= level
    _, predicted = check_pair(np.zeros(len(inside)), z_pred)
    edges = bin_edges(predicted, width)
    index = bin_index(predicted, edges)
    return pd.DataFrame(
        [
            {
                "z_low": edges[number],
                "z_high": edges[number + 1],
                "level": level,
                **share_with_error(inside[index == number]),
            }
            for number in np.unique(index)
        ]
    )


def sharpness(sigma_z: ArrayLike) -> float:
    """Return the mean of the predicted errors sigma_z [redshift].

    How narrow the densities are (Gneiting, Balabdaoui & Raftery 2007, JRSS B 69,
    243). Of two calibrated predictions, the sharper one is better.

    Parameters
    ----------
    sigma_z : array-like, shape (n,)
        Half the width of each central 68 % interval [redshift].
    """
    sigma = np.asarray(sigma_z, dtype=float)
    if sigma.ndim != 1 or not len(sigma) or not np.isfinite(sigma).all() or sigma.min() < 0:
        raise DataError(
            "Expected one finite predicted error of 0 or more per galaxy; received "
            f"{_describe(sigma)}."
        )
    return float(sigma.mean())


def _by_block(
    function: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    z_grid: ArrayLike,
    pdf: ArrayLike,
    z_spec: ArrayLike,
) -> np.ndarray:
    grid, z = np.asarray(z_grid, dtype=float), np.asarray(z_spec, dtype=float)
    density = np.asarray(pdf)
    if grid.ndim != 1 or len(grid) < 2 or not (np.diff(grid) > 0).all():
        raise DataError(
            f"Expected a grid of two or more rising redshifts; received {_describe(grid)}."
        )
    if z.ndim != 1 or density.shape != (len(z), len(grid)):
        raise DataError(
            f"Expected a density on {len(grid)} redshifts and one true redshift per galaxy; "
            f"received the shapes {density.shape} (pdf) and {z.shape} (z_spec)."
        )
    if not np.isfinite(z).all():
        row = int(np.flatnonzero(~np.isfinite(z))[0])
        raise DataError(f"Expected finite redshifts; z_spec is {z[row]} in row {row}.")
    result = np.empty(len(z))
    for start in range(0, len(z), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        block = density[rows].astype(float)
        _check_density(grid, block, start)
        result[rows] = function(grid, block, z[rows])
    return result


def _check_density(grid: np.ndarray, pdf: np.ndarray, first_row: int) -> None:
    integral = np.trapezoid(pdf, grid, axis=1)
    # NaN fails both comparisons.
    good = (pdf.min(axis=1) >= 0) & (np.abs(integral - 1) <= NORM_TOLERANCE)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise DataError(
            "Expected densities of 0 or more that integrate to 1; the one in row "
            f"{first_row + row} integrates to {integral[row]:.6g}, its lowest value is "
            f"{pdf[row].min():.6g}."
        )


def _cell(grid: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell of the grid that each redshift lies in, and how far inside [redshift]."""
    inside = np.clip(z, grid[0], grid[-1])
    index = np.clip(np.searchsorted(grid, inside, side="right") - 1, 0, len(grid) - 2)
    return index, inside - grid[index]


def _cumulative(grid: np.ndarray, pdf: np.ndarray) -> np.ndarray:
    """Return the distribution function at the points of the grid, shape (n, m)."""
    cdf = np.zeros_like(pdf)
    np.cumsum((pdf[:, 1:] + pdf[:, :-1]) / 2 * np.diff(grid), axis=1, out=cdf[:, 1:])
    return cdf


def _pit(grid: np.ndarray, pdf: np.ndarray, z: np.ndarray) -> np.ndarray:
    rows = np.arange(len(z))
    index, t = _cell(grid, z)
    low, high = pdf[rows, index], pdf[rows, index + 1]
    slope = (high - low) / np.diff(grid)[index]
    cdf = _cumulative(grid, pdf)
    return np.clip((cdf[rows, index] + low * t + slope * t**2 / 2) / cdf[:, -1], 0, 1)


def _crps(grid: np.ndarray, pdf: np.ndarray, z: np.ndarray) -> np.ndarray:
    """CRPS = int F^2 - 2 int_z F + (end of the grid - z), and what z lies outside the grid.

    In a cell of width h, with s from 0 to 1: F = F0 + a s + b s^2, a = f0 h,
    b = (f1 - f0) h / 2.
    """
    rows, h = np.arange(len(z)), np.diff(grid)
    cdf = _cumulative(grid, pdf)
    pdf, cdf = pdf / cdf[:, -1:], cdf / cdf[:, -1:]
    start, a, b = cdf[:, :-1], pdf[:, :-1] * h, np.diff(pdf, axis=1) * (h / 2)
    of_cell = start + a / 2 + b / 3
    squares = start**2 + a**2 / 3 + b**2 / 5 + start * (a + 2 / 3 * b) + a * b / 2
    index, t = _cell(grid, z)
    s = t / h[index]
    below = np.zeros_like(cdf)
    np.cumsum(of_cell * h, axis=1, out=below[:, 1:])
    until = below[rows, index] + t * (
        start[rows, index] + a[rows, index] * s / 2 + b[rows, index] * s**2 / 3
    )
    inside = grid[index] + t
    return squares @ h - 2 * (below[:, -1] - until) + (grid[-1] - inside) + np.abs(z - inside)


def _cde_loss(grid: np.ndarray, pdf: np.ndarray, z: np.ndarray) -> np.ndarray:
    rows, h = np.arange(len(z)), np.diff(grid)
    index, t = _cell(grid, z)
    low, high = pdf[rows, index], pdf[rows, index + 1]
    at_z = np.where((z < grid[0]) | (z > grid[-1]), 0.0, low + (high - low) * t / h[index])
    left, right = pdf[:, :-1], pdf[:, 1:]
    return (left**2 + left * right + right**2) @ h / 3 - 2 * at_z


def _from_the_median(pit: ArrayLike) -> np.ndarray:
    """Return the lowest level whose central interval holds z_spec, shape (n,), 0 to 1."""
    # Rounded: both ends belong to an interval, and 2 * 0.84 - 1 is a little below 0.68.
    return np.round(np.abs(2 * _check_pit(pit) - 1), 12)


def _check_pit(pit: ArrayLike) -> np.ndarray:
    values = np.asarray(pit, dtype=float)
    # NaN fails the comparison.
    if values.ndim != 1 or not len(values) or not ((values >= 0) & (values <= 1)).all():
        raise DataError(
            f"Expected one PIT value from 0 to 1 per galaxy; received {_describe(values)}."
        )
    return values


def _describe(values: np.ndarray) -> str:
    if values.ndim != 1 or not len(values):
        return f"an array of shape {values.shape}"
    return f"{len(values)} values from {values.min():.6g} to {values.max():.6g}"


_SCHMIDT = "Schmidt, Malz et al. (2020), MNRAS 499, 1587"

DEFINITIONS: dict[str, Definition] = {
    "crps": Definition(
        "CRPS",
        r"\mathrm{mean}\int (F(z) - [z \geq z_\mathrm{spec}])^2\,dz",
        "Continuous ranked probability score: an absolute error that gives credit to honest "
        "widths. It equals the MAE for a prediction without any width; lower is better.",
        "Gneiting & Raftery (2007), JASA 102, 359, eq. 20",
    ),
    "cde_loss": Definition(
        "CDE loss",
        r"\mathrm{mean}\left(\int f(z)^2\,dz - 2 f(z_\mathrm{spec})\right)",
        "Squared distance of the densities from the true ones, but for a constant that no one "
        "knows: compare it between runs on the same galaxies; lower is better.",
        "Izbicki & Lee (2017), Electron. J. Statist. 11, 2800; " + _SCHMIDT,
    ),
    "pit_ks": Definition(
        "PIT, KS distance",
        r"\max\,|F_n(\mathrm{PIT}) - \mathrm{PIT}|,\quad "
        r"\mathrm{PIT} = \int_0^{z_\mathrm{spec}} f(z)\,dz",
        "Largest difference between the distribution of the PIT values and the uniform one that "
        "calibrated densities have. For these, chance leaves it below 1.36 / sqrt(n) in 95 % of "
        "cases.",
        _SCHMIDT,
    ),
    "sharpness": Definition(
        "Sharpness",
        r"\mathrm{mean}(\sigma_z)",
        "Mean of the predicted errors, half the width of each 68 % interval: of two calibrated "
        "predictions the sharper one is better.",
        "Gneiting, Balabdaoui & Raftery (2007), JRSS B 69, 243",
    ),
}
