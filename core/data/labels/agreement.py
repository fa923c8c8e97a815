"""Several redshifts of one object: those that agree count as one, those that disagree as none."""

import numpy as np
import pandas as pd

REPEATED = "source_id seen before"
CONTRADICTING = "redshifts of one source that disagree"

MAX_DISAGREEMENT = 0.005
"""Difference in z / (1 + z) between observations of one object that still agree.

Repeated SDSS and DESI spectra agree to 0.0003; the error of redshifts from Gaia's
spectra is about 0.02. What differs by more are two objects, or a wrong redshift.
"""


def contradicting(objects: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return which rows, (N,) bool, are of an object whose redshifts disagree.

    `objects` (N,) tell objects apart, such as ids; a z of NaN says nothing.
    """
    by_object = pd.Series(z).groupby(objects)
    lowest = by_object.transform("min")
    spread = (by_object.transform("max") - lowest) / (1 + lowest)
    return (spread > MAX_DISAGREEMENT).to_numpy()


def one_each(
    objects: np.ndarray, z: np.ndarray, z_error: np.ndarray | None = None
) -> tuple[np.ndarray, int, int]:
    """Choose one redshift of each object, that of the smallest error; among equals the first.

    Returns the rows, rising, none of an object whose redshifts disagree, and how many are left out
    because a better one agrees and because they disagree. Unknown errors are infinite.
    """
    agree = np.flatnonzero(~contradicting(objects, z))
    order = agree if z_error is None else agree[np.argsort(z_error[agree], kind="stable")]
    _, first = np.unique(objects[order], return_index=True)
    rows = np.sort(order[first])
    return rows, len(agree) - len(rows), len(z) - len(agree)
