"""What is asked about runs and a data set, and which contents of both."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.dataset_files import read_card
from core.errors import DataError
from core.runs import Run
from core.stored import is_there
from core.versions import kept


@dataclass(frozen=True)
class AboutData:
    """A question to runs about the galaxies of a data set.

    Attributes
    ----------
    runs, versions : tuple of str
        Folders of the runs, and `version_of_run` of each.
    data, data_version : str
        File of the data set, and `version_of_data`; '' where the runs' test parts are meant.
    with_seen : bool
        Whether galaxies count that a run was trained with.
    ugc_from, ugc_version : str
        Data set whose redshifts of Gaia's UGC are compared as one more run's; '' for none.
    without_bad_zones : bool
        Whether the galaxies in UGC's bad zones are left out.
    other_instrument : bool
        Whether spectra of another instrument than the run's are meant, and flagged.
    """

    runs: tuple[str, ...]
    versions: tuple[str, ...]
    data: str = ""
    data_version: str = ""
    with_seen: bool = False
    ugc_from: str = ""
    ugc_version: str = ""
    without_bad_zones: bool = False
    other_instrument: bool = False
    device: str | None = None
    created: str = ""

    def open_runs(self) -> list[Run]:
        """Return the runs; raise a `DataError` if what was asked about is not there any more."""
        runs = [Run(Path(path)) for path in self.runs]
        if tuple(map(version_of_run, runs)) != self.versions:
            names = ", ".join(f"'{run.title}'" for run in runs)
            raise DataError(f"The files of {names} have changed since this was asked: ask again.")
        for path, version in ((self.data, self.data_version), (self.ugc_from, self.ugc_version)):
            if path and version_of_data(Path(path)) != version:
                raise DataError(f"{path}: has changed since this was asked: ask again.")
        return runs


def about_data(
    runs: Sequence[Run],
    data: Path | None,
    *,
    with_seen: bool = False,
    ugc_from: Path | None = None,
    without_bad_zones: bool = False,
    other_instrument: bool = False,
) -> AboutData:
    """Return a question about the present contents of complete runs and a data set file."""
    return AboutData(
        tuple(str(run.path.resolve()) for run in runs),
        tuple(map(version_of_run, runs)),
        "" if data is None else str(data.resolve()),
        "" if data is None else version_of_data(data),
        with_seen,
        "" if ugc_from is None else str(ugc_from.resolve()),
        "" if ugc_from is None else version_of_data(ugc_from),
        without_bad_zones,
        other_instrument,
    )


def version_of_run(run: Run) -> str:
    """Return what tells a run's answers from those of what it was or may become."""
    answers = (
        *(run.path / "config.json", run.onnx_path, run.scaler_path, run.calibration_path),
        *(run.seen_path, run.predictions_path),
    )
    digests = [hash_of(path) if is_there(path) else "" for path in answers]
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()[:32]


def version_of_data(path: Path) -> str:
    """Return what tells the contents of a data set file from others.

    The hash of ids, redshifts and spectra that its card keeps, and its size, in which errors and
    magnitudes count; of a file without that hash, its time of change.
    """
    card, found = read_card(path), path.stat()
    return f"{card.hash or found.st_mtime_ns}-{found.st_size}"


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    # Screens ask at every click, and networks of some MB seldom change.
    return kept(path, lambda: hashlib.sha256(path.read_bytes()).hexdigest(), "hash")
