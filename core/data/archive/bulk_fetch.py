"""A fetch from the archive's bulk files: the rows that are asked for, file by file."""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.atomic import check_writable, replacing, write_text
from core.data.archive.bulk import Bulk, BulkFile
from core.data.archive.bulk_file import bring, forget
from core.data.archive.bulk_plan import BulkPlan, plan_bulk
from core.data.archive.bulk_rows import keep_rows
from core.data.archive.bulk_state import (
    INSIDE,
    FileRecord,
    kept_path,
    read_record,
    sweep,
    write_record,
)
from core.data.archive.question import Question, ask
from core.data.archive.report import FetchReport, write_report
from core.data.archive.state import (
    SOURCES,
    SPECTRA,
    STATE,
    Chunk,
    ChunkFile,
    FetchState,
    alone,
    check_folder,
)
from core.data.schema import PER_SOURCE
from core.errors import DataError, RunError, XpzError
from core.spreadsheet import to_csv
from core.stored import is_there

FAILED = "failed.csv"

BULK_WORKERS = 2
"""One file is read while the next one is brought."""

SECONDS_BETWEEN_LOOKS = 0.2

# Told how many bytes have come, of how many; None while that is unknown.
Progress = Callable[[int, int | None], None]


class _CalledOffError(RunError):
    """Another thread has failed, or someone has stopped the work."""


@dataclass
class _Tally:
    """How many bytes of which file have come, told by several threads."""

    total: int | None
    come: dict[str, int] = field(default_factory=dict)
    called_off: threading.Event = field(default_factory=threading.Event)

    def tell(self, file: BulkFile, done: int, size: int | None) -> None:
        if self.called_off.is_set():
            raise _CalledOffError("called off")
        self.come[file.name] = done

    @property
    def done(self) -> int:
        return sum(list(self.come.values()))


def fetch_bulk(
    folder: str | Path,
    bulk: Bulk,
    ids: str | Path | np.ndarray,
    *,
    release: str = "Gaia DR3",
    workers: int = BULK_WORKERS,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> FetchReport:
    """Bring the rows of some sources from bulk files into a folder, whatever their number.

    Files are brought one after the other, `workers` of them at a time, checked, read, and deleted;
    those whose names exclude all of the ids are not asked for. The folder is like that of
    `core.data.archive.download.fetch`, but for xp/, which has a Parquet file for each bulk file
    with rows that are asked for, as they are. After any break the same call goes on.

    Parameters
    ----------
    folder : str or Path
        A new or empty one, or that of the same ids.
    bulk : Bulk
        As `core.data.archive.bulk.open_bulk` gives it.
    ids : str, Path or array of int64
        Ids of sources; or a file: a table with source_id, or a list of one id per line.
    release : str
        That of the ids, and of the spectra.
    workers : int
        Bulk files on the disk at a time.
    progress : callable, optional
        Called with the bytes that have come, and of all; may raise to end the work.
    say : callable, optional
        Takes a sentence for people, such as that something is tried again.

    Raises
    ------
    DataError
        If the folder belongs to something else, no file may hold an id, the disk has no room, or
        files could not be brought: then the others are kept, and those are listed in failed.csv.
    RunError
        If the server cannot be reached, or wants a login.
    """
    folder, say = Path(folder), say or (lambda _: None)
    asked = ask(ids=ids, release=release)
    assert asked.ids is not None
    question = Question("bulk", "", release, asked.ids, asked.n_repeated)
    wanted = np.sort(asked.ids)
    files = bulk.holding(wanted)
    check_folder(folder, question)
    for each in (folder, folder / SPECTRA, folder / INSIDE):
        check_writable(each)
    for each in (folder / SPECTRA, folder / INSIDE):
        each.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        if not is_there(folder / STATE):
            FetchState(question.to_dict(), bulk.address).write(folder)
        to_do = _to_do(folder, files)
        sweep(folder, files, to_do)
        failed: dict[str, str] = {}
        if to_do:
            what_it_takes = plan_bulk(bulk, wanted, to_do, workers=workers, say=say)
            for line in what_it_takes.lines():
                say(line)
            what_it_takes.check_room(folder)
            failed = _work(
                folder, bulk, to_do, wanted, release, workers, what_it_takes.n_bytes, progress, say
            )
        _tell_failed(folder, failed, len(files))
        records = [record for file in files if (record := read_record(folder, file))]
        return _finish(folder, bulk, question, asked.ids, records)


def _work(
    folder: Path,
    bulk: Bulk,
    files: Sequence[BulkFile],
    ids: np.ndarray,
    release: str,
    workers: int,
    total: int | None,
    progress: Progress | None,
    say: Callable[[str], None],
) -> dict[str, str]:
    """Bring and read files in threads; return the names of those that failed, and why."""
    waiting: queue.SimpleQueue[BulkFile] = queue.SimpleQueue()
    came: queue.SimpleQueue[tuple[BulkFile, BaseException | None]] = queue.SimpleQueue()
    for file in files:
        waiting.put(file)
    tally, reading = _Tally(total), threading.Lock()

    def one(file: BulkFile) -> None:
        path = folder / INSIDE / file.name
        bring(file, path, bulk.config, say, lambda done, size: tally.tell(file, done, size))
        # One at a time: it takes a core and memory, and parsers are not made for threads.
        with reading:
            if tally.called_off.is_set():
                raise _CalledOffError("called off")
            _read(folder, file, path, ids, release)

    def work() -> None:
        while not tally.called_off.is_set():
            try:
                file = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                one(file)
            except BaseException as error:
                came.put((file, error))  # before the others end for being called off
                if not isinstance(error, DataError):  # they would fare no better
                    tally.called_off.set()
            else:
                came.put((file, None))

    # Daemons: whoever stops the work does not wait for a server that is silent.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(workers, len(files)))]
    failed: dict[str, str] = {}
    try:
        for thread in threads:
            thread.start()
        n_done = 0
        while n_done < len(files):
            try:
                file, error = came.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                pass
            else:
                n_done += 1
                if isinstance(error, DataError):  # of this file alone
                    failed[file.name] = str(error)
                    say(str(error))
                elif error is not None:
                    raise error
            if progress:
                progress(tally.done, total)
    finally:
        tally.called_off.set()
    return failed


def plan_fetch(
    folder: str | Path, bulk: Bulk, ids: np.ndarray, *, workers: int = BULK_WORKERS
) -> BulkPlan:
    """Return what `fetch_bulk` of some sources (int64, rising) would still bring into a folder."""
    return plan_bulk(bulk, ids, _to_do(Path(folder), bulk.holding(ids)), workers=workers)


def _to_do(folder: Path, files: Sequence[BulkFile]) -> list[BulkFile]:
    """Return the files of which no record is in the folder."""
    return [file for file in files if read_record(folder, file) is None]


def _read(folder: Path, file: BulkFile, path: Path, ids: np.ndarray, release: str) -> None:
    """Keep the rows that are asked for, and delete the file, whatever comes of it."""
    out = kept_path(folder, file)
    try:
        out.unlink(missing_ok=True)  # of an earlier version
        n_read, n_kept, n_repeated = keep_rows(path, ids, release.split()[-1], out)
        kept = ChunkFile(out.name, out.stat().st_size) if n_kept else None
        record = FileRecord(file.version, n_read, n_kept, n_repeated, kept)
        write_record(folder, file, record)
    except OSError:  # a full disk is no fault of the file's
        raise
    except Exception as error:  # parsers raise whatever a damaged file brings about
        forget(path)
        if isinstance(error, XpzError):
            raise
        what = f"an unexpected {type(error).__name__}: {error}"
        raise DataError(f"{file.name}: {what}") from error
    forget(path)


def _tell_failed(folder: Path, failed: dict[str, str], n_files: int) -> None:
    path = folder / FAILED
    if not failed:
        path.unlink(missing_ok=True)
        return
    rows = [{"file": name, "reason": reason} for name, reason in failed.items()]
    write_text(path, to_csv(pd.DataFrame(rows)))
    first = next(iter(failed.values()))
    more = f" ({len(failed) - 1:,} more like this.)" if len(failed) > 1 else ""
    raise DataError(
        f"{len(failed):,} of {n_of(n_files, 'file')} could not be brought: {first}{more} {path} "
        "lists them. What came of the others is kept: run the same command again to continue."
    )


def _finish(
    folder: Path, bulk: Bulk, question: Question, ids: np.ndarray, records: list[FileRecord]
) -> FetchReport:
    """Write the table of sources, the state and the report of a fetch of which all files came."""
    kept = tuple(record.kept for record in records if record.kept is not None)
    arrived = [np.empty(0, np.int64)]
    for file in kept:
        path = folder / SPECTRA / file.name
        arrived.append(pd.read_parquet(path, columns=["source_id"])["source_id"].to_numpy())
    without = ids[~np.isin(ids, np.concatenate(arrived))]
    sources = pd.DataFrame({"source_id": ids}).reindex(
        columns=["source_id", "ra", "dec", *PER_SOURCE]
    )
    with replacing(folder / SOURCES) as temporary:
        sources.astype({name: float for name in sources if name != "source_id"}).to_parquet(
            temporary, index=False
        )
    whole = Chunk(0, len(ids), kept, len(ids) - len(without), tuple(without.tolist()))
    state = FetchState(question.to_dict(), bulk.address, chunks=(whole,))
    state.write(folder)
    return write_report(folder, question, state, pd.Series(dtype="int64"))
