"""Tables of text, whose values are separated or stand in columns, with or without names."""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.row_numbers import COUNTED, number_of
from core.data.schema import ALIASES
from core.data.tables.columns import is_xp_error
from core.data.tables.layout import (
    BLANKS,
    EXCEL_TEXT,
    Layout,
    find_layout,
    refuse_decimal_commas,
)
from core.data.tables.lines import Source, as_lines, blocks
from core.data.tables.only import among
from core.data.tables.raw import Only, RawStream, RawTable, TableLimits
from core.data.tables.rows import Rows, last_row
from core.data.tables.set_aside import SetAside
from core.errors import DataError

NAME, STARTS = "CSV", ()  # text that is nothing else
ENDINGS = (".csv", ".tsv")

LOOKED_AT, LOOKED_AT_BYTES = 64, 2**18
"""First rows that tell which numbers are text."""


def read(path: Source, limits: TableLimits, name: str) -> list[RawStream | DataError]:
    """Open a table of text; commas, semicolons, tabs, pipes or blanks may separate its values."""
    with _explained(name):
        return [stream(path, find_layout(path, name), limits, name)]


def stream(path: Source, layout: Layout, limits: TableLimits, name: str) -> RawStream:
    """Return the rows of a file of lines."""
    limits.check_shape(0, len(layout.names), name)
    skipped: Counter[str] = Counter()
    notes: list[str] = []
    with _explained(name):
        text = (line for rows in Rows(path, layout, name, None, notes) for line in as_lines(rows))
        first_rows = layout.of_rewritten.rows(text)
        first_row = next(first_rows, [])
    if not layout.types:  # which an ECSV header tells
        layout = replace(layout, texts=layout.texts | _padded(first_row, first_rows))
    if layout.delimiter == BLANKS:  # see `Rows`
        first_row = first_row[:-1]
    if layout.delimiter not in (",", " "):  # nor in ECSV
        refuse_decimal_commas(first_row, name, layout.names)
    names = _all_names(layout, first_row)
    layout = replace(layout, names=names)
    # A delimiter may also stand behind the last value.
    ends_empty = len(first_row) == len(names) + 1 and not first_row[-1]

    def batches(wanted: Sequence[int], rows: int, only: Only | None = None) -> Iterator[RawTable]:
        # All other columns are read: pandas lets rows of too many values pass where it picks some.
        # Those of XP spectra are told by an array that stands where there must be a number.
        left_out = {i for i in range(len(names)) if is_xp_error(names[i])} - set(wanted)
        do = "Give every column a value; if the file is truncated, download it again."
        if len(first_row) > len(names):  # pandas would take the first values for names of the rows
            do = "Give every column a name; without row names in R: "
            do += "write.csv(..., row.names = FALSE)."
        if first_row and len(first_row) - ends_empty != len(names):
            raise DataError(
                f"{name}: row 1 has {n_of(len(first_row), 'value')}, but the line "
                f"of names has {len(names)}. {do}"
            )

        def at_end(line: str, is_open: bool) -> None:
            _check_last_row(line, is_open, layout, name)

        if isinstance(path, Path):  # what is packed ends only when all was read
            line = last_row(path, layout, name)
            quote = layout.quote.encode()
            odd = line.count(layout.quote) % 2
            at_end(line, bool(odd and sum(b.count(quote) for b in blocks(path, name)) % 2))
        n_rows = 0
        counted: Counter[str] = Counter()
        ends_full = layout.delimiter == BLANKS
        plain = not (layout.is_rewritten or layout.blanks_after or ends_full)
        arrays = SetAside(layout.delimiter, layout.quote) if plain else None
        later = None if isinstance(path, Path) else at_end
        lines = Rows(path, layout, name, counted, notes, arrays, later)
        n_columns = len(names) + (ends_empty or ends_full)
        with _explained(name), _frames(lines, layout, n_columns, rows, left_out) as frames:
            for frame in frames:
                n = len(frame)
                n_rows += n
                limits.check_shape(n_rows, len(names), name)
                if ends_empty and (more := frame[len(names)].notna()).any():
                    raise DataError(
                        f"{name}: row {number_of(int(np.argmax(more)), n_rows - n)} has more "
                        f"values than the {n_of(len(names), 'name')} ({COUNTED}). {do}"
                    )
                if ends_full and (short := frame[len(names)].isna()).any():
                    raise DataError(
                        f"{name}: row {number_of(int(np.argmax(short)), n_rows - n)} has fewer "
                        f"values than the {n_of(len(names), 'name')} ({COUNTED}). Write "
                        "nan for empty cells and quotation marks around texts with blanks, or "
                        "give it as CSV."
                    )
                kept = None
                if only is not None:
                    ids = _column(frame[only.position])
                    kept = among(only, ids, names[only.position], name, n_rows - n)
                rest = frame if kept is None else frame[kept]
                columns = {i: _column(rest[i]) for i in wanted}
                if arrays is not None:
                    for i, column in columns.items():
                        if column.dtype.kind == "O":
                            columns[i] = arrays.put_back(column)
                    arrays.forget(_texts(frame))
                yield RawTable(names, len(rest), columns.__getitem__, kept)
        skipped.update(counted - skipped)  # once, however often all rows are read

    row_bytes = 2 * sum(map(len, first_row))
    return RawStream(
        names, None, batches, row_bytes, units=layout.units, skipped=skipped, notes=notes
    )


def _padded(first_row: list[str], others: Iterator[list[str]]) -> set[int]:
    """Return the columns of which first cells begin with zeros that a number would lose."""
    n = min(LOOKED_AT, LOOKED_AT_BYTES // (1 + sum(map(len, first_row))))
    found: set[int] = set()
    with suppress(csv.Error):  # which comes again when the rows are read
        for row in (first_row, *itertools.islice(others, n)):
            found |= {i for i, cell in enumerate(row) if cell[:1] == "0" and cell[1:].isdecimal()}
    return found


def _all_names(layout: Layout, first_row: list[str]) -> tuple[str, ...]:
    """Return the names, also '' of row names, and none of a delimiter that ends the line."""
    names = layout.names
    if layout.delimiter == BLANKS and len(first_row) == len(names) + 1:  # as R and pandas do
        names = ("", *names)
    if (
        len(names) > 1
        and layout.header
        and not names[-1]
        and not "".join(first_row[len(names) - 1 :])
    ):
        names = names[:-1]  # a delimiter behind the last name
    return names


def _check_last_row(line: str, is_open: bool, layout: Layout, name: str) -> None:
    """Refuse a file that ends within a row: pandas would take the rest of it for empty.

    `line` is its last, and `is_open` tells of a quotation mark that is not closed.
    """
    if not line:
        return
    if line.count(layout.quote) % 2:  # a cell of several lines, or one that is not closed
        if is_open:
            raise DataError(
                f"{name}: a quotation mark is not closed; the file is truncated or damaged. "
                "Copy or download it again."
            )
        return
    cells = layout.split(line)
    if len(cells) < len(layout.names):
        raise DataError(
            f"{name}: the last line has {n_of(len(cells), 'value')} instead of "
            f"{len(layout.names)}; the file is truncated, or another file follows in it. Copy "
            "or download it again."
        )
    if cells[-1].startswith(("[", "(", "{")) and not cells[-1].endswith(("]", ")", "}")):
        raise DataError(
            f"{name}: the array in the last line has no end; the file is truncated. Copy or "
            "download it again."
        )


def _texts(frame: pd.DataFrame) -> Iterator[np.ndarray]:
    """Yield the columns of a frame that hold text."""
    for _, column in frame.items():
        if column.dtype.kind not in "iufb":
            yield column.array.to_numpy(object, na_value=None)


def _frames(
    rows: Any, layout: Layout, n_columns: int, n_rows: int, left_out: set[int]
) -> "pd.io.parsers.TextFileReader":
    """Return pandas's reader of some rows at a time, with numbers for names."""
    return pd.read_csv(
        rows,
        sep=layout.delimiter,
        quotechar=layout.quote,
        skipinitialspace=layout.blanks_after,
        header=None,
        names=range(n_columns),
        usecols=sorted({*range(n_columns)} - left_out) if left_out else None,
        # 64-bit ids must not pass through a float, which an empty cell would cause.
        dtype={
            i: "str"
            for i, column in enumerate(layout.names)
            if i in layout.texts or column.strip().lower() in ALIASES["source_id"]
        },
        chunksize=n_rows,
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
    if values.str.startswith('="').any():
        array = values.str.replace(EXCEL_TEXT, r"\1", regex=True).array
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
        if numbers := re.fullmatch(r"Expected (\d+) fields in line (\d+), saw (\d+)", reason):
            expected, line, found = map(int, numbers.groups())
            reason = f"row {line} has {n_of(found, 'value')} instead of {expected}; {COUNTED}"
        raise DataError(
            f"{name}: cannot be read as csv ({reason}). Check that every row has as many values "
            "as there are names."
        ) from error
