"""Batches of Parquet files as arrays, and a rehearsal of reading them in a process of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data.tables.raw import MAX_ARRAY_LENGTH

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

REHEARSED_ROWS = 2048


def rehearse(path: Path) -> str:
    """Read every column once, a part at a time; return what is wrong with them, or ''.

    A file of a few kB can hold lists that fill any memory, so the lengths that
    it declares are looked at first.
    """
    with open_file(path) as file:
        n_rows, names = file.metadata.num_rows, file.schema_arrow.names
        twice = next((column for column in names if names.count(column) > 1), None)
        if twice is not None:
            return f"the column '{twice}' occurs more than once. Keep one of them."
        for group in range(file.num_row_groups):
            for leaf in range(file.metadata.num_columns):
                chunk = file.metadata.row_group(group).column(leaf)
                if chunk.num_values > n_rows * MAX_ARRAY_LENGTH:
                    return (
                        f"column '{chunk.path_in_schema.split('.')[0]}' holds "
                        f"{chunk.num_values:,} values in {n_rows:,} rows, far more than spectra "
                        "need."
                    )
        for batch in batches_of(file, names, REHEARSED_ROWS):
            for column in range(batch.num_columns):
                to_numpy(batch.column(column))
    return ""


def open_file(path: Path) -> "parquet.ParquetFile":
    """Open a Parquet file so that it is read a piece at a time."""
    from pyarrow import parquet, types

    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
    # Text stays encoded: a few kB could otherwise unpack to many GB.
    text = [f.name for f in schema if types.is_string(f.type) or types.is_binary(f.type)]
    # In pieces of the buffer's size: a row group may hold all the rows of a file.
    return parquet.ParquetFile(path, read_dictionary=text, pre_buffer=False, buffer_size=2**20)


def batches_of(
    file: "parquet.ParquetFile", columns: list[str], rows: int
) -> Iterator["pa.RecordBatch"]:
    """Yield some columns of at most so many rows at a time."""
    # No threads: at the end of a process, those that still work abort it now and then
    # (apache/arrow issue 34314), which would look like a damaged file.
    return file.iter_batches(rows, columns=columns, use_threads=False)


def to_numpy(values: "pa.Array") -> np.ndarray:
    """Return a column as `RawTable.column` gives it."""
    import pyarrow as pa
    from pyarrow import compute, types

    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    kind = values.type
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        lengths = compute.list_value_length(values)
        if len(values) and not values.null_count and len(lengths.unique()) == 1:
            return values.flatten().to_numpy(zero_copy_only=False).reshape(len(values), -1)
    if types.is_dictionary(kind):
        texts = np.array([*values.dictionary.to_pylist(), None], object)
        return texts[values.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    if values.null_count and types.is_integer(kind):
        return np.ma.array(
            values.fill_null(0).to_numpy(zero_copy_only=False),
            mask=values.is_null().to_numpy(zero_copy_only=False),
        )
    return values.to_numpy(zero_copy_only=False)


if __name__ == "__main__":
    print(rehearse(Path(sys.argv[1])), end="")
