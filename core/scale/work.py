"""The work on a catalogue in parts, given out file by file and joined in the end."""

import hashlib
import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.amounts import n_of
from core.atomic import write_json
from core.data.account import Account
from core.data.spectra.files import none_usable
from core.errors import DamagedError, DataError, RunError, XpzError
from core.prediction.sample import MAX_SPECTRA
from core.prediction.shift import MIN_SPECTRA, Shift, learnt_from
from core.runs import Run
from core.scale import cluster
from core.scale.folder import METADATA, CatalogueFolder
from core.scale.hats import write_hats
from core.scale.inputs import Input
from core.scale.piece import PART_ROWS, Piece, why_full, work_on
from core.scale.progress import Progress
from core.scale.question import Question
from core.scale.record import FileRecord, Outcome, whole_of
from core.scale.whole import finish
from core.stored import read_json

if TYPE_CHECKING:
    from distributed import Client

ROOM = 40
"""Times the share of a file in a sample of all: what is kept of it takes 60 MB for all at most,
and 15 kB more for each."""


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


class Work:
    """The work on the files of a catalogue, in the process that gives it out."""

    def __init__(
        self,
        folder: CatalogueFolder,
        question: Question,
        inputs: Sequence[Input],
        tell: Callable[[Progress], None],
    ) -> None:
        self.folder, self.question, self.tell = folder, question, tell
        self.inputs = {each.key: each for each in inputs}
        self.records = folder.read_records()
        self.to_do: dict[str, Input] = {}
        self.progress = Progress(files=len(inputs))
        self.rows_at_work: dict[str, int] = {}  # of each piece that is given out
        self.pace = self.progress.pace
        self.size_finished = 0
        self.size_at_work: dict[str, float] = {}  # of each file that is done in pieces
        self.size_brought: dict[str, int] = {}  # of each file that comes from a server
        self.pieces: dict[str, dict[str, Outcome | None]] = {}  # of each file, by their names
        self.more: deque[Piece] = deque()
        self.shift: Shift | None = None  # of a catalogue that was changed

    def plan(self, *, retry_failed: bool) -> None:
        """Find out which files are to be done."""
        for key, each in self.inputs.items():
            known = self.records.get(key)
            finished = (
                known is not None
                and each.is_that_of(known)
                and not (retry_failed and known.outcome.failures)
                and self.folder.is_whole(known.outcome)
            )
            if not finished:
                self.to_do[key] = each
        self.skipped = len(self.inputs) - len(self.to_do)
        skipped = [self.records[key].outcome for key in self.inputs if key not in self.to_do]
        self.passed_over = sum(len(outcome.failures) for outcome in skipped)
        self.progress.files_done = self.skipped
        self.progress.size = sum(each.size for each in self.to_do.values())
        self.progress.failed = sum(outcome.state == "failed" for outcome in skipped)
        self.size = sum(each.size for each in self.inputs.values())

    def do(
        self, notes: Sequence[str], scheduler: str | None, workers: int | None, *, hats: bool
    ) -> Account:
        """Predict what is to be done, and make one catalogue of all; return its account."""
        finished = not self.to_do and self._is_finished(notes)
        hats = hats and not (finished and self._has_hats(notes))
        if finished and not hats:
            return self._read_account()
        with self._full_disk_told(), cluster.opened(scheduler, workers) as client:
            if finished:
                account = self._read_account()
            else:
                self.folder.withdraw()
                self._predict(client)
                account = self._finish(client, notes)
            if hats:
                self._write_hats(client, notes)
        return account

    @contextmanager
    def _full_disk_told(self) -> Iterator[None]:
        """Say of a full disk what workers say, whichever file there was no room for."""
        try:
            yield
        except (XpzError, OSError) as error:
            if reason := why_full(error, str(self.folder.path)):
                raise DataError(reason) from error
            raise

    def refused(self) -> tuple[str, ...]:
        """Return why files that were to be done now could not be read, those in archives, too."""
        done = [self.records[key].outcome for key in self.to_do]
        return tuple(reason for outcome in done for reason in outcome.failures)

    def _read_account(self) -> Account:
        return Account.from_json(read_json(self.folder.account_path))

    def _predict(self, client: "Client") -> None:
        done = cluster.run_bounded(
            client, work_on, self._pieces(), self._given, lambda: self._told(client)
        )
        topic = Piece.topic_of(self.folder.path)
        client.subscribe_topic(topic, self._hear)
        try:
            for piece, outcome in done:
                if isinstance(outcome, str):
                    outcome = Outcome("failed", f"{piece.origin}: {outcome}")
                if outcome.state == "stop":
                    raise DataError(outcome.reason)
                self._collect(piece, outcome)
        finally:
            with suppress(Exception):  # where the scheduler has gone
                client.unsubscribe_topic(topic)

    def _given(self, piece: Piece) -> tuple[Piece, Question]:
        """Return what a worker gets; from now on it is heard."""
        self.rows_at_work[piece.name] = 0
        return piece, self.question

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
                remote=each.remote,
                n_sampled=self._n_sampled(each),
            )
            for key, each in self.to_do.items()
        )
        return _Refilled(self.more, firsts, self._waits_finished)

    def _n_sampled(self, each: Input) -> int:
        """Return how many spectra of a file are kept: many times what its share should be.

        That is the whole sample where there are few files; of many it is no more than a sample of
        the whole needs, with room for files whose spectra take less space than others'.
        """
        share = each.size / self.size if each.size else 1 / len(self.inputs)
        return min(MAX_SPECTRA, MIN_SPECTRA + round(ROOM * MAX_SPECTRA * share))

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
        self.pace.ended(piece.name, self.rows_at_work[piece.name])
        self.progress.spectra_ended += self.rows_at_work[piece.name]
        number = len(outcome.parts)
        for first, end in itertools.pairwise(outcome.cuts):
            name = f"{piece.key}-from-{first}"
            pieces[name] = None
            self.more.append(replace(piece, name=name, first=first, end=end, number=number))
            number += -(-(end - first) // PART_ROWS)  # at most
        known = [each for each in pieces.values() if each is not None]
        if len(known) < len(pieces):
            self.size_at_work[piece.key] = piece.size * len(known) / len(pieces)
        else:
            for name in pieces:
                self.rows_at_work.pop(name, None)  # from now on it is not heard
            self._take_in(piece, whole_of(known), list(pieces))
            del self.pieces[piece.key]

    def _take_in(self, piece: Piece, outcome: Outcome, pieces: list[str]) -> None:
        """Make what came of a file part of the catalogue."""
        rows = sum(part.rows for part in outcome.parts)
        each = self.inputs[piece.key]
        if outcome.state == "done" and rows and outcome.n_problems == rows:
            first = next(iter(outcome.problems.values()))
            outcome = Outcome("failed", str(none_usable(rows, first, piece.file)))
        if outcome.state == "aside" and not each.listed:
            outcome = Outcome("failed", outcome.reason)
        record = FileRecord(
            piece.origin, piece.file, piece.size, piece.mtime_ns, outcome, piece.version
        )
        done = outcome.state == "done"
        self.folder.take_in(piece.key, record, pieces if done else [])
        if not done:
            for name in pieces:
                self.folder.drop_staged(name)
        self.records[piece.key] = record
        self.progress.spectra_finished += rows
        self.progress.files_done += 1
        self.progress.failed += outcome.state == "failed"
        self.size_at_work.pop(piece.key, None)
        self.size_brought.pop(piece.key, None)
        self.size_finished += piece.size

    def _hear(self, event: tuple[Any, Mapping[str, Any]]) -> None:
        """Take in how far a worker is; called from Dask's own thread."""
        told = event[1]
        if (piece := told["piece"]) not in self.rows_at_work:  # it is taken in by now
            return
        if "rows" in told:
            self.rows_at_work[piece] = told["rows"]
            self.pace.heard(piece, told["rows"])
        else:  # a file comes as a whole, so its only piece is called as its parts are
            self.size_brought[piece] = min(told["bytes"], self.inputs[piece].size)

    def _told(self, client: "Client | None" = None) -> None:
        if client is not None and client.status == "running":
            self.progress.workers = cluster.n_threads(client)
        self.progress.spectra_at_work = sum(list(self.rows_at_work.values()))
        self.progress.size_ended = self.size_finished + round(sum(self.size_at_work.values()))
        brought = sum(list(self.size_brought.values()))  # another thread hears
        self.progress.size_done = self.progress.size_ended + brought
        self.tell(self.progress)

    def _finish(self, client: "Client", notes: Sequence[str]) -> Account:
        self._check_columns()
        self.progress.doing = "joining the parts"
        self._told(client)

        def run(do: Callable[..., None], words: Sequence[tuple[Any, ...]]) -> None:
            found = cluster.run_bounded(
                client, do, words, lambda each: each, lambda: self._told(client)
            )
            for _, outcome in found:
                if isinstance(outcome, str):
                    raise RunError(f"The parts could not be joined: {outcome}")

        learnt = learnt_from(Run(Path(self.question.run)))
        account, self.shift = finish(
            self.folder, self.records, notes, self.question.provenance, learnt, run
        )
        self.records = self.folder.read_records()
        if not any(record.outcome.parts for record in self.records.values()):
            reasons = [each for record in self.records.values() if (each := record.outcome.reason)]
            raise DataError(
                ("None of these files can be used" if reasons else self._no_spectra())
                + "; there is no catalogue."
                + "".join(f" {reason}" for reason in reasons[:1])
                + (f" ({len(reasons) - 1:,} more like this.)" if len(reasons) > 1 else "")
            )
        self.folder.remove_staged()
        write_json(self.folder.finished_path, {"of": self._state(notes)})
        return account

    def _no_spectra(self) -> str:
        if (ids := self.question.read_ids()) is None:
            return "These files contain no spectra"
        return f"These files hold no spectra of the {n_of(len(ids), 'source_id')} asked for"

    def _check_columns(self) -> None:
        """Refuse a column named by hand that none of the files has."""
        done = [each.outcome for each in self.records.values() if each.outcome.state == "done"]
        for quantity, column in self.question.columns.items():
            if done and not any(quantity in outcome.named for outcome in done):
                raise DataError(
                    f"Expected a column '{column}' of {quantity} in one of the "
                    f"{n_of(len(self.records), 'file')} at least, found none. Begin anew with "
                    "its right name, or without it: --overwrite."
                )

    def _is_finished(self, notes: Sequence[str]) -> bool:
        with suppress(DamagedError):
            return (
                (self.folder.path / METADATA[0]).is_file()
                and self.folder.account_path.is_file()
                and read_json(self.folder.finished_path).get("of") == self._state(notes)
            )
        return False

    def _write_hats(self, client: "Client", notes: Sequence[str]) -> None:
        self.progress.doing = "writing the HATS catalogue"
        self._told(client)
        state = self.folder.hats_state_path
        write_json(state, {"of": ""})  # that it is ours must be known before it is there
        write_hats(self.folder.path, self.folder.hats, client)
        write_json(state, {"of": self._state(notes)})

    def _has_hats(self, notes: Sequence[str]) -> bool:
        """Return whether the HATS catalogue is there, and of the files as they are now."""
        with suppress(DamagedError):
            return (self.folder.hats / "hats.properties").is_file() and (
                read_json(self.folder.hats_state_path).get("of") == self._state(notes)
            )
        return False

    def _state(self, notes: Sequence[str]) -> str:
        """Return what tells one set of finished files from another."""
        digest = hashlib.sha256(json.dumps(list(notes)).encode())
        for path in sorted(self.folder.records.glob("*.json")):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()
