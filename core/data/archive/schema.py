"""What an archive says of its own tables (TAP_SCHEMA), and which are of a release of Gaia."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TABLES = "SELECT schema_name, table_name, description FROM tap_schema.tables"
COLUMNS = (
    "SELECT table_name, column_name, datatype, ucd, description FROM tap_schema.columns "
    "WHERE table_name IN ({})"
)
COLUMN_TABLES_AT_ONCE = 200

# gaiadr3, gaia_dr4, gdr4, gaia4; 'edr3' is an early one, and SDSS has a DR13.
_OF_GAIA = re.compile(r"(?:^|[^a-z])(?:gaia|g)?_?(?:archive_?)?(e?)dr_?(\d+)(?!\d)", re.IGNORECASE)
_SHORT = re.compile(r"gaia_?(\d)(?!\d)", re.IGNORECASE)
_IN_WORDS = re.compile(r"gaia\W*(?:(?:data\W*release|dr)\W*)(\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """A column as TAP_SCHEMA tells it."""

    name: str
    datatype: str = ""
    ucd: str = ""
    description: str = ""


@dataclass(frozen=True)
class Table:
    """A table as TAP_SCHEMA tells it; `name` is how queries name it, with its schema."""

    name: str
    schema: str = ""
    description: str = ""
    columns: tuple[Column, ...] = ()

    @property
    def short(self) -> str:
        """Its name without its schema."""
        return self.name.rpartition(".")[2].strip('"')

    @property
    def release(self) -> str | None:
        """The release of its sources, such as 'Gaia DR3'; by its schema, else by its own words."""
        schema = self.schema or self.name.rpartition(".")[0]
        for text in (schema, self.short):
            for early, number in _OF_GAIA.findall(text):
                return f"Gaia {'E' * bool(early)}DR{number}"
            if short := _SHORT.search(text):
                return f"Gaia DR{short[1]}"
        words = _IN_WORDS.search(self.description)
        return f"Gaia DR{words[1]}" if words else None


def tables_of(rows: Iterable[Mapping[str, Any]]) -> list[Table]:
    """Return the tables of an answer to `TABLES`; TAP_SCHEMA's own are left out."""
    found = []
    for row in rows:
        schema, name = _text(row["schema_name"]), _text(row["table_name"])
        if schema.lower() in ("tap_schema", "tap_upload") or not name:
            continue
        if "." not in name and schema and schema.lower() not in ("default", "public"):
            name = f"{schema}.{name}"
        found.append(Table(name, schema, _text(row.get("description"))))
    return found


def columns_query(tables: Iterable[Table]) -> str:
    """Return the query for the columns of tables, however TAP_SCHEMA names them."""
    names = sorted({name for table in tables for name in (table.name, table.short)})
    return COLUMNS.format(", ".join("'" + name.replace("'", "''") + "'" for name in names))


def with_columns(tables: Iterable[Table], rows: Iterable[Mapping[str, Any]]) -> list[Table]:
    """Return tables with the columns that answers to `columns_query` tell."""
    by_table: dict[str, list[Column]] = {}
    for row in rows:
        texts = (_text(row.get(key)) for key in ("column_name", "datatype", "ucd", "description"))
        by_table.setdefault(_text(row["table_name"]), []).append(Column(*texts))
    return [
        Table(
            table.name,
            table.schema,
            table.description,
            tuple(by_table.get(table.name) or by_table.get(table.short) or ()),
        )
        for table in tables
    ]


def _text(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) else ""
