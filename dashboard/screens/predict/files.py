"""The files on the Predict screen: all, or without some, or without their spectra."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from core.data import Account, Instrument, instruments_of
from core.prediction import Flag, words
from core.spectra import N_SAMPLES, Spectra
from dashboard.screens.predict.predicted import Predicted
from dashboard.screens.predict.read_file import ReadFile, refuse

MAX_KEPT = 20_000
"""Spectra that wait for a visitor who looks at another screen: 30 MB."""


@dataclass(eq=False)
class Intake:
    """The files on the screen and, once asked for, what was predicted from them."""

    files: list[ReadFile]
    source: str = "upload"  # or 'sample', 'archive', or 'kept' for files of an earlier visit
    title: str = ""  # of a fetch from the archive
    id_column: str | None = None  # named by the visitor
    upload: str | None = None  # what the files are called where they are kept
    without: pd.DataFrame | None = None  # its sources that have no spectrum: source_id, reason
    at_once: bool = False  # predicted without another click
    predicted: Predicted | None = None
    # Versions of the run's files, for a calibration may come later, and what they were asked.
    predicted_with: tuple = ()
    account: Account = field(default_factory=lambda: Account("spectra"))
    # What is kept of released spectra, file by file: all but flux and errors.
    released: list[Spectra] = field(default_factory=list)
    # Files that were left out last, why, and what is left.
    _rest: "tuple[Mapping[str, str], Intake] | None" = field(default=None, init=False)

    def __post_init__(self) -> None:
        for file in self.files:
            self.account.add(file.account)
        self.account.count_ids(self.source_ids)

    @property
    def served(self) -> list[ReadFile]:
        """The files that can be used, at least in part."""
        return [file for file in self.files if file.is_served]

    @property
    def n(self) -> int:
        """Number of spectra in all files."""
        return sum(file.n for file in self.files)

    @property
    def n_usable(self) -> int:
        """Number of spectra that a redshift can be predicted for."""
        return self.n - sum(len(file.unusable) for file in self.files)

    @property
    def at_hand(self) -> bool:
        """Whether the spectra are in memory."""
        return all(file.spectra is not None for file in self.served)

    @property
    def source_ids(self) -> np.ndarray:
        """The ids that the files tell, int64 (n,): none of spectra that have none."""
        held = zip(self.parts, (file.has_id for file in self.served), strict=True)
        ids = [spectra.source_id[has_id] for spectra, has_id in held]
        return np.concatenate([np.empty(0, np.int64), *ids])

    @property
    def parts(self) -> list[Spectra]:
        """The spectra, file by file; without flux and errors where they were released."""
        return self.released or [file.spectra for file in self.served if file.spectra is not None]

    @property
    def contents(self) -> list[str]:
        """What tells the spectra of each file from others; see `core.questions.content_of`."""
        return [file.content for file in self.served]

    @functools.cached_property
    def instruments(self) -> list[Instrument]:
        """The instruments of the spectra that can be used."""
        found: dict[Instrument, None] = {}
        for spectra in self.parts:
            usable = np.ones(len(spectra), bool)
            usable[list(spectra.problems)] = False
            found |= {each: None for each, rows in instruments_of(spectra) if rows[usable].any()}
        return list(found)

    def leave_out(self, refused: Mapping[str, str]) -> "Intake":
        """Return what is left without some files, not all: those refused, by their ids and why.

        The same refusals return the same object, which keeps what it has read.
        """
        if self._rest is None or self._rest[0] != refused:
            files = [
                refuse(file.file_id, file.name, refused[file.file_id])
                if file.file_id in refused
                else file
                for file in self.files
            ]
            left = zip(self.served, self.released, strict=True) if self.released else ()
            released = [spectra for file, spectra in left if file.file_id not in refused]
            self._rest = refused, Intake(files, self.source, self.title, released=released)
        return self._rest[1]

    def set_aside(self) -> None:
        """Keep what is small for a visitor who looks at another screen."""
        if self.source == "upload":
            self.source = "kept"
        if self._rest is not None:
            self._rest[1].set_aside()
        if self.n > MAX_KEPT and self.at_hand:
            self.released = [_without_flux(spectra) for spectra in self.parts]
            self.files = [file.without_spectra() for file in self.files]

    def why_none(self, position: int) -> str:
        """Return why there is no redshift for a row of the catalogue that has none."""
        file, row = self.locate(position)
        # Of a spectrum that can be used it is the network's answer.
        answer = words(Flag.NO_REDSHIFT, np.zeros(N_SAMPLES))[Flag.NO_REDSHIFT]
        return file.unusable.get(row, answer)

    def locate(self, position: int) -> tuple[ReadFile, int]:
        """Return the file of a row of the catalogue, and the row within the file."""
        starts = np.cumsum([0, *(file.n for file in self.served)])
        index = int(np.searchsorted(starts, position, side="right")) - 1
        return self.served[index], position - int(starts[index])


def _without_flux(spectra: Spectra) -> Spectra:
    """Return all that is known of spectra but flux and errors, which take most of the memory."""
    return replace(spectra, flux=spectra.flux[:, :0].copy(), flux_error=None, unreadable=None)
