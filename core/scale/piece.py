"""What a worker does: predict a piece of an input file, and put its parts down as a whole."""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.data.labels.choice import BY_HAND
from core.data.spectra.files import open_spectra
from core.data.tables import parquet
from core.errors import DataError, NotATable, RunError, XpzError
from core.file_errors import UNWRITABLE, number_of, reason_and_todo, sentence_of
from core.prediction.catalogue.joined import Part
from core.prediction.catalogue.pz_file import writing_pz
from core.prediction.estimator import BLOCK_SPECTRA, NO_G
from core.prediction.instrument import OtherInstrumentError
from core.prediction.sample import MAX_SPECTRA, Sample
from core.prediction.seen import SEEN
from core.scale.cuts import between, find_cuts
from core.scale.folder import SAMPLE, CatalogueFolder, part_name
from core.scale.part import write_part
from core.scale.put_down import attempt, put_down, sync
from core.scale.question import Question
from core.scale.record import SHOWN, Outcome, PartRecord, add_accounts
from core.scale.remote import Remote, brought
from core.spectra import Spectra

PART_ROWS = 16 * BLOCK_SPECTRA
"""Of a part at least, where its input has as many: some 8 MB, which readers like."""

# Told how many 'rows' of the piece are done, or 'bytes' of its file have come.
Told = Callable[[str, int], None]


@dataclass(frozen=True)
class Piece:
    """A piece of an input file: all of it, or some of its rows.

    Attributes
    ----------
    path, key, file : str
        Where the input is, how its parts are called, and what the column `file` says.
    name : str
        Of the piece, unique in the catalogue.
    size, mtime_ns : int
        Of the input when the work was planned.
    out, densities : str
        Folders of the catalogue and of p(z), '' for none.
    one_of_several : bool
        Whether there are other inputs, which may have the columns that are named by hand.
    first, end, number : int
        Rows of a piece that is not its file's first, and the number of its first part; 0 of others.
    remote : Remote or None
        Where the input is if it is on a server; it is brought to `path`.
    n_sampled : int
        Spectra of it that are kept at most, to compare those of the catalogue with the run's.
    """

    path: str
    key: str
    file: str
    name: str
    size: int
    mtime_ns: int
    out: str
    densities: str = ""
    one_of_several: bool = True
    first: int = 0
    end: int = 0
    number: int = 0
    remote: Remote | None = None
    n_sampled: int = MAX_SPECTRA

    @property
    def origin(self) -> str:
        """Where people find the input."""
        return self.path if self.remote is None else self.remote.file.url

    @property
    def version(self) -> str:
        """What tells an input on a server from another one; '' of those on the disk."""
        return "" if self.remote is None else self.remote.file.version

    @property
    def of(self) -> dict[str, Any]:
        """What the piece is made from."""
        if self.remote is not None:
            return {"path": self.origin, "file": self.file, "version": self.version}
        return {
            "path": self.path, "file": self.file, "size": self.size, "mtime_ns": self.mtime_ns
        }  # fmt: skip

    @property
    def topic(self) -> str:
        """Of the events that tell how many rows are done; a scheduler may serve several."""
        return self.topic_of(Path(self.out))

    @staticmethod
    def topic_of(out: Path) -> str:
        """Return the topic of all pieces of a catalogue."""
        return f"xpz-rows-{out}"

    @property
    def folder(self) -> CatalogueFolder:
        """The catalogue that it belongs to."""
        return CatalogueFolder(Path(self.out), Path(self.densities) if self.densities else None)


def work_on(piece: Piece, question: Question) -> Outcome:
    """Predict a piece and return what came of it, which waits in the catalogue's folder.

    Nothing is raised: what is wrong with a file is what came of it.
    """
    try:
        told = _teller(piece)
        question.estimator()  # before a file is brought in vain
        told("rows", 0)  # from here on it is work, which tells how fast that goes
        if piece.remote is None:
            return _predict(piece, question, told)
        with brought(piece.remote, Path(piece.path), lambda n: told("bytes", n)):
            return _predict(piece, question, told)
    except NotATable as error:
        return Outcome("aside", str(error), error.aside)
    except Exception as error:  # one file must not end the work on the others
        if reason := why_full(error, piece.out):
            return Outcome("stop", reason)
        # All files of a server are of one release: the others are not brought to be refused, too.
        of_all = piece.remote is not None and isinstance(error, OtherInstrumentError)
        if of_all or (isinstance(error, RunError) and not isinstance(error, DataError)):
            return Outcome("stop", str(error))
        since = f" (Its row 1 is row {piece.first + 1:,} of the file.)" if piece.first else ""
        return Outcome("failed", _sentence(error, piece.origin) + since)


def why_full(error: BaseException | None, out: str) -> str:
    """Return what to say if nothing can be written any more, else ''."""
    while error is not None:
        if isinstance(error, OSError) and number_of(error) in UNWRITABLE:
            where = error.filename or out
            reason, _ = reason_and_todo(error, where)
            return (
                f"{where}: cannot be written: {reason}. What is finished is kept "
                "whole. Make room, and start the same command again: it goes on from there."
            )
        error = error.__cause__ or error.__context__
    return ""


def _sentence(error: Exception, path: str) -> str:
    if isinstance(error, XpzError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{path}: the worker's memory does not suffice for this file. Give it more."
    if isinstance(error, OSError):
        return sentence_of(error, error.filename or path)
    return f"{path}: an unexpected {type(error).__name__}: {error}"


def _predict(piece: Piece, question: Question, told: Told) -> Outcome:
    estimator = question.estimator()
    if piece.first:
        parquet.trust(Path(piece.path))  # whoever did the first piece has read it all
    file = open_spectra(
        Path(piece.path),
        by_hand=question.by_hand,
        lenient=True,
        optional=piece.one_of_several,
        only=question.read_ids(),
    )
    cuts: tuple[int, ...] = ()
    if piece.first:
        file = between(file, piece.first, piece.end)
    elif piece.remote is None and (
        cuts := find_cuts(file, Path(piece.path), BLOCK_SPECTRA, PART_ROWS)
    ):
        file = between(file, 0, cuts[1])
    problems, notes = _Words(), _Words()
    accounts: list[dict[str, Any]] = []
    records: list[PartRecord] = []
    n = without_g = seen = 0
    sample = Sample(piece.n_sampled)
    with attempt(piece.folder, piece.name) as (folder, of_densities):
        blocks = file.chunks(BLOCK_SPECTRA)
        first = next(blocks, None)
        while first is not None:
            stack = ExitStack()
            name, rows, parts = part_name(piece.key, piece.number + len(records)), 0, list[Part]()
            with stack:
                store = None
                if of_densities is not None:
                    store = stack.enter_context(
                        writing_pz(of_densities / name, estimator.density_z, question.provenance)
                    )
                spectra: Spectra | None = first
                while spectra is not None and rows < PART_ROWS:
                    if piece.first and not spectra.has_ids:  # then they number the rows
                        spectra = replace(spectra, source_id=spectra.source_id + piece.first)
                    table = estimator.predict(spectra, densities=store, name=piece.origin)
                    parts.append(Part.of(piece.file, table, spectra))
                    sample.add(spectra)
                    problems.add(piece, n, spectra.problems)
                    notes.add(piece, n, spectra.notes)
                    without_g += estimator.without_g(spectra, table)
                    seen += estimator.n_seen(spectra.source_id) if spectra.has_ids else 0
                    rows, n = rows + len(spectra), n + len(spectra)
                    told("rows", n)
                    spectra = next(blocks, None)
                first = spectra
            record, account = write_part(parts, folder / name, question.provenance)
            if of_densities is not None and (of_densities / name).exists():
                sync(of_densities / name)
                record = replace(record, has_densities=True)
            records.append(record)
            accounts.append(account.to_json())
        whole = add_accounts(accounts)
        if not piece.first:
            file.enter(whole)
        whole.rows += n
        whole.noted += Counter({NO_G: without_g, SEEN: seen})  # without zeros
        chosen = (item for table in file.tables for item in table.columns.choices.items())
        outcome = Outcome(
            parts=tuple(records),
            account=whole.to_json(),
            named=tuple({quantity for quantity, choice in chosen if choice.kind == BY_HAND}),
            refused=tuple(file.refused),
            problems=problems.first,
            notes=notes.first,
            n_problems=problems.n,
            n_notes=notes.n,
            cuts=cuts[1:],
        )
        told("rows", n)
        sample.save(folder / SAMPLE)
        sync(folder / SAMPLE)
        _check_unchanged(piece)
        put_down(piece.folder, piece.name, piece.of, folder, of_densities, outcome)
    return outcome


class _Words:
    """What is wrong with rows: the first of them, and how many there are."""

    def __init__(self) -> None:
        self.first: dict[str, str] = {}
        self.n = 0

    def add(self, piece: Piece, start: int, words: dict[int, str]) -> None:
        for row in sorted(words)[: max(SHOWN - len(self.first), 0)]:
            # A piece counts its own rows, people those of the file.
            of_file = re.sub(r"^row (\d+)", lambda m: f"row {piece.first + int(m[1])}", words[row])
            self.first[str(piece.first + start + row)] = of_file
        self.n += len(words)


def _check_unchanged(piece: Piece) -> None:
    """Refuse what was read of a file that was replaced meanwhile: pieces of two would be mixed."""
    if piece.remote is not None:  # nobody else knows it
        return
    status = Path(piece.path).stat()
    if (status.st_size, status.st_mtime_ns) != (piece.size, piece.mtime_ns):
        raise DataError(
            f"{piece.path}: was changed while it was read. The next start reads it again."
        )


def _teller(piece: Piece) -> Told:
    """Return what tells the one who asked how far the piece is."""
    try:
        from distributed import get_worker

        worker = get_worker()
    except (ImportError, ValueError):  # not on a worker
        return lambda what, n: None
    return lambda what, n: worker.log_event(piece.topic, {"piece": piece.name, what: n})
