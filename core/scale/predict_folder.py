"""Redshifts of the spectra in any number of files, into a folder of parts."""

import hashlib
import itertools
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.atomic import write_json
from core.data.account import Account
from core.data.spectra.files import refuse_unusable
from core.errors import DamagedError, DataError, RunError
from core.file_errors import writing
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER
from core.prediction.estimator import Estimator
from core.prediction.flags import LEVEL
from core.prediction.prior import Prior
from core.runs import Run
from core.scale import cluster
from core.scale.folder import METADATA, CatalogueFolder, key_of
from core.scale.hats import write_hats
from core.scale.inputs import Input, find_inputs
from core.scale.piece import PART_ROWS, TOPIC, Piece, work_on
from core.scale.progress import Progress
from core.scale.question import Question
from core.scale.record import FileRecord, Outcome, account_of, whole_of
from core.scale.whole import finish
from core.stored import read_json

if TYPE_CHECKING:
    from distributed import Client


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
        Files that could not be read, and why.
    rows, redshifts : int
        In the catalogue.
    flags : dict of str to int
        Rows with each flag, by its name.
    densities : int
        Parts of p(z).
    problems : list of (str, str, str)
        File, row and why its flux cannot be used, or only without errors: the first of each file.
    files, skipped : int
        Files that were meant, and those that were finished before.
    hats : Path or None
        The HATS catalogue.
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
    hats: Path | None = None


def predict_folder(
    run: Run | str | Path,
    sources: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    densities: str | Path | None = None,
    ids: np.ndarray | None = None,
    level: float = LEVEL,
    prior: Prior = Prior.training,
    answer: str = DEFAULT_ANSWER,
    columns: Mapping[str, str] | None = None,
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
    sources : str, Path or iterable of them
        Files, folders, patterns such as 'bulk/*.csv.gz', lists of files ('@files.txt').
    out : str or Path
        Folder of the catalogue. The same folder takes more files later; another run, or other
        options, are refused.
    densities : str or Path, optional
        Folder of p(z), in parts of the same names.
    ids : np.ndarray of int64, shape (n,), optional
        Sorted: only these sources. Files whose names tell that they hold none are not opened.
    level, prior, answer
        As of `Estimator`.
    columns : mapping of str to str, optional
        Columns that names do not tell, by quantity.
    recursive : bool
        Whether a folder stands for the folders in it, too.
    scheduler : str, optional
        Address of a Dask scheduler, or its file; by default there are processes on this machine,
        as many as `workers`, or one a core.
    retry_failed : bool
        Whether files that could not be read before are tried again.
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
        nothing can be written.
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
    estimator = Estimator(run, level, prior=prior, answer=answer)
    if densities is not None:
        _ = estimator.density_z  # refuses a run without p(z)
    given = [sources] if isinstance(sources, str | Path) else list(sources)
    inputs, notes = find_inputs(given, recursive=recursive, ids=ids)
    folder = _folder(Path(out), None if densities is None else Path(densities), inputs)
    question = Question.of(
        estimator,
        dict(columns or {}),
        with_densities=densities is not None,
        ids=ids,
        ids_path=folder.ids_path,
    )
    folder.check(None if overwrite else question.settings())
    with folder.locked(), writing(folder.path):
        if overwrite:
            folder.clear()
        question = replace(
            question, provenance=folder.begin(question.settings(), question.provenance)
        )
        if ids is not None:
            np.save(folder.ids_path, ids)
        work = _Work(folder, question, inputs, progress or (lambda _: None))
        work.plan(retry_failed=retry_failed)
        return work.do(notes, scheduler, workers, hats=hats)


def _folder(out: Path, densities: Path | None, inputs: Sequence[Input]) -> CatalogueFolder:
    """Return the catalogue's folder, apart from p(z)'s and from what is read."""
    out = out.absolute()
    densities = None if densities is None else densities.absolute()
    for root in filter(None, (out, densities)):
        if root.exists() and not root.is_dir():
            raise DataError(f"{root}: expected a folder for the parts, this is a file.")
        if any(root.resolve() in each.path.resolve().parents for each in inputs):
            raise DataError(
                f"{root}: files of spectra that are read lie in this folder; choose another one."
            )
    if densities is not None and densities.resolve() == out.resolve():
        raise DataError(f"{densities}: --out and --pz name the same folder; choose another one.")
    return CatalogueFolder(out, densities)


class _Refilled(Iterator[Piece]):
    """Pieces that were added to a queue, then the first ones of files, but for those `passed`.

    It may have come to its end and go on: a file's first piece tells whether there are others.
    """

    def __init__(
        self, more: deque[Piece], firsts: Iterator[Piece], passed: Callable[[Piece], bool]
    ) -> None:
        self.more, self.firsts, self.passed = more, firsts, passed

    def __next__(self) -> Piece:
        while True:
            piece = self.more.popleft() if self.more else next(self.firsts)
            if not self.passed(piece):
                return piece


class _Work:
    """The work on the files of a catalogue, in the process that gives it out."""

    def __init__(
        self,
        folder: CatalogueFolder,
        question: Question,
        inputs: Sequence[Input],
        tell: Callable[[Progress], None],
    ) -> None:
        self.folder, self.question, self.tell = folder, question, tell
        self.inputs = {key_of(each.path): each for each in inputs}
        self.records = folder.read_records()
        self.to_do: dict[str, Input] = {}
        self.progress = Progress(files=len(inputs))
        self.rows_at_work: dict[str, int] = {}
        self.pieces: dict[str, dict[str, Outcome | None]] = {}  # of each file, by their names
        self.more: deque[Piece] = deque()

    def plan(self, *, retry_failed: bool) -> None:
        """Find out which files are to be done."""
        for key, each in self.inputs.items():
            known = self.records.get(key)
            finished = (
                known is not None
                and (known.name, known.size, known.mtime_ns)
                == (each.file, each.size, each.mtime_ns)
                and not (retry_failed and known.outcome.state == "failed")
                and self.folder.is_whole(known)
            )
            if not finished:
                self.to_do[key] = each
        self.skipped = len(self.inputs) - len(self.to_do)
        self.progress.files_done = self.skipped
        self.progress.size = sum(each.size for each in self.to_do.values())
        self.progress.failed = sum(
            self.records[key].outcome.state == "failed"
            for key in self.inputs.keys() - self.to_do.keys()
        )

    def do(
        self, notes: Sequence[str], scheduler: str | None, workers: int | None, *, hats: bool
    ) -> FolderPrediction:
        """Predict what is to be done, and make one catalogue of all."""
        place = self.folder.path.with_name(f"{self.folder.path.name}-hats")
        made = None
        if self.to_do or hats or not self._is_finished(notes):
            with cluster.opened(scheduler, workers) as client:
                self._predict(client)
                account = self._finish(client, notes)
                if hats and (self.to_do or not (place / "hats.properties").is_file()):
                    self.progress.doing = "writing the HATS catalogue"
                    self._told()
                    write_hats(self.folder.path, place, client)
        else:
            account = account_of(read_json(self.folder.account_path))
        if hats:
            made = place
        return self._answer(account, made)

    def _predict(self, client: "Client") -> None:
        done = cluster.run_bounded(
            client,
            work_on,
            self._pieces(),
            lambda piece: (piece, self.question),
            lambda piece: f"xpz-{piece.name}-{self.folder.path}",
            lambda: self._told(client),
        )
        client.subscribe_topic(TOPIC, self._hear)
        try:
            for piece, outcome in done:
                if isinstance(outcome, str):
                    outcome = Outcome("failed", f"{piece.path}: {outcome}")
                if outcome.state == "stop":
                    raise DataError(outcome.reason)
                self._collect(piece, outcome)
        finally:
            with suppress(Exception):  # where the scheduler has gone
                client.unsubscribe_topic(TOPIC)

    def _pieces(self) -> Iterator[Piece]:
        """Yield the work; what waits finished from an earlier start is taken in at once."""
        firsts = (
            Piece(
                str(each.path),
                key,
                each.file,
                key,
                each.size,
                each.mtime_ns,
                str(self.folder.path),
                str(self.folder.densities or ""),
                one_of_several=len(self.inputs) > 1,
            )
            for key, each in self.to_do.items()
        )
        return _Refilled(self.more, firsts, self._waits_finished)

    def _waits_finished(self, piece: Piece) -> bool:
        outcome = self.folder.read_staged(piece.name, piece.of)
        if outcome is not None:
            self._collect(piece, outcome)
        return outcome is not None

    def _collect(self, piece: Piece, outcome: Outcome) -> None:
        """Keep what came of a piece, plan the others of its file, take it in with the last."""
        pieces = self.pieces.setdefault(piece.key, {piece.name: None})
        pieces[piece.name] = outcome
        self.rows_at_work[piece.name] = sum(part.rows for part in outcome.parts)
        number = len(outcome.parts)
        for first, end in itertools.pairwise(outcome.cuts):
            name = f"{piece.key}-from-{first}"
            pieces[name] = None
            self.more.append(replace(piece, name=name, first=first, end=end, number=number))
            number += -(-(end - first) // PART_ROWS)  # at most
        known = [each for each in pieces.values() if each is not None]
        if len(known) == len(pieces):
            self._take_in(piece, whole_of(known), list(pieces))
            for name in pieces:
                self.rows_at_work.pop(name, None)

    def _take_in(self, piece: Piece, outcome: Outcome, pieces: list[str]) -> None:
        """Make what came of a file part of the catalogue."""
        rows = sum(part.rows for part in outcome.parts)
        each = self.inputs[piece.key]
        try:
            if outcome.state == "done":
                first = next(iter(outcome.problems.values()), "")
                # All rows have the fault of the first, or the file is good for something.
                wrong = dict.fromkeys(range(rows), first) if outcome.n_problems == rows else {}
                refuse_unusable(wrong, rows, piece.file)
        except DataError as error:
            outcome = Outcome("failed", str(error))
        if outcome.state == "aside" and not each.listed:
            outcome = Outcome("failed", outcome.reason)
        record = FileRecord(piece.path, piece.file, piece.size, piece.mtime_ns, outcome)
        done = outcome.state == "done"
        self.folder.take_in(piece.key, record, pieces if done else [])
        if not done:
            for name in pieces:
                self.folder.drop_staged(name)
        self.records[piece.key] = record
        self.progress.spectra_finished += rows
        self.progress.files_done += 1
        self.progress.failed += outcome.state == "failed"
        self.progress.size_done += piece.size

    def _hear(self, event: tuple[Any, Mapping[str, Any]]) -> None:
        """Take in how far a worker is; called from Dask's own thread."""
        self.rows_at_work[event[1]["piece"]] = event[1]["rows"]

    def _told(self, client: "Client | None" = None) -> None:
        if client is not None and client.status == "running":
            self.progress.workers = cluster.n_threads(client)
        self.progress.spectra_at_work = sum(list(self.rows_at_work.values()))
        self.tell(self.progress)

    def _finish(self, client: "Client", notes: Sequence[str]) -> Account:
        self._check_columns()
        self.progress.doing = "joining the parts"
        self._told(client)

        def run(do: Callable[..., None], words: Sequence[tuple[Any, ...]]) -> None:
            found = cluster.run_bounded(
                client,
                do,
                words,
                lambda each: each,
                lambda each: f"xpz-{do.__name__}-{each[0]}",
                lambda: self._told(client),
            )
            for _, outcome in found:
                if isinstance(outcome, str):
                    raise RunError(f"The parts could not be joined: {outcome}")

        account = finish(self.folder, self.records, notes, self.question.provenance, run)
        self.records = self.folder.read_records()
        if not any(record.outcome.state == "done" for record in self.records.values()):
            reasons = [record.outcome.reason for record in self.records.values()]
            raise DataError(
                f"These files contain no spectra; there is no catalogue. {reasons[0]}"
                + (f" ({len(reasons) - 1:,} more like this.)" if len(reasons) > 1 else "")
            )
        write_json(self.folder.finished_path, {"of": self._state(notes)})
        return account

    def _check_columns(self) -> None:
        """Refuse a column named by hand that none of the files has."""
        done = [each.outcome for each in self.records.values() if each.outcome.state == "done"]
        for quantity, column in self.question.columns.items():
            if done and not any(quantity in outcome.named for outcome in done):
                raise DataError(
                    f"Expected a column '{column}' of {quantity} in one of the "
                    f"{len(self.records):,} files at least, found none. Begin anew with its right "
                    "name, or without it: --overwrite."
                )

    def _is_finished(self, notes: Sequence[str]) -> bool:
        with suppress(DamagedError):
            return (
                all((root / METADATA[0]).is_file() for root in self.folder.roots[:1])
                and self.folder.account_path.is_file()
                and read_json(self.folder.finished_path).get("of") == self._state(notes)
            )
        return False

    def _state(self, notes: Sequence[str]) -> str:
        """Return what tells one set of finished files from another."""
        digest = hashlib.sha256(json.dumps(list(notes)).encode())
        for path in sorted(self.folder.records.glob("*.json")):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()

    def _answer(self, account: Account, hats: Path | None) -> FolderPrediction:
        outcomes = {record.path: record.outcome for record in self.records.values()}
        parts = [part for outcome in outcomes.values() for part in outcome.parts]
        flags: dict[str, int] = {}
        for part in parts:
            for name, n in part.flags.items():
                flags[name] = flags.get(name, 0) + n
        return FolderPrediction(
            self.folder.path,
            account,
            {path: each.reason for path, each in outcomes.items() if each.state == "failed"},
            sum(part.rows for part in parts),
            sum(part.redshifts for part in parts),
            flags,
            sum(part.has_densities for part in parts),
            [
                (record.name, row, words)
                for record in self.records.values()
                for row, words in (record.outcome.problems | record.outcome.notes).items()
            ],
            len(self.inputs),
            self.skipped,
            hats,
        )
