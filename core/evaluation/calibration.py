"""Do densities of redshift hold what they promise: PIT, CRPS, CDE loss, coverage, sharpness.

Densities integrate to 1, linear between the points of a rising grid, zero outside; integrals of
them are exact.
"""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from core.amounts import n_of
from core.errors import DataError
from core.evaluation.coverage import LEVELS, by_bin, share_with_error
from core.evaluation.linear_density import by_block, cdf_at, distance_from_step, loss_of_square
from core.evaluation.metrics import SCHMIDT, Metric, check_pair


def pit(z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike) -> np.ndarray:
    """Return the probability integral transform of each galaxy, int_0^z_spec f dz, 0 to 1.

    Uniform if the densities are calibrated (Dawid 1984, JRSS A 147, 278; Polsterer, D'Isanto &
    Gieseke 2016, arXiv:1608.08016). Here and in `crps` and `cde_loss`, the arrays are as for
    `core.evaluation.linear_density.by_block`, which raises a `DataError` of what cannot be.
    """
    return by_block(z_grid, pdf, z_spec, cdf_at)[0]


def crps(z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike) -> np.ndarray:
    """Return the continuous ranked probability score of each galaxy [redshift]; lower is better.

    int (F(z) - 1[z >= z_spec])^2 dz with the distribution function F: |d| for a density that is
    one point (Matheson & Winkler 1976, Management Science 22, 1087; Gneiting & Raftery 2007,
    JASA 102, 359, eq. 20).
    """
    return by_block(z_grid, pdf, z_spec, distance_from_step)[0]


def cde_loss(z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike) -> np.ndarray:
    """Return each galaxy's part of the loss of conditional densities [1 / redshift].

    int f(z)^2 dz - 2 f(z_spec); lower is better, negative for useful densities. Its mean estimates
    the integrated squared distance from the true densities, but for a constant (Izbicki & Lee
    2017, Electron. J. Statist. 11, 2800, eq. 7).
    """
    return by_block(z_grid, pdf, z_spec, loss_of_square)[0]


def pit_crps_cde_loss(z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike) -> list[np.ndarray]:
    """Return `pit`, `crps` and `cde_loss` of each galaxy: in little more time than one."""
    return by_block(z_grid, pdf, z_spec, cdf_at, distance_from_step, loss_of_square)


def pit_ks(pit: ArrayLike) -> float:
    """Return the Kolmogorov-Smirnov distance of PIT values from uniform ones, 0 to 1.

    The largest difference between their distribution function and the diagonal
    (Schmidt, Malz et al. 2020, MNRAS 499, 1587, section 5.2).
    """
    return float(scipy.stats.kstest(_checked(pit, *_PIT), scipy.stats.uniform.cdf).statistic)


def pit_ks_limit(n: int, confidence: float = 0.95) -> float:
    """Return the distance below which `pit_ks` of `n` uniform values stays with `confidence`."""
    return float(scipy.stats.kstwo.ppf(confidence, n))


def coverage_by_pit(pit: ArrayLike, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
    """Return level, and `share_with_error` of the central intervals that hold the true redshift.

    The central interval of level L runs from the quantile (1 - L) / 2 to (1 + L) / 2: z_spec
    lies inside where |2 PIT - 1| <= L.
    """
    distance = _from_the_median(pit)
    return pd.DataFrame(
        [{"level": level, **share_with_error(distance <= level)} for level in levels]
    )


def coverage_by_pit_and_bin(z_pred: ArrayLike, pit: ArrayLike, level: float = 0.68) -> pd.DataFrame:
    """Return the coverage of central intervals per bin of z_pred, 0.05 wide, but for empty bins.

    Parameters
    ----------
    z_pred, pit : array-like, shape (n,)
    level : float
        Nominal coverage, 0 to 1.

    Returns
    -------
    pd.DataFrame
        z_low, z_high and the columns of `coverage_by_pit`.
    """
    inside = _from_the_median(pit) <= level
    _, predicted = check_pair(np.zeros(len(inside)), z_pred)
    return by_bin(predicted, lambda rows: {"level": level, **share_with_error(inside[rows])})


def sharpness(sigma_z: ArrayLike) -> float:
    """Return the mean of the predicted errors sigma_z, half the 68 % intervals, (n,) [redshift].

    How narrow the densities are (Gneiting, Balabdaoui & Raftery 2007, JRSS B 69, 243). Of two
    calibrated predictions, the sharper one is better.
    """
    return float(_checked(sigma_z, "finite predicted error of 0 or more").mean())


def _from_the_median(pit: ArrayLike) -> np.ndarray:
    """Return the lowest level whose central interval holds z_spec, shape (n,), 0 to 1."""
    # Rounded: both ends belong to an interval, and 2 * 0.84 - 1 is a little below 0.68.
    return np.round(np.abs(2 * _checked(pit, *_PIT) - 1), 12)


_PIT = ("PIT value from 0 to 1", 1.0)


def _checked(given: ArrayLike, what: str, highest: float = sys.float_info.max) -> np.ndarray:
    values = np.asarray(given, dtype=float)
    if values.ndim != 1 or not len(values):
        received = f"an array of shape {values.shape}"
    elif not ((values >= 0) & (values <= highest)).all():  # NaN fails the comparison
        received = f"{n_of(len(values), 'value')} from {values.min():.6g} to {values.max():.6g}"
    else:
        return values
    raise DataError(f"Expected one {what} per galaxy; received {received}.")


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
