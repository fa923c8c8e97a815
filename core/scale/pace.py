"""How fast spectra are predicted, by the time in which pieces are at work."""

import time


class Pace:
    """Spectra of pieces, and the time from when the first began to the last that was heard.

    A piece begins when its worker, which has started and read the network, says that it has done no
    row: neither that nor the joining of parts in the end is in the rate.
    """

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = 0.0
        self._ended = 0  # spectra of pieces that ended
        self._at_work: dict[str, int] = {}  # spectra of the others, by their names

    def heard(self, piece: str, rows: int) -> None:
        """Note how many rows of a piece are done."""
        if rows and piece not in self._at_work:  # told late: it has ended
            return
        self._last = time.monotonic()
        self._first = self._last if self._first is None else self._first
        self._at_work[piece] = rows

    def ended(self, piece: str, rows: int) -> None:
        """Note that a piece has ended; one of an earlier start, which never began, says nothing."""
        if self._at_work.pop(piece, None) is not None:
            self._last = time.monotonic()
            self._ended += rows

    @property
    def seconds(self) -> float:
        """From when the first piece began to the last that was heard [s]."""
        return 0.0 if self._first is None else self._last - self._first

    @property
    def rate(self) -> float:
        """Spectra per second; 0 while that cannot be told."""
        spectra = self._ended + sum(list(self._at_work.values()))  # another thread hears
        return spectra / self.seconds if self.seconds > 0 else 0.0
