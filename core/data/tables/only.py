"""Rows of a table that are asked for by their ids, so that no others are parsed."""

import numpy as np

from core.data.tables.cells import to_ids
from core.data.tables.raw import Only


def among(only: Only, cells: np.ndarray, column: str, name: str, first_row: int) -> np.ndarray:
    """Return which rows are asked for, (N,) bool, by the cells of their ids.

    `column`, `name` and `first_row` are for messages: a `DataError` if a cell holds no id.
    """
    ids = to_ids(cells, column, name, first_row, lenient=True)
    places = np.searchsorted(only.ids, ids)
    return (ids >= 0) & (np.append(only.ids, -1)[places] == ids)
