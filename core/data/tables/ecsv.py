"""Enhanced character-separated values: CSV below a header in YAML."""

import csv
from pathlib import Path

from core.data.tables.csv import Layout, stream
from core.data.tables.raw import RawStream, TableLimits
from core.errors import DataError

NAME, STARTS = "ECSV", (b"# %ECSV",)

MAX_HEADER_BYTES = 4 * 2**20


def read(path: Path, limits: TableLimits, name: str) -> list[RawStream | DataError]:
    """Open an ECSV file, whose header tells names, types, units and the delimiter."""
    from astropy.table.meta import get_header_from_yaml

    lines, line = [], "#"
    with path.open(encoding="utf-8", newline="") as file:
        while line.startswith("#") or not line.strip():
            line = file.readline(MAX_HEADER_BYTES)
            if not line:
                raise DataError(f"{name}: the ECSV file ends inside its header; it is truncated.")
            lines.append(line)
            if sum(map(len, lines)) > MAX_HEADER_BYTES:
                raise DataError(f"{name}: the ECSV header is longer than 4 MB.")
    header = get_header_from_yaml([text[2:].rstrip("\r\n") for text in lines[:-1]])
    columns = header["datatype"]
    delimiter = header.get("delimiter", " ")
    if delimiter not in (" ", ","):
        raise DataError(
            f"{name}: expected a space or a comma between the values of an ECSV file, received "
            f"'{str(delimiter)[:10]}'."
        )
    names = tuple(str(column["name"]) for column in columns)
    if tuple(next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter))) != names:
        raise DataError(
            f"{name}: the names in the ECSV header and those above the rows differ. Write the "
            "table again, or give it as CSV without its header."
        )
    texts = frozenset(i for i, column in enumerate(columns) if column["datatype"] == "string")
    units = tuple(str(column.get("unit", "")) for column in columns)
    return [stream(path, Layout(names, len(lines), delimiter, texts, units), limits, name)]
