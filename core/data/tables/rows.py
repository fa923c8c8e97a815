"""The lines of a text table that are rows: names that come again, comments and the like go."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.data.tables.layout import BLANKS, CURLY, FOOTER, FRAME, KNOWN, Layout
from core.data.tables.lines import blocks, tail
from core.errors import DataError

AGAIN = "the line of names again"
COMMENTS = "comments"
BLANK = "blank lines"
FRAMES = "lines around the table"

ECSV = b"# %ECSV"

APART = "Give each of the joined files by itself."

OTHER_FORMATS = (b"<?xml", b"<VOTABLE", b"SIMPLE  =", ECSV)
"""What files in other formats begin with."""


class Rows:
    """A file's lines from the first row on, as pandas asks for them.

    `skipped` counts those that are left out, by the reason.
    """

    def __init__(self, path: Path, layout: Layout, name: str, skipped: Counter[str]) -> None:
        self.layout, self.name, self.skipped = layout, name, skipped
        self.quote = layout.quote_mark.encode()
        self.names = [column.lower() for column in layout.names]
        self.known = KNOWN | {*self.names} - {""}
        header = layout.header.strip().encode()
        # One name alone may stand within any text.
        self.header = header if len(self.names) > 1 else b""
        blanks = layout.delimiter == BLANKS
        ends = r"\s" if blanks else re.escape(layout.delimiter)
        pattern = rf"(?P<blank>[\s{ends}]*$)|\s*(?:(?P<comment>#)|(?P<frame>(?:{FRAME}|{FOOTER})$)"
        pattern += rf"|[\"']?(?P<name>[^\W\d][^{ends}\"'\n]*?)[\"']?[ \t]*(?:[{ends}]|$))"
        self.pattern = re.compile(pattern.encode(), re.IGNORECASE)
        starts = b"#\n\r<(=+|\"'" + b" -\t" * (blanks or layout.framed) + bytes(range(65, 123))
        starts += b"" if blanks else layout.delimiter.encode()
        self.suspect = np.isin(np.arange(256), list(starts))
        self.pieces = self._pieces(path)

    def read(self, size: int = -1) -> bytes:
        """Return the next lines, however many."""
        return next(self.pieces, b"")

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def _pieces(self, path: Path) -> Iterator[bytes]:
        n_lines, quoted = 0, False
        for block in blocks(path, self.name):
            if self.layout.quote in CURLY:
                for mark in CURLY:
                    block = block.replace(mark.encode(), b'"')
            start = 0
            while n_lines < self.layout.skipped and start < len(block):
                start = block.find(b"\n", start) + 1 or len(block)
                n_lines += 1
            block = block[start:]
            rows = self._rows(block, n_lines, quoted)
            n_lines += block.count(b"\n")
            quoted ^= block.count(self.quote) % 2 == 1
            if self.layout.framed:
                rows = re.sub(rb"(?m)^[ \t]*\|?|\|?[ \t\r]*$", b"", rows)
                rows = re.sub(rb"[ \t]*\|[ \t]*", b"|", rows)
            if rows:
                yield rows

    def _rows(self, block: bytes, n_lines: int, quoted: bool) -> bytes:
        """Return a block that follows so many lines without those that are no rows."""
        codes = np.frombuffer(block, np.uint8)
        starts = np.append(0, np.flatnonzero(codes == 10) + 1)
        starts = starts[starts < len(block)]
        places = [*starts[self.suspect[codes[starts]]].tolist(), *self._headers(block)]
        if b"\0" in block:
            places.append(block.index(b"\0"))
        kept, done, seen = [], 0, 0
        for place in sorted(set(places)):
            quoted ^= block.count(self.quote, seen, place) % 2 == 1
            seen = place
            if quoted or place < done:
                continue
            end = block.find(b"\n", place) + 1 or len(block)
            n_before = n_lines + block.count(b"\n", 0, place)
            reason = self.reason(block[place:end].rstrip(b"\r\n"), n_before + 1)
            if not reason:
                continue
            before = block[block.rfind(b"\n", 0, place) + 1 : place]
            n_values = len(self.layout.split(before.decode()))
            if before and n_values < len(self.names):
                raise DataError(
                    f"{self.name}: expected {len(self.names)} values in line {n_before + 1}, "
                    f"received {n_values} before the names of the next file: the row is cut off. "
                    f"{APART}"
                )
            self.skipped[reason] += 1
            kept += [block[done:place], b"\n" if before else b""]
            done = end
        return b"".join([*kept, block[done:]]) if kept else block

    def _headers(self, block: bytes) -> Iterator[int]:
        """Yield where the line of names stands, also behind a last row that has no end of line."""
        place = block.find(self.header) if self.header else -1
        while place >= 0:
            end = place + len(self.header)
            if block[end : end + 1] in (b"", b"\r", b"\n"):
                yield place
            place = block.find(self.header, end)

    def reason(self, line: bytes, number: int) -> str:
        """Return why a line is no row, '' if it is one; a `DataError` if it ends the table."""
        foreign = next((start for start in OTHER_FORMATS if line.startswith(start)), b"")
        if line.startswith(b"\0") or (foreign and not (foreign == ECSV and self.layout.types)):
            what = "bytes that are no text" if not foreign else f"'{foreign.decode()}'"
            raise DataError(
                f"{self.name}: expected rows to the end, received {what} in line {number}; the "
                f"file is damaged, or a file in another format follows. {APART}"
            )
        match = self.pattern.match(line)
        kind = match.lastgroup if match else None
        if line == self.header or kind in ("comment", "name"):
            return self._names_again(line.decode(), number, kind == "comment")
        return {"blank": BLANK, "frame": FRAMES}.get(kind or "", "")

    def _names_again(self, line: str, number: int, comment: bool) -> str:
        if comment and not self.layout.header.startswith("#"):
            if line.startswith("# - {name:") and line not in self.layout.types:
                self._refuse_names(line, number)
            return COMMENTS
        cells = self.layout.split(line.lstrip().removeprefix("#" if comment else "").strip())
        lowered = [cell.lower() for cell in cells]
        if lowered == self.names:
            return AGAIN
        known = [cell for cell in lowered if cell in self.known]
        if comment and len(known) < 2:
            return COMMENTS
        if lowered[0] in self.known and len(cells) > 1 and not any(map(_is_number, cells)):
            self._refuse_names(", ".join(cells), number)
        return COMMENTS if comment else ""

    def _refuse_names(self, names: str, number: int) -> None:
        shown = names if len(names) <= 60 else names[:60] + "..."
        raise DataError(
            f"{self.name}: expected rows of the columns that the first line names, received other "
            f"names ('{shown}') in line {number}: files of different columns were joined. {APART}"
        )


def last_row(path: Path, layout: Layout, name: str) -> str:
    """Return the last line that is a row, '' if it is longer than those that are looked at."""
    reason = Rows(path, layout, name, Counter()).reason
    return next((line for line in reversed(tail(path)) if not reason(line.encode(), 0)), "")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return not cell
    return True
