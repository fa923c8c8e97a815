"""How far the work on many files is, how fast it goes, and how long it will take."""

import time
from dataclasses import dataclass, field

from core.amounts import duration, n_of
from core.scale.pace import Pace

TELLING = 0.01
"""Part of the bytes that must be done to tell how long the rest takes."""


@dataclass
class Progress:
    """What is done of the files of a catalogue.

    Attributes
    ----------
    files, files_done, failed : int
        Files, those that are finished (earlier ones too), and those of them that failed.
    spectra_finished, spectra_at_work : int
        Predicted since this start: of finished files, and of those at work.
    spectra_ended, size_ended : int
        Of finished pieces, of finished files or not: spectra, and size of the input [bytes].
    size, size_done : int
        Of the files that were to be done at this start [bytes].
    workers : int
        Pieces that can be at work at once.
    doing : str
        What is done beside predicting; '' while that goes on.
    """

    files: int = 0
    files_done: int = 0
    failed: int = 0
    spectra_finished: int = 0
    spectra_at_work: int = 0
    spectra_ended: int = 0
    size_ended: int = 0
    size: int = 0
    size_done: int = 0
    workers: int = 0
    doing: str = ""
    started: float = field(default_factory=time.monotonic)
    pace: Pace = field(default_factory=Pace)

    @property
    def seconds(self) -> float:
        """Time since the work began [s]."""
        return time.monotonic() - self.started

    @property
    def spectra(self) -> int:
        """Predicted since this start."""
        return self.spectra_finished + self.spectra_at_work

    @property
    def rate(self) -> float:
        """Spectra per second while pieces are at work; 0 while that cannot be told."""
        return self.pace.rate

    @property
    def fraction(self) -> float:
        """What part of the bytes to read is read, 0 to 1."""
        return self.size_done / self.size if self.size else 1.0

    @property
    def seconds_left(self) -> float | None:
        """Time until all is predicted [s]; None while little is done.

        As many spectra are expected in a byte as in finished pieces; where these hold none that is
        asked for, time is taken to go by the bytes.
        """
        if not self.size_done or self.fraction < TELLING or not self.pace.seconds:
            return None
        if self.rate and self.spectra_ended and self.size_ended:
            in_all = self.spectra_ended * self.size / self.size_ended
            return max(in_all - self.spectra, 0.0) / self.rate
        return self.pace.seconds * (self.size - self.size_done) / self.size_done

    def words(self) -> str:
        """Return all of it in a line for people."""
        told = counts(self.files_done, self.files, self.failed, self.spectra, self.rate)
        if self.doing:
            told.append(self.doing)
        elif not self.workers:
            told.append("waiting for workers")
        elif self.seconds_left is not None:
            told.append(f"about {duration(self.seconds_left)} left")
        return ", ".join(told)


def counts(files_done: int, files: int, failed: int, spectra: int, rate: float) -> list[str]:
    """Return how much is done, in words."""
    told = [f"{files_done:,} of {n_of(files, 'file')}"]
    if failed:
        told.append(f"{failed:,} failed")
    if spectra:
        told.append(n_of(spectra, "spectrum") + (f", {rate:,.0f}/s" if rate else ""))
    return told
