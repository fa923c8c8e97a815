"""A foreign table before anything is known about its columns."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.data.tables.units import is_none
from core.errors import DataError
from core.meanings import Meaning

if TYPE_CHECKING:  # the rehearsal of Parquet starts often, and pandas takes half a second
    from core.data.card import DatasetCard

MAX_ARRAY_LENGTH = 10_000
"""Values in a cell; spectra and the correlations of their coefficients need at most 1,485."""


SMALLEST_ID = 2**32
"""Gaia's source_ids are larger; what is not is no id but a number of a row."""


@dataclass(frozen=True)
class TableLimits:
    """How large a table may be; they keep a crafted file from filling memory and disk.

    Attributes
    ----------
    max_bytes : int
        Size of the file, and again of what it unpacks to.
    max_rows, max_columns : int
        What it may hold.
    """

    max_bytes: int = 2**30
    max_rows: int = 1_000_000
    max_columns: int = 2_000

    def check_shape(self, n_rows: int, n_columns: int, name: str) -> None:
        """Raise a `DataError` if there are too many rows or columns."""
        for n, most, what, do in (
            (n_rows, self.max_rows, "rows", "Split the table into parts."),
            (n_columns, self.max_columns, "columns", "Keep the spectra, source_id and z."),
        ):
            if n > most:
                raise DataError(f"{name}: expected at most {most:,} {what}, found {n:,}. {do}")


FILE_LIMITS = TableLimits(max_bytes=2**42, max_rows=100_000_000)
"""For files on the user's own disk, which are read in parts."""


@dataclass(frozen=True, eq=False)
class Only:
    """The rows that are asked for: they have one of `ids`, rising int64, at column `position`."""

    position: int
    ids: np.ndarray

    def may_be_within(self, low: int, high: int) -> bool:
        """Return whether one of the ids lies between two, both included."""
        first, after = np.searchsorted(self.ids, [low, high + 1])
        return bool(after > first)


@dataclass(frozen=True)
class RawTable:
    """Some rows of a table: the names of its columns, '' for none, and a way to get at them.

    `column` takes a position in `names` and returns that column: shape (n_rows,), or (n_rows, m)
    for arrays of equal length, or objects (text, arrays of unequal length), in the machine's byte
    order; masked where cells are empty and the type has no NaN. Text of arrays may be bytes.

    `kept`, bool, tells which of the rows that were read these are; None: all.
    """

    names: tuple[str, ...]
    n_rows: int
    column: Callable[[int], np.ndarray]
    kept: np.ndarray | None = None

    @classmethod
    def without(cls, names: tuple[str, ...], n_read: int) -> "RawTable":
        """Return a table of rows of which not one is asked for."""
        return cls(names, 0, lambda _: np.empty(0, object), np.zeros(n_read, bool))

    def only(self, kept: np.ndarray) -> "RawTable":
        """Return the rows that are asked for, bool of all."""
        if kept.all():
            return self
        return RawTable(
            self.names, int(np.count_nonzero(kept)), lambda i: self.column(i)[kept], kept
        )


class Batches(Protocol):
    """A way to the rows of a table: see `RawStream`."""

    def __call__(
        self, wanted: Sequence[int], rows: int, only: Only | None = None
    ) -> Iterator[RawTable]:
        """Yield the wanted columns of so many rows at a time, of those that are asked for."""
        ...


@dataclass(frozen=True, eq=False)
class RawStream:
    """A table whose rows are read in batches; `card` is that of our own files.

    `n_rows` is None where it is not known before the end; `row_bytes`, about what a row takes in
    memory, 0 where all are in memory anyway. `batches` takes the positions of the wanted columns,
    the largest number of rows of a batch and which rows are asked for, by default all; the batches
    know these columns only.

    `label` tells the table within its file ('HDU 2 SPECTRA'), '' where the file holds one. `units`
    are those of the columns as the file spells them, '' for none, or () where a format knows none;
    `ucds` and `descriptions` likewise.
    `skipped` counts the lines that are no rows, by the reason, and is whole after the last row, as
    `left_out` is, of rows that do not go on, and `notes`: what else there is to say on how the
    table is read.
    """

    names: tuple[str, ...]
    n_rows: int | None
    batches: Batches
    row_bytes: int = 0
    card: "DatasetCard | None" = None
    label: str = ""
    units: tuple[str, ...] = ()
    ucds: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def meaning(self, position: int) -> Meaning:
        """Return what the file says of a column."""
        unit, ucd, about = (
            texts[position] if texts else "" for texts in (self.units, self.ucds, self.descriptions)
        )
        return Meaning("" if is_none(unit) else unit.strip(), ucd.strip(), " ".join(about.split()))


def labels(names: Sequence[str], positions: Iterable[int]) -> list[str]:
    """Return what messages call columns: their names, or numbers from 1 where they have none."""
    return [names[i] or f"column {i + 1}" for i in positions]
