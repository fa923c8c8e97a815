"""The lines of a text table that are rows: names that come again, comments and the like go."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from core.amounts import n_of
from core.data.schema import ALIASES
from core.data.tables.layout import BLANKS, FOOTER, FRAME, KNOWN, MAX_SKIPPED, Layout
from core.data.tables.lines import MAX_LINE_BYTES, Source, Tail, as_lines, blocks, tail
from core.data.tables.set_aside import SetAside
from core.errors import DataError

AGAIN = "the line of names again"
COMMENTS = "comments"
BLANK = "blank lines"
FRAMES = "lines around the table"

ECSV = b"# %ECSV"

APART = "Give each of the joined files by itself."

OTHER_FORMATS = (r"<\?xml", "<VOTABLE", "SIMPLE  =")
"""What files in other formats begin with."""

NEWLINE = ord("\n")
LEAST_SOUGHT, MAX_SOUGHT = 8, 32
"""Bytes of the line of names that are looked for within lines."""

HEAD = 7
"""Bytes of a line that tell in most cases that it begins with no name."""

PLAIN = np.array([chr(code).isalnum() and code < 128 for code in range(256)])
"""Which bytes are ASCII's letters and digits."""


class Rows:
    """A file's lines from the first row on, as pandas asks for them.

    `skipped` counts those that are left out, by the reason; `notes` gets what is to be said on the
    encoding; `arrays` gets the long ones, in whose place their numbers stand. `at_end` is called
    with the last row (see `last_row`), and whether a quotation mark is open behind it.
    """

    def __init__(
        self,
        path: Source,
        layout: Layout,
        name: str,
        skipped: Counter[str] | None = None,
        notes: list[str] | None = None,
        arrays: SetAside | None = None,
        at_end: Callable[[str, bool], None] | None = None,
    ) -> None:
        self.layout, self.name, self.arrays = layout, name, arrays
        self.skipped = Counter() if skipped is None else skipped
        self.notes = [] if notes is None else notes
        self.quote = layout.quote.encode()
        self.names = [column.lower() for column in layout.names]
        self.known = KNOWN | {*self.names} - {""}
        names = [name.encode() for name in self.known | {"simple"}]
        self.heads = {name[: HEAD - 1] for name in names}
        self.short = tuple(name for name in names if len(name) < HEAD - 1)
        self.triples = [int.from_bytes(name[:3], "little") for name in names if len(name) > 2]
        self.firsts = _beginnings(names)
        self.openings = ~PLAIN | _beginnings([name for name in names if len(name) < 3])
        self.header = layout.header.strip().encode()
        blanks = layout.delimiter == BLANKS
        ends = r"\s" if blanks else re.escape(layout.delimiter)
        # Where rows are told by their numbers alone, an empty one counts.
        numbered = not {*self.names} & {*ALIASES["source_id"]}
        empty = "" if blanks or numbered else ends
        empty += "" if layout.delimiter == "\t" else r"\t"
        frame = FRAME.replace(r"\s", r" \t\r")
        pattern = (
            rf"(?P<blank>[ \r\x1a{empty}]*$)|[ \t]*(?:(?P<comment>#)"
            rf"|(?P<frame>(?:{frame}|{FOOTER})\r?$)|(?P<other>{'|'.join(OTHER_FORMATS)}|\0)"
            rf"|[\"']?(?P<name>[^\W\d][^{ends}\"'\n]{{0,99}}?)[\"']?[ \t]*(?:[{ends}]|\r?$))"
        )
        self.pattern = re.compile(pattern.encode(), re.IGNORECASE | re.MULTILINE)
        starts = b"\0\x1a#\n\r \t<(=+|\"'" + bytes(range(65, 123))
        starts += b"-" * (blanks or layout.framed or layout.spans != ())
        starts += b"" if blanks else layout.delimiter.encode()
        self.suspect = np.isin(np.arange(256), list(starts))
        self.at_end = at_end
        self.pieces = self._pieces(path)

    def read(self, size: int = -1) -> bytes:
        """Return the next lines, however many."""
        return next(self.pieces, b"")

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def _pieces(self, path: Source) -> Iterator[bytes]:
        n_lines, quoted, waiting, end = 0, False, b"", Tail()
        for block in blocks(path, self.name, self.notes):
            end.add(block)
            start = 0
            while n_lines < self.layout.skipped and start < len(block):
                start = block.find(b"\n", start) + 1 or len(block)
                n_lines += 1
            block = block[start:]
            if self.arrays is not None and not quoted:
                block = self.arrays.shorten(block)
            rows = self._rows(block, n_lines, quoted)
            n_lines += block.count(b"\n")
            quoted ^= np.count_nonzero(np.frombuffer(block, np.uint8) == ord(self.quote)) % 2 == 1
            if rows and self.layout.is_rewritten:
                rows = "".join(map(self._rewritten, as_lines(rows))).encode()
            if self.layout.delimiter == BLANKS:
                waiting += rows
                if quoted and len(waiting) < MAX_LINE_BYTES:  # a cell goes on in the next block
                    continue
                rows, waiting = self._with_ends(waiting), b""
            if rows:
                yield rows
        if self.at_end is not None:
            self.at_end(self.last_of(end.lines()), quoted)
        yield self._with_ends(waiting)

    def _with_ends(self, rows: bytes) -> bytes:
        """Return rows with one more value each, which those that lack a value then lack."""
        quoted = self.quote + b"[^" + self.quote + b"]*" + self.quote
        ends = rb"(" + quoted + rb")|\r?\n|(?<=[^\n])\Z"
        return re.sub(ends, lambda found: found[1] or b" 0\n", rows)

    def _rewritten(self, line: str) -> str:
        if not self.layout.fits(line):
            raise DataError(
                f"{self.name}: expected values below the line of dashes, received some between "
                f"them in '{line.strip()[:60]}'. Give the table as CSV."
            )
        return self.layout.rewritten(line.rstrip("\n")) + "\n"

    def _rows(self, block: bytes, n_lines: int, quoted: bool) -> bytes:
        """Return a block that follows so many lines without those that are no rows."""
        codes = np.frombuffer(block, np.uint8)
        starts = np.append(0, np.flatnonzero(codes == NEWLINE) + 1)
        starts = starts[starts < len(block)]
        places = set(self._headers(block))
        for place in self._suspects(codes, starts[self.suspect[codes[starts]]]).tolist():
            head = block[place : place + HEAD].lower().lstrip(b" \t\"'")
            named = head[: HEAD - 1] in self.heads or head.startswith(self.short)
            if (named or not head[:1].isalnum()) and self._kind(block, place):
                places.add(place)
        if b"\0" in block:
            places.add(block.index(b"\0"))
        kept, done, seen = [], 0, 0
        for place in sorted(places):
            quoted ^= block.count(self.quote, seen, place) % 2 == 1
            n_lines += block.count(b"\n", seen, place)
            seen = place
            if quoted or place < done:
                continue
            end = block.find(b"\n", place) + 1 or len(block)
            reason = self.reason(block[place:end], n_lines + 1)
            if not reason:
                continue
            before = block[block.rfind(b"\n", 0, place) + 1 : place]
            n_values = len(self.layout.split(before.decode()))
            if before.strip() and n_values < len(self.names):
                raise DataError(
                    f"{self.name}: expected {n_of(len(self.names), 'value')} in line "
                    f"{n_lines + 1}, received {n_values} before the names of the next file: the "
                    f"row is cut off. {APART}"
                )
            self.skipped[reason] += 1
            kept += [block[done:place], b"\n" if before else b""]
            done = end
        if self.skipped.total() > MAX_SKIPPED:
            raise DataError(
                f"{self.name}: expected a table, found {MAX_SKIPPED:,} lines without a row."
            )
        return b"".join([*kept, block[done:]]) if kept else block

    def _suspects(self, codes: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the starts of lines that may begin with a known name, or with no name at all."""
        codes = np.append(codes, np.zeros(3, np.uint8))
        begins = starts + ((codes[starts] == ord('"')) | (codes[starts] == ord("'")))
        open_ = self.openings[codes[begins]]
        named = np.flatnonzero(self.firsts[codes[begins]] & ~open_)
        if len(named):
            letters = codes[begins[named, None] + np.arange(3)]
            letters |= np.uint8(32) * ((letters >= ord("A")) & (letters <= ord("Z")))
            open_[named] = np.isin(letters @ np.array([1, 2**8, 2**16]), self.triples)
        return starts[open_]

    def _headers(self, block: bytes) -> Iterator[int]:
        """Yield where the line of names stands, also behind a last row that has no end of line."""
        # A few letters may stand within any text, and many are found slowly.
        long = len(self.names) > 1 and len(self.header) >= LEAST_SOUGHT
        start = self.header[:MAX_SOUGHT] if long else b""
        place = block.find(start) if start else -1
        while place >= 0:
            end = place + len(self.header)
            if block.startswith(self.header, place) and block[end : end + 1] in (b"", b"\r", b"\n"):
                yield place
            place = block.find(start, place + 1)

    def _kind(self, block: bytes, place: int = 0) -> str:
        """Return what the line from a place on may be other than a row, '' if nothing."""
        match = self.pattern.match(block, place)
        if match is None or match.lastgroup is None:
            return ""
        known = match.lastgroup != "name" or match["name"].decode().lower() in self.known
        return match.lastgroup if known else ""

    def reason(self, line: bytes, number: int) -> str:
        """Return why a line is no row, '' if it is one; a `DataError` if it ends the table."""
        line = line.strip()
        kind = self._kind(line)
        if kind == "other" or (line.startswith(ECSV) and not self.layout.types):
            what = repr(line[:10].decode()) if line[:1] != b"\0" else "bytes that are no text"
            raise DataError(
                f"{self.name}: expected rows to the end, received {what} in line {number}; the "
                f"file is damaged, or a file in another format follows. {APART}"
            )
        if self.header and line == self.header:
            return AGAIN
        if kind in ("comment", "name"):
            return self._names_again(line.decode(), number, kind == "comment")
        if kind == "frame" and len(self.names) == 1:  # its only text
            return ""
        return {"blank": BLANK, "frame": FRAMES}.get(kind, "")

    def last_of(self, lines: list[str]) -> str:
        """Return the last of some lines that is a row, '' if there is none."""
        try:
            return next(
                line
                for line in reversed(lines)
                if self.layout.quote in line or not self.reason(line.encode(), 0)
            )
        except (StopIteration, DataError):  # told with its line once the rows before it were read
            return ""

    def _names_again(self, line: str, number: int, comment: bool) -> str:
        if line.startswith("# - {name:") and self.layout.types:
            if line not in self.layout.types:
                self._refuse_names(line, number)
            return COMMENTS
        cells = self.layout.split(line.removeprefix("#" if comment else "").strip())
        lowered = [cell.lower() for cell in cells]
        of_comments = comment == self.layout.header.startswith("#")
        if lowered == self.names and of_comments:
            return AGAIN
        known = [cell for cell in lowered if cell in self.known]
        has_numbers = any(map(_is_number, cells[1:]))
        if of_comments and lowered[:1] == known[:1] and len(known) > 1 and not has_numbers:
            self._refuse_names(", ".join(cells), number)
        # Where ids come first, it is a row that someone took out.
        by_name = self.names[0] not in ALIASES["source_id"] and self.layout.delimiter != BLANKS
        is_row = len(cells) == len(self.names) > 1 and has_numbers and by_name
        return COMMENTS if comment and not is_row else ""

    def _refuse_names(self, names: str, number: int) -> None:
        shown = names if len(names) <= 60 else names[:60] + "..."
        raise DataError(
            f"{self.name}: expected rows of the columns that the first line names, received other "
            f"names ('{shown}') in line {number}: files of different columns were joined. {APART}"
        )


def _beginnings(names: list[bytes]) -> np.ndarray:
    """Return which bytes, (256,) bool, names begin with, in either case."""
    return np.isin(np.arange(256), [code for n in names for code in n[:1] + n[:1].upper()])


def last_row(path: Path, layout: Layout, name: str) -> str:
    """Return the last line that is a row, '' if it is longer than those that are looked at."""
    return Rows(path, layout, name).last_of(tail(path))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return not cell
    return True
