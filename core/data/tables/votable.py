"""The first table of a VOTable document."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from core.data.tables.raw import MAX_ARRAY_LENGTH, RawStream, RawTable, TableLimits
from core.errors import DataError

if TYPE_CHECKING:
    from astropy.io.votable.tree import VOTableFile

NAME, STARTS = "VOTable", ()  # told by its XML

MAX_DOCUMENT_BYTES = 2**30
MAX_TABLE_BYTES = 2**31
"""Rows of fixed arrays take this in memory, however short their text is."""

BYTES_OF_TYPE = {"boolean": 1, "bit": 1, "unsignedByte": 1, "char": 1, "short": 2, "unicodeChar": 4}
"""Of the VOTable types; others take 8, complex ones 16."""


def read(path: Path, limits: TableLimits, name: str) -> list[RawStream | DataError]:
    """Read a VOTable as a whole; its batches are parts of it."""
    from astropy.io import votable

    size = path.stat().st_size
    if size > MAX_DOCUMENT_BYTES:
        raise DataError(
            f"{name}: expected a VOTable of at most {MAX_DOCUMENT_BYTES:,} bytes, which is read as "
            f"a whole, received {size:,}. Save the table as FITS or Parquet."
        )
    _refuse_dangers(path, limits, name)
    document = votable.parse(path, verify="ignore")
    _refuse_errors(document, name)
    table = next(document.iter_tables(), None)
    if table is None:
        raise DataError(f"{name}: expected a table in the VOTable document, found none.")
    n_rows = len(table.array)
    limits.check_shape(n_rows, len(table.fields), name)
    names = tuple(field.name or "" for field in table.fields)
    columns = [table.array[identifier] for identifier in table.array.dtype.names]

    def batches(wanted: Sequence[int], rows: int) -> Iterator[RawTable]:
        for start in range(0, n_rows, rows):
            parts = {i: columns[i][start : start + rows] for i in wanted}
            yield RawTable(names, min(rows, n_rows - start), parts.__getitem__)

    units = tuple(str(field.unit or "") for field in table.fields)
    return [RawStream(names, n_rows, batches, units=units)]


def _refuse_errors(document: "VOTableFile", name: str) -> None:
    """Refuse what a service sent in place of a table, or after a part of one, in its own words.

    By DALI 1.1, section 4.4, an INFO called QUERY_STATUS of value ERROR holds the message.
    """
    infos = [*document.infos, *(info for part in document.resources for info in part.infos)]
    for info in infos:
        if (info.name or "").upper() == "QUERY_STATUS" and (info.value or "").upper() == "ERROR":
            said = " ".join((info.content or "no reason given").split())[:500]
            raise DataError(
                f"{name}: the service that made this VOTable reports an error: {said} "
                "Correct the query and download the table again."
            )


def _refuse_dangers(path: Path, limits: TableLimits, name: str) -> None:
    """Refuse what would fetch other files or unpack to any size, before astropy does it."""
    n_fields = n_rows = declared = row_bytes = 0

    def check_rows(rows: int) -> None:
        limits.check_shape(rows, 0, name)
        if rows * row_bytes > MAX_TABLE_BYTES:
            raise DataError(
                f"{name}: the VOTable's {rows:,} rows of {row_bytes:,} bytes do not fit into "
                "memory. Save the table as FITS or Parquet."
            )

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal n_fields, n_rows, declared, row_bytes
        element = tag.rpartition(":")[2].upper()
        if element == "STREAM":
            if "href" in attributes or attributes.get("encoding", "base64") != "base64":
                raise DataError(
                    f"{name}: the VOTable's data lie in another file or are compressed; "
                    "save it with its data inside, plain or base64."
                )
        elif element == "TABLE":
            n_fields = n_rows = row_bytes = 0
            told = attributes.get("nrows", "0")
            if not told.strip().isdecimal():
                raise DataError(
                    f"{name}: cannot be read as votable: expected a whole number in nrows, "
                    f"received '{told[:40]}'."
                )
            declared = int(told)
            check_rows(declared)
        elif element == "FIELD":
            n_fields += 1
            limits.check_shape(0, n_fields, name)
            length = math.prod(map(int, re.findall(r"\d+", attributes.get("arraysize", ""))))
            if length > MAX_ARRAY_LENGTH:
                raise DataError(
                    f"{name}: column '{attributes.get('name', '')}' has the array size "
                    f"{attributes['arraysize']}, far more than a spectrum needs."
                )
            row_bytes += length * BYTES_OF_TYPE.get(attributes.get("datatype", ""), 16)
            check_rows(declared)
        elif element == "TR":
            n_rows += 1
            check_rows(n_rows)

    def refuse_entity(entity: str, *_: object) -> None:
        raise DataError(f"{name}: the VOTable defines the XML entity '{entity}'; remove it.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse_entity
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise DataError(
            f"{name}: cannot be read as votable, its XML is truncated or damaged at line "
            f"{error.lineno}. Copy or download it again."
        ) from error
