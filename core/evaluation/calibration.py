"""Do densities of redshift hold what they promise: PIT, CRPS, CDE loss, coverage, sharpness.

A density is given on a rising grid of redshifts, linear between its points, zero outside,
and integrates to 1; all integrals below are exact for such a density.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from core.errors import DataError
from core.evaluation.coverage import LEVELS, by_bin, share_with_error
from core.evaluation.linear_density import (
    by_block,
    cdf_at,
    distance_from_step,
    loss_of_square,
)
from core.evaluation.metrics import SCHMIDT, Metric, check_pair


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
    return by_block(cdf_at, z_grid, pdf, z_spec)


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
    return by_block(distance_from_step, z_grid, pdf, z_spec)


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
    return by_block(loss_of_square, z_grid, pdf, z_spec)


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
    return by_bin(
        predicted, width, lambda members: {"level": level, **share_with_error(inside[members])}
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


def _mean(column: str) -> dict[str, Any]:
    """Return what a metric has that is the mean of a column."""
    return {
        "of": np.mean,
        "columns": (column,),
        "resampled": lambda draws: draws.mean(draws[column]),
    }


SCORES: dict[str, Metric] = {
    "crps": Metric(
        "CRPS",
        r"\mathrm{mean}\int (F(z) - [z \geq z_\mathrm{spec}])^2\,dz",
        "Continuous ranked probability score: an absolute error that rewards honest widths. For "
        "a prediction without width it equals the MAE; lower is better.",
        "Gneiting & Raftery (2007), JASA 102, 359, eq. 20",
        **_mean("crps"),
    ),
    "cde_loss": Metric(
        "CDE loss",
        r"\mathrm{mean}\left(\int f(z)^2\,dz - 2 f(z_\mathrm{spec})\right)",
        "Squared distance of the densities from the true ones, up to an unknown constant: "
        "compare it between runs on the same galaxies; lower is better.",
        "Izbicki & Lee (2017), Electron. J. Statist. 11, 2800; " + SCHMIDT,
        decimals=2,
        **_mean("cde_loss"),
    ),
    "sharpness": Metric(
        "Sharpness",
        r"\mathrm{mean}(\sigma_z)",
        "Mean of the predicted errors, half the width of each 68 % interval: of two calibrated "
        "predictions the sharper one is better.",
        "Gneiting, Balabdaoui & Raftery (2007), JRSS B 69, 243",
        compared=False,
        **_mean("sigma_z") | {"of": sharpness},
    ),
    "pit_ks": Metric(
        "PIT, KS distance",
        r"\max\,|F_n(\mathrm{PIT}) - \mathrm{PIT}|,\quad "
        r"\mathrm{PIT} = \int_0^{z_\mathrm{spec}} f(z)\,dz",
        "Largest difference between the distribution of the PIT values and the uniform one that "
        "calibrated densities have. For these, it stays below 1.36 / sqrt(n) in 95 % of "
        "cases.",
        SCHMIDT,
        of=pit_ks,
        columns=("pit",),
        limit=pit_ks_limit,
        compared=False,
    ),
}
"""The metrics of densities, in the order in which they are shown."""
