"""Parquet tables of any layout: a column per sample, or one column of lists."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data.parquet import CARD_KEY, card_of
from core.data.readers.raw import RawTable, TableLimits
from core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

MAX_LIST_LENGTH = 10_000


def read(content: bytes, limits: TableLimits, name: str) -> RawTable:
    """Open a Parquet file; its columns are read when they are asked for."""
    import pyarrow as pa
    from pyarrow import parquet, types

    def opened(as_dictionary: list[str]) -> parquet.ParquetFile:
        return parquet.ParquetFile(pa.BufferReader(content), read_dictionary=as_dictionary)

    schema = opened([]).schema_arrow
    # Text stays encoded: a few kB could otherwise unpack to many GB.
    file = opened([f.name for f in schema if types.is_string(f.type) or types.is_binary(f.type)])
    limits.check_shape(file.metadata.num_rows, len(schema.names), name)
    has_card = CARD_KEY in (file.metadata.metadata or {})
    return RawTable(
        tuple(schema.names),
        file.metadata.num_rows,
        lambda i: _column(file, schema.names[i], name),
        card_of(file, Path(name)) if has_card else None,
    )


def _column(file: "parquet.ParquetFile", column: str, name: str) -> np.ndarray:
    """Read one column, unless it would unpack to more than its rows can need."""
    from pyarrow import types

    n_rows = file.metadata.num_rows
    leaves = [
        i
        for i in range(file.metadata.num_columns)
        if file.schema.column(i).path.split(".")[0] == column
    ]
    n_values = sum(
        file.metadata.row_group(group).column(leaf).num_values
        for group in range(file.num_row_groups)
        for leaf in leaves
    )
    if n_values > n_rows * MAX_LIST_LENGTH:
        raise DataError(
            f"{name}: column '{column}' holds {n_values:,} values in {n_rows:,} rows, far more "
            "than spectra need."
        )
    values = file.read(columns=[column]).column(0).combine_chunks()
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
