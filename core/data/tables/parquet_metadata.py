"""What programs write into the metadata of Parquet files: pandas' index, units of columns."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from core.amounts import n_of
from core.data.schema import ALIASES
from core.data.tables import votable
from core.data.tables.raw import SMALLEST_ID
from core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

Way = Sequence[str] | range


def with_index(
    columns: Mapping[str, Way], schema: "pa.Schema", n_rows: int, name: str
) -> dict[str, Way]:
    """Return the columns with pandas' index by its name, and as a range where it is not stored.

    A `DataError` if a range of source_ids does not fit the rows: they were filtered later.
    """
    told = _dictionary(schema, b"pandas")
    named = {c.get("field_name"): c.get("name") for c in told.get("columns", ())}
    found = dict(columns)
    for index in told.get("index_columns", ()):
        if not isinstance(index, dict):
            spelt = named.get(index)
            if spelt is not None and str(spelt) not in columns:
                found = {str(spelt) if k == index else k: way for k, way in found.items()}
            continue
        spelt = str(index["name"] or "")
        values = range(index["start"], index["stop"], index["step"])
        if spelt in found or (not spelt and values.start < SMALLEST_ID):  # the rows' numbers
            continue
        if len(values) == n_rows:
            found[spelt] = values
        elif spelt.lower() in ALIASES["source_id"]:
            raise DataError(
                f"{name}: pandas' index '{spelt}' has {n_of(len(values), 'value')}, but the "
                f"file has {n_of(n_rows, 'row')}; it was changed since. Write it again, with "
                "reset_index().to_parquet(...)."
            )
    return found


def _dictionary(schema: "pa.Schema", key: bytes) -> dict[str, Any]:
    try:
        found = json.loads((schema.metadata or {}).get(key, b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def units_of(schema: "pa.Schema", names: Sequence[str]) -> tuple[str, ...]:
    """Return the units that astropy, TOPCAT, pandas' attrs or the fields themselves declare."""
    units: dict[str, str] = {}
    for source in (_of_votable, _of_astropy, _of_attrs, _of_fields):
        with suppress(Exception):  # of texts that are not what their key says
            units |= {name: str(unit) for name, unit in source(schema) if unit}
    return tuple(units.get(name, "") for name in names) if units else ()


def _of_fields(schema: "pa.Schema") -> Iterator[tuple[str, Any]]:
    for field in schema:
        own = {key.lower(): value for key, value in (field.metadata or {}).items()}
        yield field.name, (own.get(b"unit") or own.get(b"units") or b"").decode()


def _of_astropy(schema: "pa.Schema") -> Iterator[tuple[str, Any]]:
    text = (schema.metadata or {}).get(b"table_meta_yaml")
    if text:
        from astropy.table.meta import get_header_from_yaml

        for column in get_header_from_yaml(text.decode().split("\n"))["datatype"]:
            yield column["name"], column.get("unit")


def _of_attrs(schema: "pa.Schema") -> Iterator[tuple[str, Any]]:
    yield from _dictionary(schema, b"PANDAS_ATTRS").get("units", {}).items()


def _of_votable(schema: "pa.Schema") -> Iterator[tuple[str, Any]]:
    """VOParquet 1.0 (IVOA Note), as TOPCAT writes it: a VOTable without rows."""
    text = (schema.metadata or {}).get(b"IVOA.VOTable-Parquet.content")
    yield from votable.units_of(text) if text else ()
