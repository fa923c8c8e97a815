"""Long arrays in text, set aside before its lines are split into cells, and put back after."""

from collections.abc import Iterable

import numpy as np

LEAST_BYTES = 32
"""Of what is set aside; to split shorter cells costs less."""
MOST_BYTES = 2**28
"""Of all that is aside at a time: more than any chunk of rows has."""

OPENINGS, CLOSINGS = b"[({", b"])}"

MARK = "\x01"
"""Stands before the number of a cell that was set aside."""


class SetAside:
    """Cells of text with arrays, by their numbers, which stand in the lines in their place.

    pandas takes a cell apart letter by letter and copies it several times over; the arrays of XP
    spectra are 99 % of their file. Cells count from the first of the file on.
    """

    def __init__(self, delimiter: str, quote: str) -> None:
        self.quote = quote.encode()
        self.before = {delimiter.encode(), b"\n"}
        self.after = self.before | {b"\r"}
        self.cells: list[bytes] = []
        self.gone = 0
        self.n_bytes = 0

    def shorten(self, block: bytes) -> bytes:
        """Return a block of whole lines, that begins outside of quotes, without its long arrays.

        Where one quotation mark does not plainly begin or end a cell, the block stays as it is.
        """
        if self.n_bytes > MOST_BYTES:
            return block
        if b"\0" in block or MARK.encode() in block:
            return block
        marks = self._marks(block)
        openings, closings = marks[::2], marks[1::2]
        if not marks or len(openings) != len(closings):
            return block
        # By induction from the first on, each mark before a cell opens it and the next closes it.
        if not {block[i - 1 : i] for i in openings if i} <= self.before:
            return block
        if not {block[i + 1 : i + 2] for i in closings if i + 1 < len(block)} <= self.after:
            return block
        parts, done = [], 0
        for opening, closing in zip(openings, closings, strict=True):
            start = opening + 1
            if (
                closing - start >= LEAST_BYTES
                and block[start] in OPENINGS
                and block[closing - 1] in CLOSINGS
                and block.find(b",", start, closing) > 0  # else it is a text
                and block.find(b"\n", start, closing) < 0
                and block.find(b"\r", start, closing) < 0
            ):
                number = self.gone + len(self.cells)
                parts.append(b"%s%s%d" % (block[done:start], MARK.encode(), number))
                self.cells.append(block[start:closing])
                self.n_bytes += closing - start
                done = closing
        return b"".join([*parts, block[done:]]) if parts else block

    def _marks(self, block: bytes) -> list[int]:
        """Return where quotation marks stand, which are rare: to split at them takes longer."""
        marks, place = [], block.find(self.quote)
        while place >= 0:
            marks.append(place)
            place = block.find(self.quote, place + 1)
        return marks

    def put_back(self, texts: np.ndarray) -> np.ndarray:
        """Return a column, (N,) of texts or None, with the arrays in place of their numbers.

        They are bytes, which are not made text before it is needed.
        """
        found = np.empty(len(texts), object)
        found[:] = [
            self.cells[int(text[1:]) - self.gone] if text and text[0] == MARK else text
            for text in texts.tolist()
        ]
        return found

    def forget(self, columns: Iterable[np.ndarray]) -> None:
        """Let go of all cells up to the last that stands in these columns of texts."""
        if not self.cells:
            return
        marked = (
            next((text for text in reversed(column.tolist()) if text and text[0] == MARK), None)
            for column in columns
        )
        last = max((int(text[1:]) for text in marked if text), default=self.gone - 1)
        done = last + 1 - self.gone
        self.n_bytes -= sum(map(len, self.cells[:done]))
        del self.cells[:done]
        self.gone = last + 1
