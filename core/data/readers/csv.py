"""Comma-separated values in UTF-8, with or without a line of names."""

import csv
import io

import numpy as np
import pandas as pd

from core.data.columns import is_source_id
from core.data.readers.raw import RawTable, TableLimits
from core.errors import DataError

MAX_HEADER_BYTES = 2**20


def read(content: bytes, limits: TableLimits, name: str) -> RawTable:
    """Read a CSV file; see `RawTable`."""
    head = content[:MAX_HEADER_BYTES]
    first_line, newline, _ = head.partition(b"\n")
    if not newline and len(content) > MAX_HEADER_BYTES:
        raise DataError(f"{name}: the first line is longer than 1 MB; this is no CSV table.")
    if not first_line.strip():
        raise DataError(f"{name}: expected a CSV table, found an empty file or first line.")
    first = next(csv.reader([first_line.decode("utf-8-sig")]))
    limits.check_shape(0, len(first), name)
    has_names = not _all_numbers(first) or _counts_up(first)
    names = tuple(cell.strip() for cell in first) if has_names else ("",) * len(first)
    frame = pd.read_csv(
        io.BytesIO(content),
        header=None,
        names=range(len(names)),
        skiprows=1 if has_names else 0,
        # 64-bit ids must not pass through a float, which an empty cell would cause.
        dtype={i: "str" for i, column in enumerate(names) if is_source_id(column)},
        nrows=limits.max_rows + 1,
        encoding="utf-8-sig",
        compression=None,
        float_precision="round_trip",
        low_memory=False,
    )
    if not isinstance(frame.index, pd.RangeIndex):  # the first values of each row, one too many
        raise DataError(
            f"{name}: row 1 has {len(names) + frame.index.nlevels} values, but the line of names "
            f"has {len(names)}. Give every column a name; without row names in R: "
            "write.csv(..., row.names = FALSE)."
        )
    limits.check_shape(len(frame), len(names), name)
    return RawTable(names, len(frame), lambda i: np.asarray(frame[i]))


def _all_numbers(cells: list[str]) -> bool:
    return bool(pd.to_numeric(pd.Series(cells, dtype="str"), errors="coerce").notna().all())


def _counts_up(cells: list[str]) -> bool:
    """Tell names such as 0, 1, 2, ... from a first row of values."""
    if not all(cell.strip().isdecimal() for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))
