"""One schema for parts that were written one by one, and parts brought to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data.tables.parquet_metadata import of_field
from core.meanings import NOTHING, Meaning, agree
from core.prediction.catalogue.own_columns import EXACT_IN_FLOAT, join
from core.prediction.catalogue.with_own import COLUMNS
from core.scale.put_down import replacing_alone
from core.scale.repeated import read_marks

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet


def common_schema(footers: Sequence["parquet.FileMetaData"]) -> "pa.Schema":
    """Return the schema that holds every part without losing a digit.

    A column has the type that `own_columns.join` would give it: whole numbers beside decimals are
    decimals where those hold them, and what goes together in no other way is text.
    """
    import pyarrow as pa

    fields: dict[str, list[tuple[pa.Field, int]]] = {}
    schemas = _distinct(footers)
    meanings, _ = _agreed(schemas)
    for number, schema in schemas:
        for field in schema:
            fields.setdefault(field.name, []).append((field, number))
    merged = []
    for name, found in fields.items():
        types = list(dict.fromkeys(field.type for field, _ in found if field.type != pa.null()))
        kind = types[0] if len(types) == 1 else _joint(name, types, footers)
        merged.append(pa.field(name, kind, metadata=_about(meanings.get(name, NOTHING))))
    schema = pa.schema(merged)
    return schema.with_metadata({**schemas[0][1].metadata, b"pandas": _for_pandas(schema)})


def fits(schema: "pa.Schema", wanted: "pa.Schema") -> bool:
    """Return whether a part has the columns and types that are wanted, in their order."""
    return schema.names == wanted.names and schema.types == wanted.types


def bring_to(path: Path, wanted: "pa.Schema", marks: Path) -> None:
    """Rewrite a part with the columns that are wanted, and `repeated` where `marks` say so.

    The old part is there until the new one is whole.
    """
    import pyarrow as pa
    from pyarrow import parquet

    table = parquet.read_table(path, use_threads=False)
    columns = []
    for field in wanted:
        if field.name == "repeated":
            repeated = np.zeros(table.num_rows, bool)
            repeated[read_marks(marks, path.name)] = True
            columns.append(pa.array(repeated))
        elif field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
        elif table.schema.field(field.name).type == field.type:
            columns.append(table[field.name])
        else:
            columns.append(_brought(table.select([field.name]).to_pandas()[field.name], field))
    # What the part says of a column holds in it, even if others say something else.
    own = {field.name: field.metadata for field in table.schema}
    fields = [field.with_metadata(own.get(field.name) or field.metadata) for field in wanted]
    new = pa.Table.from_arrays(columns, schema=pa.schema(fields, wanted.metadata))
    with replacing_alone(path) as temporary:
        parquet.write_table(new, temporary, compression="zstd")


def _distinct(footers: Sequence["parquet.FileMetaData"]) -> list[tuple[int, "pa.Schema"]]:
    found: dict[Any, tuple[int, pa.Schema]] = {}
    for number, footer in enumerate(footers):
        schema = footer.schema.to_arrow_schema()
        key = tuple((field.name, field.type, of_field(field)) for field in schema)
        found.setdefault(key, (number, schema))
    return list(found.values())


def differing_units(footers: Sequence["parquet.FileMetaData"]) -> str:
    """Return a sentence on own columns whose units differ from part to part; '' if none do."""
    return _agreed(_distinct(footers))[1]


def _agreed(schemas: Sequence[tuple[int, "pa.Schema"]]) -> tuple[dict[str, Meaning], str]:
    return agree((field.name, of_field(field)) for _, schema in schemas for field in schema)


def _about(meaning: Meaning) -> dict[str, str]:
    return {key: text for key, text in vars(meaning).items() if text}


def _for_pandas(schema: "pa.Schema") -> bytes:
    """Return what tells pandas that own whole numbers and truth values may have gaps."""
    import pyarrow as pa

    frame = schema.empty_table().to_pandas()
    for name in frame.columns.difference((*COLUMNS, "repeated")):
        if frame[name].dtype.kind in "iub":
            frame[name] = frame[name].convert_dtypes()
    return pa.Table.from_pandas(frame, preserve_index=False).schema.metadata[b"pandas"]


def _joint(
    name: str, types: Sequence["pa.DataType"], footers: Sequence["parquet.FileMetaData"]
) -> "pa.DataType":
    """Return the type of a column that has several; of none, text, as readers expect something."""
    import pyarrow as pa
    from pyarrow import types as of

    if not types:
        return pa.string()
    if all(map(of.is_integer, types)):
        return pa.int64()
    if all(map(of.is_floating, types)):
        return pa.float64()
    if all(of.is_integer(kind) or of.is_floating(kind) for kind in types):
        return pa.float64() if _is_exact(name, footers) else pa.string()
    if all(map(of.is_timestamp, types)):
        zones = {kind.tz for kind in types}
        if len(zones) == 1:
            return pa.timestamp("us", zones.pop())
        return pa.string() if None in zones else pa.timestamp("us", "UTC")
    return pa.string()


def _is_exact(name: str, footers: Sequence["parquet.FileMetaData"]) -> bool:
    """Return whether decimals hold all the whole numbers of a column, by the statistics."""
    for footer in footers:
        column = footer.schema.names.index(name) if name in footer.schema.names else -1
        for group in range(footer.num_row_groups if column >= 0 else 0):
            chunk = footer.row_group(group).column(column)
            if chunk.physical_type not in ("INT32", "INT64") or not chunk.num_values:
                continue
            known = chunk.statistics
            if known is None or not known.has_min_max:
                if known is not None and known.null_count == chunk.num_values:
                    continue
                return False
            if max(abs(known.min), abs(known.max)) > EXACT_IN_FLOAT:
                return False
    return True


def _brought(values: pd.Series, field: "pa.Field") -> "pa.Array":
    """Return a column as the wanted type, made by what joins the columns of several files."""
    import pyarrow as pa
    from pyarrow import types as of

    if values.isna().all():
        return pa.nulls(len(values), field.type)
    if of.is_string(field.type):
        other: Any = pd.Series(["text"], dtype=object)
    elif of.is_floating(field.type):
        other = pd.Series([0.5])
    elif of.is_integer(field.type):
        other = pd.Series([0], dtype="Int64")
    else:
        other = pd.Series([pd.Timestamp(0, tz=field.type.tz)])
    return pa.array(join([values, other])[:-1], field.type, from_pandas=True)
