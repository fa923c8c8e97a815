"""What programs write into the metadata of Parquet files: pandas' index, what columns mean."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from core.amounts import n_of
from core.data.schema import ALIASES
from core.data.tables import votable
from core.data.tables.ecsv import meaning_of
from core.data.tables.raw import SMALLEST_ID
from core.errors import DataError
from core.meanings import KEYS, NOTHING, Meaning, meanings_in

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


def meanings(schema: "pa.Schema", names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return units, UCDs and descriptions of columns, each () where there is none.

    Those that astropy, TOPCAT, pandas' attrs or the fields themselves declare.
    """
    told: dict[str, Meaning] = {}
    for source in (_of_votable, _of_astropy, _of_attrs, _of_fields):
        with suppress(Exception):  # of texts that are not what their key says
            for name, new in source(schema):
                old = told.get(name, NOTHING)
                told[name] = Meaning(*(getattr(new, of) or getattr(old, of) for of in KEYS))
    columns = (tuple(getattr(told.get(name, NOTHING), of) for name in names) for of in KEYS)
    return tuple(texts if any(texts) else () for texts in columns)


def of_field(field: "pa.Field") -> Meaning:
    """Return what a column's own metadata say."""
    own = {
        key.lower(): value.decode(errors="replace") for key, value in (field.metadata or {}).items()
    }
    return Meaning(
        own.get(b"unit") or own.get(b"units") or "",
        own.get(b"ucd", ""),
        own.get(b"description") or own.get(b"comment") or "",
    )


def _of_fields(schema: "pa.Schema") -> Iterator[tuple[str, Meaning]]:
    return ((field.name, of_field(field)) for field in schema)


def _of_astropy(schema: "pa.Schema") -> Iterator[tuple[str, Meaning]]:
    text = (schema.metadata or {}).get(b"table_meta_yaml")
    if text:
        from astropy.table.meta import get_header_from_yaml

        for column in get_header_from_yaml(text.decode().split("\n"))["datatype"]:
            yield str(column["name"]), meaning_of(column)


def _of_attrs(schema: "pa.Schema") -> Iterator[tuple[str, Meaning]]:
    return iter(meanings_in(_dictionary(schema, b"PANDAS_ATTRS")).items())


def _of_votable(schema: "pa.Schema") -> Iterator[tuple[str, Meaning]]:
    """VOParquet 1.0 (IVOA Note), as TOPCAT writes it: a VOTable without rows."""
    text = (schema.metadata or {}).get(b"IVOA.VOTable-Parquet.content")
    return votable.columns_of(text) if text else iter(())
