"""Enhanced character-separated values: CSV below a header in YAML."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.data.tables.csv import stream
from core.data.tables.layout import Layout
from core.data.tables.lines import Source, lines
from core.data.tables.raw import RawStream, TableLimits
from core.errors import DataError
from core.meanings import Meaning

NAME, STARTS = "ECSV", (b"# %ECSV",)
ENDINGS = (".ecsv",)

MAX_HEADER_BYTES = 4 * 2**20


def read(path: Source, limits: TableLimits, name: str) -> list[RawStream | DataError]:
    """Open an ECSV file, whose header tells names, types, units and the delimiter."""
    from astropy.table.meta import get_header_from_yaml

    found: list[str] = []
    for line in lines(path, name):
        found.append(line)
        if line.strip() and not line.startswith("#"):
            break
        if sum(map(len, found)) > MAX_HEADER_BYTES:
            raise DataError(f"{name}: the ECSV header is longer than 4 MB.")
    else:
        raise DataError(f"{name}: the ECSV file ends inside its header; it is truncated.")
    header = get_header_from_yaml([text[2:].rstrip("\r\n") for text in found[:-1]])
    columns = header["datatype"]
    delimiter = header.get("delimiter", " ")
    if delimiter not in (" ", ","):
        raise DataError(
            f"{name}: expected a space or a comma between the values of an ECSV file, received "
            f"'{str(delimiter)[:10]}'."
        )
    names = tuple(str(column["name"]) for column in columns)
    texts = frozenset(i for i, column in enumerate(columns) if column["datatype"] == "string")
    units = tuple(str(column.get("unit", "")) for column in columns)
    types = frozenset(text.rstrip() for text in found if text.startswith("# - {name:"))
    layout = Layout(names, len(found), delimiter, texts, units, line, types)
    if layout.split(line) != [column.strip() for column in names]:
        raise DataError(
            f"{name}: the names in the ECSV header and those above the rows differ. Write the "
            "table again, or give it as CSV without its header."
        )
    told = [meaning_of(column) for column in columns]
    ucds, about = (tuple(getattr(each, of) for each in told) for of in ("ucd", "description"))
    return [replace(stream(path, layout, limits, name), ucds=ucds, descriptions=about)]


def meaning_of(column: Mapping[str, Any]) -> Meaning:
    """Return what a header of astropy's (ECSV, also in FITS and Parquet) says of a column."""
    meta = column.get("meta")
    ucd = meta.get("ucd") if isinstance(meta, Mapping) else None
    unit, about = column.get("unit"), column.get("description")
    return Meaning(*(str(text or "") for text in (unit, ucd, about)))
