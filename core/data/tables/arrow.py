"""Batches of Parquet files as arrays, and a rehearsal of reading them in a process of its own."""

import mmap
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.amounts import n_of
from core.data.tables.raw import MAX_ARRAY_LENGTH

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

REHEARSED_ROWS = 2048

FLUX = re.compile(r"(xp_|gaia_)?flux(es)?(_?err(or)?s?)?")
BAND = re.compile(r"(^|_)[br]p(_|$)", re.IGNORECASE)

END_BYTES = 8
"""After the footer come its length and 'PAR1'."""

EXACT_DIGITS = {"float": 15, "int": 18}
"""That a 64-bit number holds of decimals."""


def rehearse(path: Path) -> str:
    """Read every column once, a part at a time; return what is wrong with them, or ''.

    A file of a few kB can hold lists that fill any memory, so the lengths that
    it declares are looked at first.
    """
    from pyarrow import types

    with open_file(path) as file:
        n_rows, names = file.metadata.num_rows, file.schema_arrow.names
        twice = next((column for column in names if names.count(column) > 1), None)
        if twice is not None:
            return f"the column '{twice}' occurs more than once. Keep one of them."
        if _is_joined(path, file):
            return (
                "expected one Parquet file, found several joined, of which only the last can be "
                "read. Give each separately."
            )
        for group in range(file.num_row_groups):
            for leaf in range(file.metadata.num_columns):
                chunk = file.metadata.row_group(group).column(leaf)
                if chunk.num_values > n_rows * MAX_ARRAY_LENGTH:
                    return (
                        f"column '{chunk.path_in_schema.split('.')[0]}' holds "
                        f"{n_of(chunk.num_values, 'value')} in {n_of(n_rows, 'row')}, far more "
                        "than spectra need."
                    )
        ways = list(ways_to(file.schema_arrow).values())
        for batch in batches_of(file, names, REHEARSED_ROWS):
            for way in ways:
                values = follow(batch, way)
                if not types.is_nested(values.type) or is_list(values.type):
                    to_numpy(values)
    return ""


def _is_joined(path: Path, file: "parquet.ParquetFile") -> bool:
    """Return whether there is another Parquet file before this one in a file."""
    metadata = file.metadata
    ends = [4]
    for group in range(metadata.num_row_groups):
        for leaf in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(leaf)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            ends.append(start + chunk.total_compressed_size)
    if max(ends) + metadata.serialized_size + END_BYTES == path.stat().st_size:
        return False
    with path.open("rb") as raw, mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b"PAR1PAR1") >= 0


def open_file(path: Path) -> "parquet.ParquetFile":
    """Open a Parquet file so that it is read a piece at a time."""
    from pyarrow import parquet, types

    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
    # Text stays encoded: a few kB could otherwise unpack to many GB.
    of_text = (types.is_string, types.is_large_string, types.is_string_view)
    of_bytes = (types.is_binary, types.is_large_binary, types.is_binary_view)
    text = [f.name for f in schema if any(is_of(f.type) for is_of in of_text + of_bytes)]
    # In pieces of the buffer's size: a row group may hold all the rows of a file.
    return parquet.ParquetFile(path, read_dictionary=text, pre_buffer=False, buffer_size=2**20)


def batches_of(
    file: "parquet.ParquetFile", columns: list[str], rows: int, groups: Sequence[int] | None = None
) -> Iterator["pa.RecordBatch"]:
    """Yield some columns of at most so many rows at a time, of some row groups alone."""
    # No threads: at the end of a process, those that still work abort it now and then
    # (apache/arrow issue 34314), which would look like a damaged file.
    return file.iter_batches(rows, groups, columns=columns, use_threads=False)


def ways_to(schema: "pa.Schema") -> dict[str, tuple[str, ...]]:
    """Return the columns by name, each with the way to it; a struct of lists is its fields.

    LSDB and nested-pandas keep the arrays of a source in such: a list called flux is called so
    here, unless something else is; others by what holds them, such as 'bp_flux'.
    """
    leaves = [way for field in schema for way in _leaves(field)]
    fluxes = any("flux" in name.lower() for name in schema.names)
    ways: dict[str, tuple[str, ...]] = {way[0]: way for way in leaves if len(way) == 1}
    for way in leaves:
        if len(way) > 1:
            alone = [other[-1] for other in leaves].count(way[-1]) == 1 and not BAND.search(way[-2])
            bare = FLUX.fullmatch(way[-1].lower()) and alone and not fluxes
            name = way[-1] if bare else "_".join(way[-2:])
            ways["_".join(way) if name in ways else name] = way
    return dict(sorted(ways.items(), key=lambda item: schema.get_field_index(item[1][0])))


def _leaves(field: "pa.Field") -> list[tuple[str, ...]]:
    """Return the ways to the fields of a struct that has lists; else to the column itself."""
    from pyarrow import types

    def within(field: "pa.Field", above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        way, kind = (*above, field.name), field.type
        if types.is_struct(kind):
            for child in kind:
                yield from within(child, way)
        elif not types.is_nested(kind) or (is_list(kind) and not types.is_nested(kind.value_type)):
            yield way
            has_lists.append(is_list(kind))

    has_lists: list[bool] = []
    kind = field.type
    if types.is_struct(kind):
        ways = list(within(field, ()))
        return ways if any(has_lists) else [(field.name,)]
    if is_list(kind) and types.is_struct(kind.value_type):
        return [(field.name, c.name) for c in kind.value_type if not types.is_nested(c.type)]
    return [(field.name,)]


def follow(batch: "pa.RecordBatch", way: Sequence[str]) -> "pa.Array":
    """Return a column of `ways_to` of some rows."""
    import pyarrow as pa
    from pyarrow import compute, types

    values = batch.column(way[0])
    for name in way[1:]:
        if types.is_struct(values.type):
            values = compute.struct_field(values, name)
        else:
            lengths = compute.list_value_length(values).fill_null(0)
            ends = compute.cumulative_sum(lengths.cast(pa.int32()))
            offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
            fields = values.flatten().field(name)
            values = pa.ListArray.from_arrays(offsets, fields, mask=values.is_null())
    return values


def to_numpy(values: "pa.Array") -> np.ndarray:
    """Return a column as `RawTable.column` gives it; times in a zone as pandas' Timestamps."""
    import pyarrow as pa
    from pyarrow import compute, types

    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    kind = values.type
    if is_list(kind):
        lengths = compute.list_value_length(values)
        if len(values) and not values.null_count and len(lengths.unique()) == 1:
            cells = to_numpy(values.flatten()).reshape(len(values), -1)
            return np.ma.filled(cells.astype(float), np.nan) if np.ma.isMA(cells) else cells
    if types.is_dictionary(kind):
        texts = np.array([*values.dictionary.to_pylist(), None], object)
        indices = values.indices.cast(pa.int64()).fill_null(-1)
        return texts[indices.to_numpy(zero_copy_only=False)]
    if types.is_decimal(kind):
        if kind.scale == 0 and kind.precision <= EXACT_DIGITS["int"]:
            return to_numpy(values.cast(pa.int64()))
        if kind.precision <= EXACT_DIGITS["float"]:
            return to_numpy(values.cast(pa.float64()))
    if types.is_float16(kind):  # which few formats that are written have
        return to_numpy(values.cast(pa.float32()))
    if kind == pa.time64("ns"):  # Python's times end at microseconds
        values = values.cast(pa.time64("us"), safe=False)
    if types.is_date32(kind):
        with suppress(ValueError, OverflowError):  # of years that Python does not know
            return np.array(values.to_pylist(), object)
    if types.is_timestamp(kind) and kind.tz:
        return values.to_pandas().astype(object).to_numpy()
    if values.null_count and types.is_integer(kind):
        return np.ma.array(
            values.fill_null(0).to_numpy(zero_copy_only=False),
            mask=values.is_null().to_numpy(zero_copy_only=False),
        )
    return values.to_numpy(zero_copy_only=False)


def is_list(kind: "pa.DataType") -> bool:
    """Return whether the values of a type are lists, of whatever layout in memory."""
    from pyarrow import types

    return any(
        is_of(kind)
        for is_of in (
            types.is_list,
            types.is_large_list,
            types.is_fixed_size_list,
            types.is_list_view,
            types.is_large_list_view,
        )
    )


class _WithoutPandas:
    """Lets nobody find pandas, which Arrow imports where it can: longer than all the rest."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _is_plain(kind: "pa.DataType") -> bool:
    """Return whether a column of this type becomes an array without pandas, as times do not."""
    from pyarrow import types

    if is_list(kind) or types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    is_number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    return is_number or types.is_string(kind) or types.is_large_string(kind)


if __name__ == "__main__":
    asked = Path(sys.argv[1])
    with open_file(asked) as opened:
        if all(_is_plain(field.type) for field in opened.schema_arrow):
            sys.meta_path.insert(0, _WithoutPandas())
    print(rehearse(asked), end="")
