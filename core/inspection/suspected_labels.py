"""Redshifts of the data set that look wrong: the network is sure of another one, and not alone.

The idea is that of confident learning (Northcutt, Jiang & Chuang 2021, JAIR 70, 1373): a label is
suspect where a model that has not seen it gives it little probability and is confident of another.
For redshifts this becomes three conditions, all of which must hold; the numbers are choices of
ours:

1. |z_pred - z_spec| is more than five times sigma, half the run's 68 % interval;
2. the prediction carries no flag: signal-to-noise ratio, training domain, range and zone are
   good, p(z) has a single peak, its interval is not wide;
3. other estimates are known, and every one of them lies nearer to z_pred than to z_spec: the
   median redshift of the five training galaxies of most similar spectrum, and Gaia's UGC where
   it is known.

p(z) has wider tails than a normal distribution, so that some on the list are merely unlucky: it is
where to look, not what to correct. Of the shipped 20,000 simulated galaxies, whose redshifts are
right, it holds 7; with 200 of them exchanged it holds 51, of which 44 are among those, and 82 % of
those that moved by more than 0.15 (`compact-520k`). Judge only galaxies that the network has not
seen; it may have learned the others' labels by heart.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.inspection.queues import describe
from core.prediction.calibration.domain import Domain

MIN_SCALED_ERROR = 5.0
N_NEAREST = 5
MAX_CANDIDATES = 500


def candidates(predictions: pd.DataFrame) -> np.ndarray:
    """Return the rows that meet the first two conditions, the largest scaled errors first.

    Parameters
    ----------
    predictions : pd.DataFrame
        As `core.prediction.dataset.predict_dataset` returns, of a calibrated run.

    Returns
    -------
    np.ndarray of int
        500 at most; none without intervals and flags.
    """
    table = describe(predictions)
    if "scaled_error" not in table or "flags" not in predictions:
        return np.empty(0, int)
    size = table["scaled_error"].fillna(0).to_numpy()
    rows = np.flatnonzero((size > MIN_SCALED_ERROR) & (predictions["flags"].to_numpy() == 0))
    return rows[np.argsort(-size[rows], kind="stable")][:MAX_CANDIDATES]


def nearest_redshift(domain: Domain, flux: np.ndarray, source_id: np.ndarray) -> np.ndarray:
    """Return the median redshift of the training galaxies of most similar spectrum, shape (n,).

    A galaxy does not count as its own neighbour.

    Parameters
    ----------
    domain : Domain
        Of the run.
    flux : np.ndarray, shape (n, 186)
        [e-/s per sample]
    source_id : np.ndarray of int64, shape (n,)
    """
    z = np.full(len(flux), np.nan)
    for i, own in enumerate(source_id):
        table = domain.nearest(flux[i : i + 1], N_NEAREST + 1)
        z[i] = table.loc[table["source_id"] != own, "z"].head(N_NEAREST).median()
    return z


def suspected_labels(
    predictions: pd.DataFrame, rows: np.ndarray, others: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return the candidates that also meet the third condition, in their order.

    Of `predictions` the m `rows` that `candidates` returns; `others` holds other estimates (m,) of
    their redshifts by the name of their column, NaN where unknown. The table is that of
    `core.inspection.queues.queue`, and a column per other estimate.
    """
    table = describe(predictions).iloc[rows].assign(**others).reset_index(drop=True)
    known = np.zeros(len(rows), int)
    agree = np.ones(len(rows), bool)
    for z in others.values():
        to_spec, to_pred = np.abs(z - table["z_spec"]), np.abs(z - table["z_pred"])
        known += np.isfinite(z)
        # Comparisons with NaN are false: what is not known does not disagree.
        agree &= ~(to_spec <= to_pred).to_numpy()
    return table[(known > 0) & agree].reset_index(drop=True)
