"""The lines of a text file in any usual encoding, as UTF-8, some at a time."""

import codecs
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from core.data.tables.packed import Packed
from core.errors import DataError

Source = Path | Packed
"""Where a text lies, on the disk or packed."""

BLOCK_BYTES = 2**19
HEAD_BYTES = 2**16
TAIL_BYTES = 2**20
MAX_LINE_BYTES = 2**24

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # begins as the next does
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

WINDOWS = "xpz.windows-1252"


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(WINDOWS, _as_windows)  # a superset of Latin-1, byte by byte


def encoding_of(head: bytes) -> tuple[str, int]:
    """Return in what a text that starts so is written, and how long its byte order mark is."""
    for bom, encoding in BOMS.items():
        if head.startswith(bom):
            return encoding, len(bom)
    even, odd = head[: len(head) // 2 * 2 : 2], head[1::2]
    # Latin letters and digits are a zero and a byte in UTF-16.
    for encoding, zeros, letters in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(head) > 3 and zeros.count(0) > 0.9 * len(zeros) and 0 not in letters:
            return encoding, 0
    return "utf-8", 0


def as_utf8(head: bytes) -> bytes:
    """Return a text, or its first bytes, as UTF-8 without a byte order mark."""
    encoding, start = encoding_of(head)
    head = head[start:]
    return head if encoding == "utf-8" else head.decode(encoding, "ignore").encode()


def blocks(path: Source, name: str, notes: list[str] | None = None) -> Iterator[bytes]:
    """Yield a file in pieces of whole lines; bytes that are no UTF-8 are read as Windows-1252.

    `notes` get a sentence on an encoding other than UTF-8.
    """
    notes = [] if notes is None else notes
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        encoding, start = encoding_of(head)
        begun = head[start:]
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        if encoding != "utf-8":
            _note(notes, f"read as {encoding[:-3].upper()}")
        old_mac = b"\r" in head and b"\n" not in as_utf8(head)
        rest = b""
        while piece := begun[:BLOCK_BYTES] + file.read(max(0, BLOCK_BYTES - len(begun))):
            begun = begun[BLOCK_BYTES:]
            if encoding != "utf-8":
                piece = decoder.decode(piece).encode()
            if old_mac:
                piece = piece.replace(b"\r", b"\n")
            end = piece.rfind(b"\n") + 1
            if end:
                yield _utf8(b"".join([rest, memoryview(piece)[:end]]), notes)
                rest = b""
            rest += piece[end:]
            if len(rest) > MAX_LINE_BYTES:
                raise DataError(f"{name}: a line is longer than 16 MB; this is no table of text.")
        if rest:
            yield _utf8(rest, notes)


def _utf8(block: bytes, notes: list[str]) -> bytes:
    if block.isascii():
        return block
    try:
        text = block.decode()
    except UnicodeDecodeError:
        text = block.decode("utf-8", WINDOWS)
        _note(notes, "characters that are not UTF-8 are read as Windows-1252 (Latin-1)")
    # Files that were joined bring their byte order marks along.
    return text.replace("\ufeff", "").encode()


def _note(notes: list[str], words: str) -> None:
    if words not in notes:
        notes.append(words)


def lines(path: Source, name: str) -> Iterator[str]:
    """Yield a file line by line, with their ends."""
    for block in blocks(path, name):
        yield from as_lines(block)


def as_lines(block: bytes) -> Iterator[str]:
    """Yield the lines of a block, with their ends."""
    return (line.decode() + "\n" for line in block.removesuffix(b"\n").split(b"\n"))


def tail(path: Path) -> list[str]:
    """Return the last lines of a file that lie within some bytes, without their ends."""
    with path.open("rb") as file:
        encoding, start = encoding_of(file.read(HEAD_BYTES))
        size = path.stat().st_size
        # UTF-16 and UTF-32 are cut where a character begins.
        start = max(start, start + (size - start - TAIL_BYTES) // 4 * 4)
        file.seek(start)
        text = file.read().decode(encoding, "replace")
    return _ends(text)[start >= HEAD_BYTES :]


class Tail:
    """The last lines of a file of which blocks come by one after another, as of `tail`."""

    def __init__(self) -> None:
        self.blocks: deque[bytes] = deque()
        self.n_bytes = 0

    def add(self, block: bytes) -> None:
        """Note the next block."""
        self.blocks.append(block)
        self.n_bytes += len(block)
        while self.n_bytes - len(self.blocks[0]) >= TAIL_BYTES:
            self.n_bytes -= len(self.blocks.popleft())

    def lines(self) -> list[str]:
        """Return the lines, without their ends."""
        return _ends(b"".join(self.blocks).decode())


def _ends(text: str) -> list[str]:
    text = text.rstrip("\r\n")  # a last tab ends an empty cell
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
