"""Sources that are asked for by a file of their ids."""

from pathlib import Path

import numpy as np

from core.data.labels.release import EXPECTED
from core.data.source_tables import read_ids as _in_their_order


def read_ids(path: str | Path, release: str = EXPECTED) -> np.ndarray:
    """Return the Gaia source_ids of a file, each once and rising.

    Parameters
    ----------
    path : str or Path
        A text file with an id a line, or a table with a column source_id in any format that
        spectra come in.
    release : str, optional
        That of the spectra, such as 'DR3'.

    Returns
    -------
    np.ndarray of int64, shape (n,)

    Raises
    ------
    DataError
        If there is no such file, column or id, one is no 64-bit whole number, or they tell that
        they are of another release, where the same number is another source.
    """
    return np.unique(_in_their_order(path, release))
