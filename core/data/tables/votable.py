"""The tables of a VOTable document, and of several that were joined."""

import codecs
import io
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

from core.amounts import n_of
from core.data.tables.only import among
from core.data.tables.raw import MAX_ARRAY_LENGTH, Only, RawStream, RawTable, TableLimits
from core.errors import DataError
from core.meanings import Meaning

if TYPE_CHECKING:
    from astropy.io.votable.tree import TableElement, VOTableFile

NAME, STARTS = "VOTable", ()  # told by its XML
ENDINGS = (".vot", ".votable")

HEAD_BYTES = 2**16
"""In which a document tells that it is one."""

CUT_OFF = (
    "the service cut this table off at its limit (QUERY_STATUS OVERFLOW), so rows are missing; ask "
    "for fewer, or raise the limit (MAXREC), and download it again"
)

MAX_DOCUMENT_BYTES = 2**30
MAX_TABLE_BYTES = 2**31
"""Rows of fixed arrays take this in memory, however short their text is."""

BYTES_OF_TYPE = {"boolean": 1, "bit": 1, "unsignedByte": 1, "char": 1, "short": 2, "unicodeChar": 4}
"""Of the VOTable types; others take 8, complex ones 16."""


def read(path: Path, limits: TableLimits, name: str) -> list[RawStream | DataError]:
    """Read a VOTable as a whole; its batches are parts of it."""
    size = path.stat().st_size
    if size > MAX_DOCUMENT_BYTES:
        raise DataError(
            f"{name}: expected a VOTable of at most {MAX_DOCUMENT_BYTES:,} bytes, which is read as "
            f"a whole, received {size:,}. Save the table as FITS or Parquet."
        )
    documents = [_parsed(part) for part in _documents(path, limits, name)]
    tables = [table for document in documents for table in document.iter_tables()]
    statuses = [found for document in documents for found in _statuses(document)]
    _refuse_errors(statuses, name)
    if not tables:
        raise DataError(f"{name}: expected a table in the VOTable document, found none.")
    streams: list[RawStream | DataError] = []
    for number, table in enumerate(tables, 1):
        label = f"TABLE {number} {table.name or table.ID or ''}".rstrip() if tables[1:] else ""
        try:
            stream = _stream(table, limits, f"{name} > {label}" if label else name, label)
            if "OVERFLOW" in dict(statuses):
                stream.notes.append(CUT_OFF)
            streams.append(stream)
        except DataError as error:
            streams.append(error)
    return streams


def _parsed(source: Path | io.BytesIO) -> "VOTableFile":
    from astropy.io import votable

    return votable.parse(source, verify="ignore")


def _stream(table: "TableElement", limits: TableLimits, name: str, label: str) -> RawStream:
    n_rows = len(table.array)
    limits.check_shape(n_rows, len(table.fields), name)
    names = tuple(field.name or "" for field in table.fields)
    columns = [table.array[identifier] for identifier in table.array.dtype.names]

    def batches(wanted: Sequence[int], rows: int, only: Only | None = None) -> Iterator[RawTable]:
        for start in range(0, n_rows, rows):
            asked = {*wanted} if only is None else {*wanted, only.position}
            parts = {i: columns[i][start : start + rows] for i in asked}
            table = RawTable(names, min(rows, n_rows - start), parts.__getitem__)
            if only is not None:
                column = names[only.position]
                table = table.only(among(only, parts[only.position], column, name, start))
            yield table

    units = tuple(str(field.unit or "") for field in table.fields)
    ucds = tuple(str(field.ucd or "") for field in table.fields)
    about = tuple(str(field.description or "") for field in table.fields)
    return RawStream(
        names, n_rows, batches, label=label, units=units, ucds=ucds, descriptions=about
    )


def _statuses(document: "VOTableFile") -> Iterator[tuple[str, str]]:
    """Yield what a service says of its query, and its message; see DALI 1.1, section 4.4."""
    of_tables = (info for table in document.iter_tables() for info in table.infos)
    of_parts = (info for part in document.resources for info in part.infos)
    for info in (*document.infos, *of_parts, *of_tables):
        if (info.name or "").upper() == "QUERY_STATUS":
            yield (info.value or "").upper(), " ".join((info.content or "").split())[:500]


def _refuse_errors(statuses: Sequence[tuple[str, str]], name: str) -> None:
    """Refuse what a service sent in place of a table, or after a part of one, in its own words."""
    for value, said in statuses:
        if value == "ERROR":
            raise DataError(
                f"{name}: the service that made this VOTable reports an error: "
                f"{said or 'no reason given'} Correct the query and download the table again."
            )


def columns_of(document: bytes) -> Iterator[tuple[str, Meaning]]:
    """Yield the names of the columns that a document declares, and what it says of them."""
    fields: list[dict[str, str]] = []
    above: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        above.append(tag.rpartition(":")[2].upper())
        if above[-1] == "FIELD":
            fields.append(attributes | {"": ""})

    def text(part: str) -> None:
        if above[-2:] == ["FIELD", "DESCRIPTION"]:
            fields[-1][""] += part

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _: above.pop()
    parser.Parse(document, True)
    for field in fields:
        unit, ucd = field.get("unit", ""), field.get("ucd", "")
        yield field.get("name", ""), Meaning(unit, ucd, field[""])


def _documents(path: Path, limits: TableLimits, name: str) -> list[Path | io.BytesIO]:
    """Return the document in a file, or those that were joined in it; refuse what else follows."""
    documents: list[Path | io.BytesIO] = []
    start = 0
    with path.open("rb") as file:
        while (size := _checked(file, limits, name)) is not None:
            file.seek(start)
            documents.append(io.BytesIO(file.read(size)))
            head = file.read(HEAD_BYTES)
            start += size + len(codecs.BOM_UTF8) * head.startswith(codecs.BOM_UTF8)
            head = head.removeprefix(codecs.BOM_UTF8)
            if not (head.startswith(b"<") and b"VOTABLE" in head.upper()):
                raise DataError(
                    f"{name}: expected the end of the file after </VOTABLE>, found "
                    f"{head[:20].decode('latin-1')!a}; it was joined with another file or is "
                    "damaged. Give each file separately."
                )
            file.seek(start)
        file.seek(start)
        return [*documents, io.BytesIO(file.read())] if documents else [path]


def _checked(file: IO[bytes], limits: TableLimits, name: str) -> int | None:
    """Return where in a file something follows the document, None if nothing does.

    Refuses what would fetch other files or unpack to any size, before astropy does it.
    """
    n_fields = n_rows = declared = row_bytes = depth = n_elements = 0

    def check_rows(rows: int) -> None:
        limits.check_shape(rows, 0, name)
        if rows * row_bytes > MAX_TABLE_BYTES:
            raise DataError(
                f"{name}: the VOTable's {n_of(rows, 'row')} of {n_of(row_bytes, 'byte')} do not "
                "fit into memory. Save the table as FITS or Parquet."
            )

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal n_fields, n_rows, declared, row_bytes, depth, n_elements
        depth, n_elements = depth + 1, n_elements + 1
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

    def finish(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse_entity(entity: str, *_: object) -> None:
        raise DataError(f"{name}: the VOTable defines the XML entity '{entity}'; remove it.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = finish
    parser.EntityDeclHandler = refuse_entity
    try:
        parser.ParseFile(file)
    except expat.ExpatError as error:
        if n_elements and not depth:
            return parser.ErrorByteIndex
        raise DataError(
            f"{name}: cannot be read as votable, its XML is truncated or damaged at line "
            f"{error.lineno}. Copy or download it again."
        ) from error
    return None
