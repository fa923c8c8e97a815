"""Separated values in UTF-8, with or without a line of names."""

import csv
import itertools
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.schema import ALIASES
from core.data.tables.columns import is_xp_error
from core.data.tables.raw import RawStream, RawTable, TableLimits
from core.errors import DataError

NAME, STARTS = "CSV", ()  # text that is nothing else

MAX_LINE_BYTES = 2**20
DELIMITERS = ",;\t"

DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """How the lines are to be read.

    `names` are '' where a column has none, `skipped` counts the lines before the first row, and
    `texts` are the columns that hold text, whatever it looks like.
    """

    names: tuple[str, ...]
    skipped: int
    delimiter: str = ","
    texts: frozenset[int] = frozenset()
    units: tuple[str, ...] = ()


def read(path: Path, limits: TableLimits, name: str) -> list[RawStream | DataError]:
    """Open a CSV file; commas, semicolons or tabs may separate its values."""
    return [stream(path, _layout(path, name), limits, name)]


def stream(path: Path, layout: Layout, limits: TableLimits, name: str) -> RawStream:
    """Return the rows of a file of lines."""
    names = layout.names
    limits.check_shape(0, len(names), name)
    first_row = _first_row(path, layout, name)
    if layout.delimiter in ";\t":
        _refuse_decimal_commas(first_row, name)

    def batches(wanted: Sequence[int], rows: int) -> Iterator[RawTable]:
        # All other columns are read: pandas lets rows of too many values pass where it picks some.
        # Those of XP spectra are told by an array that stands where there must be a number.
        left_out = {i for i in range(len(names)) if is_xp_error(names[i])} - set(wanted)
        do = "Give every column a value; if the file is truncated, download it again."
        if len(first_row) > len(names):  # pandas would take the first values for names of the rows
            do = "Give every column a name; without row names in R: "
            do += "write.csv(..., row.names = FALSE)."
        if first_row and len(first_row) != len(names):
            raise DataError(
                f"{name}: row 0 (the first) has {len(first_row)} values, but the line of names has "
                f"{len(names)}. {do}"
            )
        _check_last_line(path, layout, name)
        n_rows = 0
        with _explained(name), _frames(path, layout, rows, left_out) as frames:
            for frame in frames:
                n_rows += len(frame)
                limits.check_shape(n_rows, len(names), name)
                columns = {i: _column(frame[i]) for i in wanted}
                yield RawTable(names, len(frame), columns.__getitem__)

    row_bytes = 2 * sum(map(len, first_row))
    return RawStream(names, None, batches, row_bytes, units=layout.units)


def _layout(path: Path, name: str) -> Layout:
    comments = []
    with path.open(encoding="utf-8-sig", newline="") as file, _explained(name):
        while (line := file.readline(MAX_LINE_BYTES)).startswith("#"):
            comments.append(line)
    if len(line) >= MAX_LINE_BYTES:
        raise DataError(f"{name}: the first line is longer than 1 MB; this is not a CSV table.")
    if not line.strip():
        raise DataError(f"{name}: expected a CSV table, found an empty file or first line.")
    # Where the first line is no names, its commas may outnumber what separates the values.
    _refuse_decimal_commas(re.split("[;\t]", line.strip()), name)
    delimiter = max(DELIMITERS, key=line.count)
    first = next(csv.reader([line], delimiter=delimiter))
    numbers = pd.to_numeric(pd.Series(first, dtype="str"), errors="coerce")
    # Names such as 0, 1, 2, ... are no row of values.
    counts_up = (numbers.diff()[1:] == 1).all() and all(cell.strip().isdecimal() for cell in first)
    if counts_up or numbers.isna().any():
        if line.count('"') % 2:
            raise DataError(f"{name}: the line of names has an unclosed quotation mark.")
        return Layout(tuple(cell.strip() for cell in first), len(comments) + 1, delimiter)
    # NumPy's savetxt writes the names into a comment.
    last = next(csv.reader([comments[-1].lstrip("# ")], delimiter=delimiter)) if comments else []
    names = last if len(last) == len(first) else [""] * len(first)
    return Layout(tuple(cell.strip() for cell in names), len(comments), delimiter)


def _refuse_decimal_commas(cells: list[str], name: str) -> None:
    """Refuse a first row in which decimals have commas and none has a point."""
    cells = [cell.strip(' "') for cell in cells]
    commas = [cell for cell in cells if DECIMAL_COMMA.fullmatch(cell)]
    if len(cells) > 1 and commas and not any(DECIMAL_POINT.fullmatch(cell) for cell in cells):
        raise DataError(
            f"{name}: expected decimal points, received decimal commas ('{commas[0][:20]}' in row "
            "0, the first); export with decimal points."
        )


def _first_row(path: Path, layout: Layout, name: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file, _explained(name):
        lines = itertools.islice(file, layout.skipped, None)
        rows = csv.reader(lines, delimiter=layout.delimiter)
        return next((row for row in rows if row), [])


def _check_last_line(path: Path, layout: Layout, name: str) -> None:
    """Refuse a file that ends within a row: pandas would take the rest of it for empty."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MAX_LINE_BYTES))
        tail = file.read().rstrip()
    start = tail.rfind(b"\n") + 1
    line = tail[start:].decode(errors="replace")
    if (start == 0 and len(tail) > MAX_LINE_BYTES // 2) or line.startswith("#"):
        return
    if line.count('"') % 2:  # a cell of several lines, or one that is not closed
        with path.open("rb") as file:
            pieces = iter(lambda: file.read(MAX_LINE_BYTES), b"")
            if sum(piece.count(b'"') for piece in pieces) % 2:
                raise DataError(
                    f"{name}: a quotation mark is not closed; the file is truncated or damaged. "
                    "Copy or download it again."
                )
        return
    cells = next(csv.reader([line], delimiter=layout.delimiter), [""])
    if len(cells) < len(layout.names):
        raise DataError(
            f"{name}: the last line has {len(cells)} values instead of {len(layout.names)}; the "
            "file is truncated. Copy or download it again."
        )
    if cells[-1].startswith(("[", "(")) and not cells[-1].endswith(("]", ")")):
        raise DataError(
            f"{name}: the array in the last line has no end; the file is truncated. Copy or "
            "download it again."
        )


def _frames(
    path: Path, layout: Layout, rows: int, left_out: set[int]
) -> "pd.io.parsers.TextFileReader":
    return pd.read_csv(
        path,
        sep=layout.delimiter,
        header=None,
        names=range(len(layout.names)),
        usecols=sorted({*range(len(layout.names))} - left_out) if left_out else None,
        skiprows=layout.skipped,
        # 64-bit ids must not pass through a float, which an empty cell would cause.
        dtype={
            i: "str"
            for i, column in enumerate(layout.names)
            if i in layout.texts or column.strip().lower() in ALIASES["source_id"]
        },
        chunksize=rows,
        encoding="utf-8-sig",
        compression=None,
        float_precision="round_trip",
        low_memory=False,
        # Whole numbers stay whole beside empty cells.
        dtype_backend="numpy_nullable",
    )


def _column(values: pd.Series) -> np.ndarray:
    array: Any = values.array
    kind = values.dtype.kind
    if kind == "f":
        return array.to_numpy(np.float64, na_value=np.nan)
    if kind in "iub":
        missing = array.isna()
        data = array.to_numpy(array.dtype.numpy_dtype, na_value=0)
        return np.ma.array(data, mask=missing) if missing.any() else data
    return array.to_numpy(object, na_value=None)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Say in plain words what is wrong with the lines."""
    try:
        yield
    except csv.Error as error:
        raise DataError(f"{name}: a cell is longer than any spectrum needs.") from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{name}: expected a CSV table, found no rows.") from error
    except pd.errors.ParserError as error:
        reason = re.sub(r".*C error: ", "", " ".join(str(error).split()))
        if "EOF inside string" in reason:
            reason = "a quotation mark is not closed; the file may be truncated"
        raise DataError(
            f"{name}: cannot be read as csv ({reason}). Check that every row has as many values "
            "as there are names."
        ) from error
