"""What the Predict screen holds: the files read, and what was predicted from them."""

import functools
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.data import Account, Instrument, instruments_of
from core.evaluation import KnownRedshifts, judge_known
from core.prediction import (
    NO_G,
    SEEN,
    Estimator,
    Flag,
    JudgedRows,
    Part,
    Provenance,
    Shift,
    accounted,
    compare_spectra,
    judged_rows,
    learnt_from,
    make_catalogue,
    with_own,
    words,
    writing_pz,
)
from core.questions import content_of
from core.spectra import N_SAMPLES, Spectra
from dashboard.screens.predict.read_file import ReadFile, refuse

MAX_DENSITIES = 20_000
"""p(z) of one download: some 20 MB. `xpz predict --pz` writes any number."""

MAX_KEPT = 20_000
"""Spectra that wait for a visitor who looks at another screen: 30 MB."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Predicted:
    """A catalogue and the run that made it."""

    run_id: str
    table: pd.DataFrame  # as `core.prediction.catalogue` makes it, one file after the other
    z_spec: np.ndarray | None  # redshifts that the files give, (n,), NaN where there is none
    provenance: Provenance  # what downloads say of their origin
    account: Account
    galaxy: np.ndarray  # int (n,), of rows of one source the same: its id, below 0 without one
    shift: Shift | None = None  # from the spectra that the run learnt from, where both are known
    file_names: tuple[str, ...] = ()  # of its rows

    @property
    def has_densities(self) -> bool:
        """Whether the run that made it has p(z)."""
        return "prior" in self.provenance

    @property
    def level(self) -> float:
        """Share of galaxies that the intervals are meant to hold."""
        return float(self.provenance["interval_level"])

    @functools.cached_property
    def rows_judged(self) -> JudgedRows | None:
        """The rows that are judged by the redshifts of the files; None where they give none."""
        if self.z_spec is None:
            return None
        return judged_rows(self.table, self.z_spec, self.table["z"], self.galaxy)

    @functools.cached_property
    def judged(self) -> KnownRedshifts | None:
        """How the redshifts compare with those that the files give; None if none can be judged."""
        if (judged := self.rows_judged) is None or not len(judged.rows):
            return None
        z, low, high = (self.table[name].iloc[judged.rows] for name in ("z", "z_lower", "z_upper"))
        return judge_known(judged.z_spec, z, low, high, self.level, judged.n_rows)


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

    @functools.cached_property
    def content(self) -> str:
        """What tells these spectra from others; see `core.questions.content_of`."""
        return content_of(self.parts)

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

        It is the same as long as they are, so that what was read of it is not read again.
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
            _ = self.content
            self.released = [without_flux(spectra) for spectra in self.parts]
            self.files = [replace(file, spectra=None) for file in self.files]

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


def predict(estimator: Estimator, intake: Intake, progress: Progress) -> Predicted:
    """Predict every spectrum of the files, which are at hand; report those done and the total."""
    tables: list[pd.DataFrame] = []
    for spectra in intake.parts:

        def report(here: int, _: int | None, before: int = sum(map(len, tables))) -> None:
            progress(before + here, intake.n)

        tables.append(estimator.predict(replace(spectra, own=pd.DataFrame(), z=None), report))
    return catalogue(estimator, intake, pd.concat(tables, ignore_index=True))


def catalogue(estimator: Estimator, intake: Intake, redshifts: pd.DataFrame) -> Predicted:
    """Return the catalogue of the files, of the redshifts of all their spectra in their order."""
    parts: list[Part] = []
    z_spec: list[np.ndarray] = []
    start = 0
    for file, spectra in zip(intake.served, intake.parts, strict=True):
        rows = redshifts.iloc[start : start + file.n].reset_index(drop=True)
        start += file.n
        # Of an archive some tables may have ids and others none.
        table = with_own(rows, spectra)
        part = Part.of(file.name, table, replace(spectra, has_ids=True))
        parts.append(replace(part, has_id=part.has_id & file.has_id))
        z = spectra.z
        z_spec.append(np.full(file.n, np.nan) if z is None else np.asarray(z, float))
    shift = _shift(estimator, intake)
    known = np.concatenate(z_spec)
    has_id = np.concatenate([part.has_id for part in parts])
    ids = redshifts["source_id"].to_numpy()
    account = replace(intake.account, used=0, noted=Counter(), left_out=Counter())
    bare = zip(intake.parts, parts, strict=True)
    if n := sum(estimator.without_g(spectra, part.table) for spectra, part in bare):
        account.noted[NO_G] = n
    if n := estimator.n_seen(intake.source_ids):
        account.noted[SEEN] = n
    table, _ = make_catalogue(parts, account, name_files=len(intake.files) > 1)
    return Predicted(
        estimator.run.run_id,
        table,
        known if np.isfinite(known).any() else None,
        accounted(estimator.provenance, account, shift),
        account,
        np.where(has_id, ids, -1 - np.arange(len(ids))),
        shift,
        tuple(file.name for file in intake.served),
    )


def _shift(estimator: Estimator, intake: Intake) -> Shift | None:
    """Return how the spectra differ from those that the run learnt from; None where not known."""
    learnt = learnt_from(estimator.run) if intake.at_hand else None
    if learnt is None:
        return None
    return compare_spectra(learnt, intake.parts)


def without_flux(spectra: Spectra) -> Spectra:
    """Return all that is known of spectra but flux and errors, which take most of the memory."""
    return replace(spectra, flux=spectra.flux[:, :0].copy(), flux_error=None, unreadable=None)


def densities(estimator: Estimator, intake: Intake, rows: np.ndarray, ending: str) -> bytes:
    """Return a file (`.npz`, ...) of p(z) of some rows, rising; one at least has a redshift."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"pz{ending}"
        with writing_pz(path, estimator.density_z, estimator.provenance) as store:
            start = 0
            for file in intake.served:
                assert file.spectra is not None
                here = rows[(rows >= start) & (rows < start + file.n)] - start
                estimator.predict(file.spectra.take(here), densities=store)
                start += file.n
        return path.read_bytes()
