"""Redshifts of the spectra in any number of files, into a folder of parts."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from core.data.account import Account
from core.data.archive.bulk import Bulk
from core.data.instrument import Instrument
from core.errors import DataError
from core.file_errors import writing
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER
from core.prediction.estimator import Estimator
from core.prediction.flags import LEVEL
from core.prediction.prior import Prior
from core.prediction.shift import Shift
from core.runs import Run
from core.scale.folder import CatalogueFolder
from core.scale.hats import require_hats_import
from core.scale.inputs import Input, bulk_inputs, find_inputs
from core.scale.progress import Progress
from core.scale.question import Question
from core.scale.work import Work


@dataclass(frozen=True)
class FolderPrediction:
    """What came of the files of a catalogue in parts.

    Attributes
    ----------
    path : Path
        The catalogue's folder.
    account : Account
        What became of all files, rows and ids, those of earlier starts included.
    failed : dict of str to str
        Files that could not be read, and why; `account.refused` tells of those in archives, too.
    rows, redshifts : int
        In the catalogue.
    flags : dict of str to int
        Rows with each flag, by its name.
    densities : int
        Parts of p(z).
    problems : list of (str, str, str)
        File, row and why its flux cannot be used, or only without errors: the first of each file.
    files, skipped : int
        Files that were meant, and those that were read before.
    refused : tuple of str
        Those reasons of `account.refused` that this start found.
    passed_over : int
        How many an earlier start found, and this one did not try again.
    hats : Path or None
        The HATS catalogue.
    shift : Shift or None
        How the spectra differ from those that the run learnt from, of a sample of them all; None
        where nothing was done, or nothing can be told.
    """

    path: Path
    account: Account
    failed: dict[str, str]
    rows: int
    redshifts: int
    flags: dict[str, int]
    densities: int
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    files: int = 0
    skipped: int = 0
    refused: tuple[str, ...] = ()
    passed_over: int = 0
    hats: Path | None = None
    shift: Shift | None = None


def predict_folder(
    run: Run | str | Path,
    sources: str | Path | Bulk | Iterable[str | Path],
    out: str | Path,
    *,
    densities: str | Path | None = None,
    ids: np.ndarray | None = None,
    level: float = LEVEL,
    prior: Prior = Prior.training,
    answer: str = DEFAULT_ANSWER,
    other_instrument: bool = False,
    columns: Mapping[str, str] | None = None,
    release: str = "",
    recursive: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    retry_failed: bool = False,
    hats: bool = False,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> FolderPrediction:
    """Predict the spectra in files into a folder of Parquet files; go on where that ended before.

    Files are read in processes of Dask, each as a whole or not at all. What is finished is skipped
    at the next start, whatever ended the last one.

    Parameters
    ----------
    run : Run, str or Path
        A complete run, its id or its folder.
    sources : str, Path, iterable of them, or Bulk
        Files, folders, patterns such as 'bulk/*.csv.gz', lists of files ('@files.txt'). Or a
        `Bulk`, whose files are brought from a server, one for each worker at a time, and deleted
        when they are read.
    out : str or Path
        Folder of the catalogue. The same folder takes more files later; another run, or other
        options, are refused.
    densities : str or Path, optional
        Folder of p(z), in parts of the same names.
    ids : np.ndarray of int64, shape (n,), optional
        Sorted: only these sources. Files whose names tell that they hold none are not opened.
    level, prior, answer, other_instrument
        As of `Estimator`.
    columns : mapping of str to str, optional
        Columns that names do not tell, by quantity.
    release : str
        Of Gaia, whose spectra these are, such as 'Gaia DR3', where files do not tell.
    recursive : bool
        Whether a folder stands for the folders in it, too.
    scheduler : str, optional
        Address of a Dask scheduler, or its file; by default there are processes on this machine,
        as many as `workers`, or one a core.
    retry_failed : bool
        Whether files that could not be read before, or not all of an archive, are tried again.
    hats : bool
        Whether there shall be a HATS catalogue as well, in the folder `out` with '-hats' behind.
    overwrite : bool
        Whether a catalogue of ours that is there is removed before.
    progress : callable, optional
        Called about once a second; may raise to end the work.

    Raises
    ------
    DataError
        If there is no such file, none of them holds spectra, the folder holds something else, or
        nothing can be written. If a `Bulk` is of another instrument than the run knows and that was
        not allowed.
    ConfigError
        If Dask, or for `hats` hats-import, is not installed.
    RunError
        If the run is not complete, another process writes this catalogue, or the scheduler has
        gone.

    Examples
    --------
    >>> from core.scale import predict_folder
    >>> done = predict_folder("compact-520k", "bulk/*.csv.gz", "catalogue")  # doctest: +SKIP
    >>> pandas.read_parquet("catalogue")  # doctest: +SKIP
    """
    estimator = Estimator(run, level, prior=prior, answer=answer, other_instrument=other_instrument)
    if densities is not None:
        _ = estimator.density_z  # refuses a run without p(z)
    if isinstance(sources, Bulk):
        # Before the first of its files, which take hours to bring, tells the same.
        estimator.expected.check(Instrument(sources.release), sources.address)
        inputs, notes = bulk_inputs(sources, ids, CatalogueFolder(Path(out).absolute()).bulk)
    else:
        given = [sources] if isinstance(sources, str | Path) else list(sources)
        inputs, notes = find_inputs(given, recursive=recursive, ids=ids)
    folder = _folder(Path(out), None if densities is None else Path(densities), inputs)
    question = Question.of(
        estimator,
        dict(columns or {}),
        release=release,
        with_densities=densities is not None,
        ids=ids,
        ids_path=folder.ids_path,
    )
    folder.check(None if overwrite else question.settings())
    if hats:
        require_hats_import()
        folder.check_hats()
    with folder.locked(), writing(folder.path):
        if overwrite:
            folder.clear()
        question = replace(
            question, provenance=folder.begin(question.settings(), question.provenance)
        )
        if ids is not None:
            np.save(folder.ids_path, ids)
        work = Work(folder, question, inputs, progress or (lambda _: None))
        work.plan(retry_failed=retry_failed)
        account = work.do(notes, scheduler, workers, hats=hats)
        shutil.rmtree(folder.bulk, ignore_errors=True)
    return _answer(work, account, folder.hats if hats else None)


def _answer(work: Work, account: Account, hats: Path | None) -> FolderPrediction:
    outcomes = {record.path: record.outcome for record in work.records.values()}
    parts = [part for outcome in outcomes.values() for part in outcome.parts]
    flags = Counter[str]()
    for part in parts:
        flags.update(part.flags)
    return FolderPrediction(
        work.folder.path,
        account,
        {path: each.reason for path, each in outcomes.items() if each.state == "failed"},
        sum(part.rows for part in parts),
        sum(part.redshifts for part in parts),
        flags,
        sum(part.has_densities for part in parts),
        [
            (record.name, row, words)
            for record in work.records.values()
            for row, words in (record.outcome.problems | record.outcome.notes).items()
        ],
        len(work.inputs),
        work.skipped,
        work.refused(),
        work.passed_over,
        hats,
        work.shift,
    )


def _folder(out: Path, densities: Path | None, inputs: Sequence[Input]) -> CatalogueFolder:
    """Return the catalogue's folder, apart from p(z)'s and from what is read."""
    out = out.absolute()
    densities = None if densities is None else densities.absolute()
    for root in filter(None, (out, densities)):
        if root.exists() and not root.is_dir():
            raise DataError(f"{root}: expected a folder for the parts, this is a file.")
        here = (each.path for each in inputs if each.remote is None)
        if any(root.resolve() in path.resolve().parents for path in here):
            raise DataError(
                f"{root}: files of spectra that are read lie in this folder; choose another one."
            )
    if densities is not None and densities.resolve() == out.resolve():
        raise DataError(f"{densities}: --out and --pz name the same folder; choose another one.")
    return CatalogueFolder(out, densities)
