"""What the Predict screen holds: files as they were read, and what was predicted from them."""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.spectra.files import open_spectra
from core.data.tables.raw import TableLimits
from core.errors import DataError, XpzError
from core.prediction.catalogue import pz_file
from core.prediction.catalogue.catalogue import join_tables, name_file
from core.prediction.catalogue.columns import Provenance
from core.prediction.estimator import Estimator
from core.prediction.flags import SENTENCES, Flag, missing_and_clipped, usable
from core.spectra import Spectra

MAX_FILE_MB = 200
MAX_SPECTRA = 200_000
"""Spectra of one screen: 300 MB with their errors. `xpz predict` streams any number."""

MAX_DENSITIES = 20_000
"""p(z) of one download: some 20 MB. `xpz predict --pz` writes any number."""

MAX_KEPT = 20_000
"""Spectra that wait for a visitor who looks at another screen: 30 MB."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class ReadFile:
    """An uploaded file, served or refused.

    Attributes
    ----------
    file_id : str
        Tells two uploads of one name apart.
    name : str
    spectra : Spectra or None
        None where the file was refused, or its spectra were let go.
    n : int
        Number of spectra.
    holds : tuple of (str, str)
        Kind ('table' or 'xp_continuous') and format ('csv', ...) of each table
        in it, several in an archive; none where the file was refused.
    recognised : dict of str to str
        What was found in which column, in words.
    unusable : dict of int to str
        Rows that no redshift can be predicted for, rising, and why.
    refused : tuple of str
        Why the file, or a file in it if it is an archive, cannot be used.
    """

    file_id: str
    name: str
    spectra: Spectra | None = None
    n: int = 0
    holds: tuple[tuple[str, str], ...] = ()
    recognised: dict[str, str] = field(default_factory=dict)
    unusable: dict[int, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @property
    def is_served(self) -> bool:
        """Whether there is anything in it that can be used."""
        return self.n > 0


@dataclass(frozen=True, eq=False)
class Predicted:
    """A catalogue and the run that made it.

    Attributes
    ----------
    run_id : str
    table : pd.DataFrame
        As `core.prediction.catalogue.catalogue` returns it; its rows are those of the
        files, one file after the other.
    input_z : np.ndarray of float64, shape (n,), or None
        Redshifts that the files give; NaN where there is none.
    provenance : mapping
        What downloads say of their origin.
    """

    run_id: str
    table: pd.DataFrame
    input_z: np.ndarray | None
    provenance: Provenance

    @property
    def has_densities(self) -> bool:
        """Whether the run that made it has p(z)."""
        return "prior" in self.provenance

    @property
    def level(self) -> float:
        """Share of galaxies that the intervals are meant to hold."""
        return float(self.provenance["interval_level"])


@dataclass(eq=False)
class Intake:
    """The files on the screen and, once asked for, what was predicted from them.

    Attributes
    ----------
    files : list of ReadFile
    source : str
        'upload', 'sample', or 'kept' for files of an earlier visit.
    predicted : Predicted or None
    predicted_with : tuple
        Versions of the run's files that predicted, for a calibration may come later, and
        what they were asked.
    """

    files: list[ReadFile]
    source: str = "upload"
    predicted: Predicted | None = None
    predicted_with: tuple = ()

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

    def set_aside(self) -> None:
        """Keep what is small for a visitor who looks at another screen."""
        if self.source == "upload":
            self.source = "kept"
        if self.n > MAX_KEPT:
            self.files = [replace(file, spectra=None) for file in self.files]

    def locate(self, position: int) -> tuple[ReadFile, int]:
        """Return the file of a row of the catalogue, and the row within the file."""
        starts = np.cumsum([0, *(file.n for file in self.served)])
        index = int(np.searchsorted(starts, position, side="right")) - 1
        return self.served[index], position - int(starts[index])


def read(file_id: str, name: str, source: bytes | Path, already: int = 0) -> ReadFile:
    """Read a file of spectra, or say why it cannot be read; nothing is predicted yet.

    Parameters
    ----------
    file_id, name : str
        See `ReadFile`.
    source : bytes or Path
        Its content, or where it lies.
    already : int
        Spectra of other files that the screen holds.
    """
    limits = TableLimits(max_bytes=MAX_FILE_MB * 2**20, max_rows=MAX_SPECTRA)
    parts: list[Spectra] = []
    n = 0
    try:
        file = open_spectra(source, name=name, limits=limits)
        for part in file.chunks():
            parts.append(part)
            n += len(part)
            if already + n > MAX_SPECTRA:
                raise DataError(
                    f"{name}: the screen takes {MAX_SPECTRA:,} spectra at a time; {already:,} are "
                    "there already and this file has too many. Upload fewer files at a time, or "
                    "use 'xpz predict', which takes any number."
                )
    except XpzError as error:
        return ReadFile(file_id, name, refused=(str(error),))
    spectra = Spectra.concatenate(parts)
    return ReadFile(
        file_id,
        name,
        spectra,
        n,
        tuple((part.kind, part.table.format) for part in file.tables),
        dict(file.recognised),
        unusable(spectra),
        file.refused,
    )


def unusable(spectra: Spectra) -> dict[int, str]:
    """Return the rows that no redshift can be predicted for, rising, and why."""
    without = set(np.flatnonzero(~usable(spectra.flux)).tolist())
    missing, _ = missing_and_clipped(spectra.flux)
    return {
        row: spectra.problems.get(row)
        or (SENTENCES[Flag.MISSING_BAND] if missing[row] else "Samples of BP or RP are empty.")
        for row in sorted(without | set(spectra.problems))
    }


def problems(files: Iterable[ReadFile]) -> pd.DataFrame:
    """Return file, row (from 0), source_id (text) and reason of each spectrum without use."""
    rows = [
        (file.name, row, str(file.spectra.source_id[row]), why)
        for file in files
        if file.spectra is not None
        for row, why in file.unusable.items()
    ]
    return pd.DataFrame(rows, columns=["file", "row", "source_id", "why"])


def predict(estimator: Estimator, intake: Intake, progress: Progress) -> Predicted:
    """Predict every spectrum of the files, which are at hand.

    Parameters
    ----------
    estimator : Estimator
    intake : Intake
    progress : callable
        Called with the number of spectra done and their total.
    """
    tables: list[pd.DataFrame] = []
    input_z: list[np.ndarray] = []
    done = 0
    for file in intake.served:
        assert file.spectra is not None

        def report(here: int, _: int | None, before: int = done) -> None:
            progress(before + here, intake.n)

        table = estimator.predict(file.spectra, report)
        tables.append(name_file(table, file.name) if len(intake.served) > 1 else table)
        z = file.spectra.z
        input_z.append(np.full(file.n, np.nan) if z is None else np.asarray(z, float))
        done += file.n
    known = np.concatenate(input_z)
    return Predicted(
        estimator.run.run_id,
        join_tables(tables),
        known if np.isfinite(known).any() else None,
        estimator.provenance,
    )


def densities(estimator: Estimator, intake: Intake, rows: np.ndarray, ending: str) -> bytes:
    """Return p(z) of some rows of the catalogue as a file of this ending.

    Parameters
    ----------
    estimator : Estimator
        With p(z).
    intake : Intake
        Its spectra are at hand.
    rows : np.ndarray of int, shape (n,)
        Rising positions in the catalogue; one at least has a redshift.
    ending : str
        One of `core.prediction.catalogue.pz_file.ENDINGS`.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"pz{ending}"
        with pz_file.writing(path, estimator.density_z, estimator.provenance) as store:
            start = 0
            for file in intake.served:
                assert file.spectra is not None
                here = rows[(rows >= start) & (rows < start + file.n)] - start
                estimator.predict(file.spectra.take(here), densities=store)
                start += file.n
        return path.read_bytes()
