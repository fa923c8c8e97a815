"""The same galaxies found in several estimates or data sets, by id and true redshift."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.comparison.subject import Subject
from core.errors import DataError, RunError

# Redshifts of the same galaxy in two data sets: apart by no more than rounding to 32 bits.
SAME_Z = 1e-6


def rows_of_same(
    source_id: np.ndarray, z_spec: np.ndarray, among_id: np.ndarray, among_z: np.ndarray
) -> np.ndarray:
    """Return where each galaxy stands among others, by id and true redshift; -1: nowhere."""
    rows = pd.Index(among_id).get_indexer(source_id)
    same = np.isclose(among_z[rows], z_spec, rtol=0, atol=1e-9)
    return np.where((rows >= 0) & same, rows, -1)


def aligned(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return each estimate of the galaxies that all have, by rising source_id.

    Raises
    ------
    RunError
        If there is no such galaxy.
    DataError
        If a galaxy's true redshifts differ by more than `SAME_Z`.
    """
    ids = reduce(np.intersect1d, [each.predictions["source_id"].to_numpy() for each in subjects])
    if not len(ids):
        *others, last = (each.name for each in subjects)
        raise RunError(f"{', '.join(others)} and {last} have no galaxies in common.")
    found = []
    for each in subjects:
        source_id = each.predictions["source_id"].to_numpy()
        order = np.argsort(source_id)
        found.append(each.take(order[np.searchsorted(source_id, ids, sorter=order)]))
    first = found[0]
    for each in found[1:]:
        z_first, z_other = (one.predictions["z_spec"].to_numpy() for one in (first, each))
        differ = np.flatnonzero(~(np.abs(z_first - z_other) <= SAME_Z))
        if len(differ):
            row = differ[0]
            raise DataError(
                f"Expected one true redshift per galaxy; that of {ids[row]} is {z_first[row]:.5f} "
                f"in '{first.name}' and {z_other[row]:.5f} in '{each.name}' "
                f"({n_of(len(differ), 'such galaxy')}). They were evaluated against different "
                "redshifts: compare them on one data set."
            )
    return tuple(found)
