"""Rows of a table that are asked for by their ids, so that no others are parsed."""

from dataclasses import dataclass

import numpy as np

from core.data.tables.cells import to_ids

NOT_ASKED = "not asked for"
"""In an account, why a row does not go on."""


@dataclass(frozen=True, eq=False)
class Only:
    """The rows that have one of `ids`, sorted int64 (n,), in the column at `position`."""

    position: int
    ids: np.ndarray

    def among(self, cells: np.ndarray, column: str, name: str, first_row: int) -> np.ndarray:
        """Return which rows are asked for, (N,) bool, by that column's cells.

        `column`, `name` and `first_row` are for messages: a `DataError` if a cell holds no id.
        """
        found = to_ids(cells, column, name, first_row, lenient=True)
        places = np.searchsorted(self.ids, found)
        return (found >= 0) & (np.append(self.ids, -1)[places] == found)

    def may_be_within(self, low: int, high: int) -> bool:
        """Return whether one of the ids lies between two, both included."""
        first, after = np.searchsorted(self.ids, [low, high + 1])
        return bool(after > first)
