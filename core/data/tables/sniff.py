"""Which format a file is in, told by its content; endings lie too often.

A format is a module that has its `NAME`, the bytes that its files begin with (`STARTS`), and
`read`, and a line in `FORMATS`.
"""

import re

from core.data.tables import csv, ecsv, fits, parquet, votable
from core.data.tables.lines import as_utf8
from core.errors import DataError

HEAD_BYTES = 2**16
"""How much of a file is looked at."""

FORMATS = {"csv": csv, "parquet": parquet, "fits": fits, "votable": votable, "ecsv": ecsv}

ARCHIVES = {b"\x1f\x8b": "gz", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}

OTHERS = {
    b"\xff\xd8\xff": "a JPEG image",
    b"\x89PNG": "a PNG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 file",
    b"CDF": "a NetCDF file",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document",
    b"\x93NUMPY": "a NumPy array",
    b"ARROW1": "an Arrow (Feather) file",
    b"SQLite format 3": "an SQLite database",
    **dict.fromkeys((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"), "a Python pickle"),
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "an empty zip archive",
    **dict.fromkeys((b"{", b"["), "JSON"),
}

_NAMES = [module.NAME for module in FORMATS.values()]
DO = f"Give the table as {', '.join(_NAMES[:-1])} or {_NAMES[-1]}, also in a .gz or .zip."


def archive_of(head: bytes) -> str | None:
    """Return 'gz' or 'zip' if a file that starts so has to be unpacked."""
    return next((kind for start, kind in ARCHIVES.items() if head.startswith(start)), None)


def format_of(head: bytes, name: str, expected: str | None = None) -> str:
    """Return which of `FORMATS` a file is in, by its first `HEAD_BYTES`, unpacked.

    Raises a `DataError` that says what it is, if it is empty, in no format of tables, or in another
    than was `expected`.
    """
    if expected not in (None, *FORMATS):
        raise DataError(f"{name}: unknown format '{expected}'; known are {', '.join(FORMATS)}.")
    format = _told_format(head, name)
    if format != (expected or format):
        raise DataError(f"{name}: expected {expected}, but the file is {format}. Choose that.")
    return format


def _told_format(head: bytes, name: str) -> str:
    for format, module in FORMATS.items():
        if head.startswith(module.STARTS):
            return format
    plain = as_utf8(head)
    text = plain.lstrip()
    if not text:
        raise DataError(f"{name}: the file is empty. {DO}")
    if text.startswith(ecsv.STARTS):
        return "ecsv"
    if text.startswith(b"<"):
        if b"VOTABLE" in text.upper():
            return "votable"
        page = b"<HTML" in text.upper() or b"DOCTYPE HTML" in text.upper()
        what = "a web page (perhaps an error or a login of the site)"
        what = what if page else "XML of another kind"
        raise DataError(f"{name}: expected a table, received {what}. {DO}")
    other = next((words for start, words in OTHERS.items() if text.startswith(start)), None)
    if other is None and head[257:262] == b"ustar":
        other = "a tar archive"
    if archive_of(text):
        raise DataError(f"{name}: expected a table, received {other}. Unpack the inner archive.")
    if other is not None:
        raise DataError(f"{name}: expected a table, received {other}. {DO}")
    if b"\0" in plain or len(re.findall(rb"[\x01-\x08\x0e-\x1f]", plain)) > len(plain) // 100:
        raise DataError(f"{name}: expected a table, received binary data. {DO}")
    return "csv"
