"""Which format a file is in, told by its content; endings lie too often.

A format is a module that has its `NAME`, the bytes that its files begin with (`STARTS`), `ENDINGS`
that mean it, and `read`, and a line in `FORMATS`.
"""

import re
from collections import Counter
from collections.abc import Sequence

from core.data.tables import csv, ecsv, fits, parquet, votable
from core.data.tables.layout import DELIMITERS, FRAME
from core.data.tables.lines import as_utf8
from core.errors import DataError, NotATable

HEAD_BYTES = 2**16
"""How much of a file is looked at."""

FORMATS = {"csv": csv, "parquet": parquet, "fits": fits, "votable": votable, "ecsv": ecsv}

READ_THROUGH = ("csv", "ecsv")
"""Formats that are read from the start to the end, and need not lie on the disk."""

ARCHIVES = {b"\x1f\x8b": "gz", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}

DOCUMENTS = {
    b"\xff\xd8\xff": "a JPEG image",
    b"\x89PNG": "a PNG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"%!PS": "a PostScript document",
}
"""What never holds a table, and is left aside among tables."""

DOCUMENT_ENDINGS = (
    ".md", ".rst", ".tex", ".bib", ".html", ".htm", ".pdf", ".ps", ".eps", ".doc", ".docx", ".odt",
    ".ppt", ".pptx", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".bmp", ".tif", ".tiff", ".webp",
    ".py", ".pyc", ".ipynb", ".r", ".sh", ".sql", ".log", ".yml", ".yaml", ".toml", ".ini", ".cfg",
)  # fmt: skip
TABLE_ENDINGS = tuple(ending for module in FORMATS.values() for ending in module.ENDINGS)
"""A file of such a name is meant to be a table: whatever else it holds, it is refused."""

OTHERS = {
    **DOCUMENTS,
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

NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf|[+-]?\d+:\d+:\d+\.?\d*", re.IGNORECASE
)
"""A number, or hours or degrees with minutes and seconds."""

MANY_CELLS = 20
"""More commas than that in a line are those of a table, even if it has no row."""

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
    body = as_utf8(head)
    text = body.lstrip()
    if not text:
        raise DataError(f"{name}: the file is empty. {DO}")
    if text.startswith(ecsv.STARTS):
        return "ecsv"
    if text.startswith(b"<") and b"VOTABLE" in text.upper():
        return "votable"
    plain = name.lower().removesuffix(".gz")
    meant = plain.endswith(TABLE_ENDINGS)
    is_document = not meant and plain.endswith(DOCUMENT_ENDINGS)
    other = _other(body, text)
    if other is None:
        lines = [line for line in text.decode("latin-1").splitlines() if line.strip()]
        if meant or not is_prose(lines, likely=is_document):
            return "csv"
        other = f"text that is no table ({lines[0].strip()[:40]!a}...)"  # for terminals, too
        is_document = True
    todo = "Unpack the inner archive." if archive_of(text) else DO
    if is_document or (other in DOCUMENTS.values() and not meant):
        raise NotATable(name, other, todo)
    raise DataError(f"{name}: expected a table, received {other}. {todo}")


def _other(body: bytes, text: bytes) -> str | None:
    """Return what a file is that is no table by its first bytes; None for text."""
    for start, words in OTHERS.items():
        if text.startswith(start):
            return words
    if text.startswith(b"<"):
        page = b"<HTML" in text.upper() or b"DOCTYPE HTML" in text.upper()
        what = "a web page (perhaps an error or a login of the site)"
        return what if page else "XML of another kind"
    if body[257:262] == b"ustar":
        return "a tar archive"
    if b"\0" in body or len(re.findall(rb"[\x01-\x08\x0e-\x1f]", body)) > len(body) // 100:
        return "binary data"
    return None


def is_prose(lines: Sequence[str], *, likely: bool = False) -> bool:
    """Return whether lines of text are neither rows of numbers or ids nor cells in columns.

    Where prose is `likely`, both must be there to make it a table.
    """
    kept = [line for line in lines if not re.match(f"#|{FRAME}$", line)]
    if not kept:  # a table without rows, or a note on nothing
        return likely
    # Names may begin with a hash, too.
    return not any(_is_table(some, strictly=likely) for some in (kept, lines))


def _is_table(lines: Sequence[str], *, strictly: bool) -> bool:
    below = lines[1:] or lines  # the names
    rows = 2 * sum(len(line) for line in below if _is_row(line)) >= sum(map(len, below))
    return (rows and _has_columns(lines)) if strictly else (rows or _has_columns(lines))


def _has_columns(lines: Sequence[str]) -> bool:
    # A word a line is one column, unless the words are sentences of a script without blanks.
    if len(lines) > 2 and all(len(line.split()) == 1 and line.isascii() for line in lines):
        return True
    for delimiter in (*DELIMITERS, None):
        counts = Counter(len(line.split(delimiter)) - 1 for line in lines)
        count, often = counts.most_common(1)[0]
        # A line of prose has some commas and many words, but seldom each line as many.
        least = MANY_CELLS if often == 1 or delimiter is None else 2 if often == 2 else 1
        if count >= least and often > 0.8 * len(lines):
            return True
    return False


def _is_row(line: str) -> bool:
    if re.match(r"\s*\|(?:[^|]*\|){2}", line):  # in a frame
        return True
    words = re.findall(r"[^\s,;|()\[\]{}\"']+", line)
    numbers = sum(bool(NUMBER.fullmatch(word)) for word in words)
    return 2 * numbers >= len(words) > 0 or any(re.fullmatch(r"\d{15,19}", word) for word in words)
