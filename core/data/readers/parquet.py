"""Parquet tables of any layout: a column per sample, or one column of lists."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import core
from core.data.parquet import CARD_KEY, card_of
from core.data.readers.raw import RawTable, TableLimits
from core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

MAX_LIST_LENGTH = 10_000

REHEARSAL_SECONDS = 300.0
"""What takes longer to read counts as damaged; spectra of the largest size take far less."""


def read(content: bytes, limits: TableLimits, name: str) -> RawTable:
    """Open a Parquet file; its columns are read when they are asked for.

    Arrow ends the whole process on some damaged files, so a child reads the
    file first (`rehearse`) and only what it survives is read here.
    """
    try:
        child = subprocess.run(
            [sys.executable, "-m", "core.data.readers.parquet"],
            # `-m` looks here first: our own `core`, whatever lies where we were called.
            cwd=Path(core.__path__[0]).parent,
            input=content,
            capture_output=True,
            check=True,
            timeout=REHEARSAL_SECONDS,
        )
    except subprocess.SubprocessError as error:
        raise DataError(
            f"{name}: cannot be read as parquet, it is damaged or in another format. "
            "Copy or make it again."
        ) from error
    if child.stdout:
        raise DataError(f"{name}: {child.stdout.decode()}")
    file = _open(content)
    limits.check_shape(file.metadata.num_rows, len(file.schema_arrow.names), name)
    names = tuple(file.schema_arrow.names)
    has_card = CARD_KEY in (file.metadata.metadata or {})
    return RawTable(
        names,
        file.metadata.num_rows,
        lambda i: _column(file, names[i]),
        card_of(file, Path(name)) if has_card else None,
    )


def rehearse(content: bytes) -> str:
    """Read every column once; return what is wrong with their sizes, or ''.

    A file of a few kB can hold lists that fill any memory, so the lengths that
    it declares are looked at first.
    """
    file = _open(content)
    n_rows = file.metadata.num_rows
    for group in range(file.num_row_groups):
        for leaf in range(file.metadata.num_columns):
            chunk = file.metadata.row_group(group).column(leaf)
            if chunk.num_values > n_rows * MAX_LIST_LENGTH:
                return (
                    f"column '{chunk.path_in_schema.split('.')[0]}' holds {chunk.num_values:,} "
                    f"values in {n_rows:,} rows, far more than spectra need."
                )
    for column in file.schema_arrow.names:
        _column(file, column)
    return ""


def _open(content: bytes) -> "parquet.ParquetFile":
    import pyarrow as pa
    from pyarrow import parquet, types

    schema = parquet.ParquetFile(pa.BufferReader(content)).schema_arrow
    # Text stays encoded: a few kB could otherwise unpack to many GB.
    text = [f.name for f in schema if types.is_string(f.type) or types.is_binary(f.type)]
    # No threads here or below: at the end of a process, those that still hold Python's bytes
    # abort it now and then (apache/arrow issue 34314), which would look like a damaged file.
    return parquet.ParquetFile(pa.BufferReader(content), read_dictionary=text, pre_buffer=False)


def _column(file: "parquet.ParquetFile", column: str) -> np.ndarray:
    from pyarrow import types

    values = file.read(columns=[column], use_threads=False).column(0).combine_chunks()
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
    print(rehearse(sys.stdin.buffer.read()), end="")
