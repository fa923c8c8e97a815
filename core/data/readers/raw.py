"""A foreign table before anything is known about its columns."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data.card import DatasetCard
from core.errors import DataError


@dataclass(frozen=True)
class TableLimits:
    """How large a table may be; they keep a crafted file from filling the memory.

    Attributes
    ----------
    max_bytes : int
        Size of the file.
    max_rows, max_columns : int
        What it may hold once it is unpacked.
    """

    max_bytes: int = 2**30
    max_rows: int = 1_000_000
    max_columns: int = 2_000

    def check_shape(self, n_rows: int, n_columns: int, name: str) -> None:
        """Raise a `DataError` if there are too many rows or columns."""
        if n_rows > self.max_rows:
            raise DataError(
                f"{name}: expected at most {self.max_rows:,} rows, found {n_rows:,}. "
                "Cut the table into parts."
            )
        if n_columns > self.max_columns:
            raise DataError(
                f"{name}: expected at most {self.max_columns:,} columns, found {n_columns:,}. "
                "Keep the spectra, source_id and z."
            )


@dataclass(frozen=True)
class RawTable:
    """Names of the columns and a way to get at them.

    Attributes
    ----------
    names : tuple of str
        As in the file; '' where a column has no name.
    n_rows : int
    column : callable
        Takes a position in `names` and returns that column: shape (n_rows,), or
        (n_rows, m) for arrays of equal length, or objects (text, arrays of
        unequal length); masked where cells are empty and the type has no NaN.
    card : DatasetCard or None
        That of our own files.
    """

    names: tuple[str, ...]
    n_rows: int
    column: Callable[[int], np.ndarray]
    card: DatasetCard | None = None
