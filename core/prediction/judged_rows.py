"""Which rows of predictions are judged by redshifts that are known, and why others are not.

A known redshift must be one that a data set would take: wrong ones would be called errors of the
network.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.data.account import Account
from core.data.labelling import NO_REDSHIFT, Z_OUT_OF_RANGE, outside
from core.data.labels.agreement import CONTRADICTING, contradicting
from core.data.labels.plausibility import STAR, STARS, ZEROS, to_redshifts, zeros
from core.data.labels.quality import quality_of
from core.data.tables.cells import without_id
from core.data.tables.raw import SMALLEST_ID
from core.prediction.catalogue.with_own import COLUMNS, OF_SEVERAL

NO_PREDICTION = "no predicted redshift"


@dataclass(frozen=True, eq=False)
class JudgedRows:
    """The rows that are judged: of each galaxy the first that can be.

    Attributes
    ----------
    rows : np.ndarray of int, shape (m,)
        Of the table, rising.
    z_spec : np.ndarray, shape (m,)
        Their known redshifts.
    n_rows : int
        Rows of these galaxies that could be judged; more than m where one comes in several.
    left_out : Counter of str
        Rows that cannot be judged, by the reason.
    """

    rows: np.ndarray
    z_spec: np.ndarray
    n_rows: int
    left_out: Counter[str]


def judged_rows(
    table: pd.DataFrame, z_spec: ArrayLike, z_pred: ArrayLike, galaxy: np.ndarray
) -> JudgedRows:
    """Find the rows of a table that can be judged, by the cuts that data sets are built with.

    Parameters
    ----------
    table : pd.DataFrame
        n predictions, with the input's own columns, of which some may tell the quality of the
        known redshifts. Where a column `file` names their files, each is looked at alone.
    z_spec, z_pred : array-like, shape (n,)
        The known and the predicted redshifts. NaN, and what tables write for it, such as -9999,
        is none.
    galaxy : np.ndarray of int, shape (n,)
        Of rows of one galaxy the same.
    """
    z = to_redshifts(np.asarray(z_spec, float))
    account = Account("rows", rows=len(table))
    keep = account.leave_out(
        {
            NO_REDSHIFT: np.isnan(z),
            NO_PREDICTION: ~np.isfinite(np.asarray(z_pred, float)),
            ZEROS: zeros(z),
        },
        np.ones(len(table), bool),
    )
    own = table.drop(columns=[*COLUMNS, *OF_SEVERAL], errors="ignore")
    whole = [np.arange(len(table))]
    files = table.groupby("file", dropna=False).indices.values() if "file" in table else whole
    for rows in files:
        keep[rows] = account.leave_out(_unreliable(own.iloc[rows], z[rows]), keep[rows])
    keep = account.leave_out({Z_OUT_OF_RANGE: outside(z)}, keep)
    disagree = contradicting(galaxy, np.where(keep, z, np.nan))
    left = np.flatnonzero(account.leave_out({CONTRADICTING: disagree}, keep))
    _, first = np.unique(galaxy[left], return_index=True)
    rows = left[np.sort(first)]
    return JudgedRows(rows, z[rows], len(left), account.left_out)


def galaxies_of(table: pd.DataFrame) -> np.ndarray:
    """Return an int of each row of predictions, of one source the same; below 0 without an id.

    Where spectra have no ids, `source_id` numbers the rows, in each file anew. So a small one is
    an id only where the column `repeated` of a catalogue tells that it is.
    """
    alone = -1 - np.arange(len(table))
    if "source_id" not in table or not pd.api.types.is_integer_dtype(table["source_id"]):
        return alone
    ids = table["source_id"].to_numpy(np.int64, na_value=-1)
    is_id = ids >= SMALLEST_ID
    if "repeated" in table:
        is_id |= table["repeated"].isin([True]).to_numpy()
    return np.where(is_id & ~without_id(ids), ids, alone)


def _unreliable(own: pd.DataFrame, z: np.ndarray) -> dict[str, np.ndarray]:
    """Return by reason which rows of a file have a redshift that is not to be relied on."""
    # Of several files: columns that this one does not have are empty.
    names = [str(name) for name in own.columns[own.notna().any()]]
    quality = quality_of(names)
    cells = {column: _cells(own[column]) for column in quality.columns}
    reasons = quality.left_out(cells, "the table of predictions")
    return reasons | ({STARS: np.abs(z) < STAR} if quality.tells_type else {})


def _cells(column: pd.Series) -> np.ndarray:
    """Return a column as cuts read it: numbers and truth values as float, all else as objects."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(float, na_value=np.nan)
    return column.astype(object).where(column.notna(), None).to_numpy()
