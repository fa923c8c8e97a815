"""Parquet tables of any layout: a column per sample, or one column of lists."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import core
from core.data.parquet import CARD_KEY, card_of
from core.data.readers.raw import MAX_ARRAY_LENGTH, RawStream, RawTable, TableLimits
from core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

REHEARSAL_SECONDS = 300.0
"""What takes longer to read counts as damaged; a GB of spectra takes far less."""

REHEARSED_ROWS = 2048


def read(path: Path, limits: TableLimits, name: str) -> RawStream:
    """Open a Parquet file; its rows are read from the disk when they are asked for.

    Arrow ends the whole process on some damaged files, so a child reads the
    file first (`rehearse`) and only what it survives is read here.
    """
    size = path.stat().st_size
    try:
        child = subprocess.run(
            [sys.executable, "-m", "core.data.readers.parquet", str(path.resolve())],
            # `-m` looks here first: our own `core`, whatever lies where we were called.
            cwd=Path(core.__path__[0]).parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=REHEARSAL_SECONDS * max(1.0, size / 2**30),
        )
    except subprocess.SubprocessError as error:
        raise DataError(
            f"{name}: cannot be read as parquet, it is damaged or in another format. "
            "Copy or make it again."
        ) from error
    if child.stdout:
        raise DataError(f"{name}: {child.stdout.decode()}")
    with _open(path) as file:
        metadata = file.metadata
        n_rows, names = metadata.num_rows, tuple(file.schema_arrow.names)
        limits.check_shape(n_rows, len(names), name)
        has_card = CARD_KEY in (metadata.metadata or {})
        card = card_of(file, Path(name)) if has_card else None
    groups = [metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)]

    def batches(wanted: Sequence[int], rows: int) -> Iterator[RawTable]:
        with _open(path) as file:
            for batch in _batches(file, [names[i] for i in wanted], rows):
                columns = {i: _column(batch.column(names[i])) for i in wanted}
                yield RawTable(names, batch.num_rows, columns.__getitem__, card)

    return RawStream(names, n_rows, batches, sum(groups) // max(n_rows, 1), card)


def rehearse(path: Path) -> str:
    """Read every column once, a part at a time; return what is wrong with them, or ''.

    A file of a few kB can hold lists that fill any memory, so the lengths that
    it declares are looked at first.
    """
    with _open(path) as file:
        n_rows, names = file.metadata.num_rows, file.schema_arrow.names
        twice = next((column for column in names if names.count(column) > 1), None)
        if twice is not None:
            return f"the column '{twice}' is there several times. Keep one of them."
        for group in range(file.num_row_groups):
            for leaf in range(file.metadata.num_columns):
                chunk = file.metadata.row_group(group).column(leaf)
                if chunk.num_values > n_rows * MAX_ARRAY_LENGTH:
                    return (
                        f"column '{chunk.path_in_schema.split('.')[0]}' holds "
                        f"{chunk.num_values:,} values in {n_rows:,} rows, far more than spectra "
                        "need."
                    )
        for batch in _batches(file, names, REHEARSED_ROWS):
            for column in range(batch.num_columns):
                _column(batch.column(column))
    return ""


def _open(path: Path) -> "parquet.ParquetFile":
    from pyarrow import parquet, types

    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
    # Text stays encoded: a few kB could otherwise unpack to many GB.
    text = [f.name for f in schema if types.is_string(f.type) or types.is_binary(f.type)]
    # In pieces of the buffer's size: a row group may hold all the rows of a file.
    return parquet.ParquetFile(path, read_dictionary=text, pre_buffer=False, buffer_size=2**20)


def _batches(
    file: "parquet.ParquetFile", columns: list[str], rows: int
) -> Iterator["pa.RecordBatch"]:
    # No threads: at the end of a process, those that still work abort it now and then
    # (apache/arrow issue 34314), which would look like a damaged file.
    return file.iter_batches(rows, columns=columns, use_threads=False)


def _column(values: "pa.Array") -> np.ndarray:
    import pyarrow as pa
    from pyarrow import types

    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    kind = values.type
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _lists(values)
    if types.is_dictionary(kind):
        return np.asarray(values.to_pandas(), dtype=object)
    if values.null_count and types.is_integer(kind):
        return np.ma.array(
            values.fill_null(0).to_numpy(zero_copy_only=False),
            mask=values.is_null().to_numpy(zero_copy_only=False),
        )
    return values.to_numpy(zero_copy_only=False)


def _lists(values: "pa.Array") -> np.ndarray:
    from pyarrow import compute

    lengths = compute.list_value_length(values)
    if len(values) and not values.null_count and compute.min(lengths) == compute.max(lengths):
        flat = values.flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(len(values), lengths[0].as_py())
    return values.to_numpy(zero_copy_only=False)


if __name__ == "__main__":
    print(rehearse(Path(sys.argv[1])), end="")
