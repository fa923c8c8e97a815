"""The rows of a bulk file that are asked for, kept as they are in a Parquet file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.atomic import replacing
from core.data.labels.by_hand import release_in
from core.data.labels.choice import choose
from core.data.labels.release import require_release
from core.data.spectra.xp_arrays import to_arrays
from core.data.tables.cells import to_ids
from core.data.tables.columns import is_xp_error
from core.data.tables.raw import Only, RawTable
from core.data.tables.table import OpenTable, open_tables
from core.errors import DataError

BATCH_BYTES = 2**26
"""About what a batch of rows takes in memory before others' are dropped."""

MOST_ROWS = 8192

GROUP_ROWS = 4096
"""Kept rows in memory at a time, and of a row group: some 100 MB."""

ARRAY_STARTS = ("[", "(", "{")


def keep_rows(path: Path, ids: np.ndarray, release: str, out: Path) -> tuple[int, int, int]:
    """Write the rows of some source_ids (int64, rising) to a Parquet file, each source once.

    Columns are those of the file; arrays that it holds as text become lists, errors and
    correlations of coefficients in single precision, as they are in the archive. There is no file
    if there is no such row. Returns the numbers of rows that were read, of sources that were kept,
    and of rows whose source came before.

    Raises a `DataError` if the file is damaged, no table with source_id, or of another `release`.
    """
    table = _one(open_tables(path), path)
    place = choose("source_id", table.names).position
    if place is None:
        raise DataError(
            f"{path.name}: expected a column source_id, found {', '.join(table.names[:8])}."
        )
    require_release(release_in(table, place), table.names[place], path.name, release)
    row_bytes = table.stream.row_bytes
    rows = max(1, min(MOST_ROWS, BATCH_BYTES // row_bytes)) if row_bytes else MOST_ROWS
    n_read = n_repeated = 0
    seen = np.empty(0, np.int64)
    with _writing(out, path.name) as add:
        for batch in table.batches(range(len(table.names)), rows, Only(place, ids)):
            n_read += batch.n_rows if batch.kept is None else len(batch.kept)
            if not batch.n_rows:
                continue
            found = to_ids(batch.column(place), table.names[place], path.name)
            is_first = np.zeros(len(found), bool)
            is_first[np.unique(found, return_index=True)[1]] = True
            is_first &= ~np.isin(found, seen)
            n_repeated += int(np.count_nonzero(~is_first))
            if is_first.any():
                seen = np.concatenate([seen, found[is_first]])
                add(_arrow(batch, place, found).filter(pa.array(is_first)))
    return n_read, len(seen), n_repeated


@contextmanager
def _writing(out: Path, name: str) -> Iterator[Callable[[pa.Table], None]]:
    """Yield what adds rows to a Parquet file, which appears with the end if there are rows."""
    with ExitStack() as stack:
        rows = _Rows(out, name, stack)
        yield rows.add
        rows.write()


class _Rows:
    """Rows that wait for others of a row group; messages call the file that they are of `name`."""

    def __init__(self, out: Path, name: str, stack: ExitStack) -> None:
        self._out, self._name, self._stack = out, name, stack
        self._waiting: list[pa.Table] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Take rows, which are written when there are many."""
        self._waiting.append(rows)
        if sum(part.num_rows for part in self._waiting) >= GROUP_ROWS:
            self.write()

    def write(self) -> None:
        """Write the rows that wait."""
        if not self._waiting:
            return
        try:
            # Of a batch in which a column is empty nothing tells its type.
            rows = pa.concat_tables(self._waiting, promote_options="permissive")
            if self._writer is None:
                temporary = self._stack.enter_context(replacing(self._out))
                schema = pa.schema(
                    field.with_type(pa.float64()) if pa.types.is_null(field.type) else field
                    for field in rows.schema
                )
                self._writer = self._stack.enter_context(pq.ParquetWriter(temporary, schema))
            self._writer.write_table(rows.cast(self._writer.schema))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise DataError(
                f"{self._name}: a column holds numbers in some rows and something else in others "
                f"({str(error).splitlines()[0][:200]})."
            ) from error
        self._waiting = []


def _one(tables: list[OpenTable | DataError], path: Path) -> OpenTable:
    (first, *others) = tables
    if isinstance(first, DataError):
        raise first
    if others:
        raise DataError(f"{path.name}: expected one table, found {len(tables)}.")
    return first


def _arrow(batch: RawTable, place: int, ids: np.ndarray) -> pa.Table:
    columns: dict[str, Any] = {}
    for i, name in enumerate(batch.names):
        columns["source_id" if i == place else name] = (
            pa.array(ids) if i == place else _column(batch.column(i), name)
        )
    return pa.table(columns)


def _column(cells: np.ndarray, name: str) -> pa.Array:
    """Return a column: lists, numbers or text, with nulls where it is masked or empty."""
    if cells.ndim == 1 and cells.dtype.kind != "O":
        mask = np.ma.getmaskarray(cells)
        if mask.all():  # nothing tells that they are numbers
            return pa.nulls(len(cells))
        return pa.array(np.ma.getdata(cells), mask=mask if mask.any() else None)
    if cells.ndim == 1:
        texts = [c.decode() if isinstance(c, bytes) else c for c in cells.tolist()]
        filled = [text for text in texts if text is not None]
        if not filled:
            return pa.nulls(len(cells))
        if all(isinstance(t, str) for t in filled) and not filled[0].startswith(ARRAY_STARTS):
            return pa.array(texts, pa.string())
    arrays = to_arrays(cells)
    if arrays.wrong:
        row = min(arrays.wrong)
        raise DataError(
            f"column '{name}': expected arrays of numbers, received '{arrays.wrong[row]}'."
        )
    kind = pa.float32() if is_xp_error(name) else pa.float64()
    offsets = np.append(0, np.cumsum(arrays.lengths)).astype(np.int64)
    values = pa.array(arrays.values).cast(kind)
    empty = arrays.lengths == 0
    return pa.LargeListArray.from_arrays(offsets, values, mask=pa.array(empty))
