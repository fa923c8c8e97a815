"""A job is a folder: what it does, how it goes, and who works on it."""

import functools
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from filelock import FileLock

from core.atomic import write_json
from core.clock import utc_now
from core.config import from_dict, to_dict
from core.errors import DamagedError
from core.jobs.beat import Beat, host, is_beating, read_beat
from core.jobs.detached import read_log
from core.jobs.locks import is_held, is_worked_on, work_lock
from core.jobs.status import JobStatus
from core.stored import COPY_AGAIN, read_as, read_json, read_lines, reading
from core.versions import kept

C = TypeVar("C")
T = TypeVar("T")
S = TypeVar("S", bound=JobStatus)


class File:
    """A file of a job's folder: its path, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, job: "Job[Any, Any]", owner: type) -> Path:
        return job.path / self.name


@dataclass(frozen=True)
class Job(Generic[C, S]):
    """The folder of a job; a kind of job says below what is its own."""

    kind: ClassVar[str] = "job"  # what people call such a job
    place: ClassVar[str] = ""  # folder of its jobs in a root of runs, if not the root itself
    module: ClassVar[str] = ""  # whose process works on it: ``python -m module FOLDER``
    config_class: ClassVar[type] = dict  # what config.json holds
    status_class: ClassVar[type] = JobStatus  # what status.json holds
    anchor: ClassVar[str] = "config.json"  # always there, and never replaced; see `work_lock`
    # states that a job can be resumed from
    resumable: ClassVar[tuple[str, ...]] = ("cancelled", "failed", "lost")
    # what its status says of the work at hand where nobody works
    afresh: ClassVar[Mapping[str, Any]] = {}
    # what a write that broke off leaves, written by its process alone
    temporaries: ClassVar[tuple[str, ...]] = ()
    mend: ClassVar[str] = COPY_AGAIN  # what people can do about a damaged file

    status_path = File("status.json")
    lock_path = File("worker.lock")  # of the process at work
    cancel_path = File("cancel")  # asks it to stop; its text is the state to end in
    log_path = File("worker.log")  # what the process prints

    path: Path

    @property
    def id(self) -> str:
        """Name of the folder, unique in its root."""
        return self.path.name

    @property
    def root(self) -> Path:
        """The root of runs that the job lies in, whose devices it shares."""
        return self.path.parents[len(Path(self.place).parts)]

    @property
    def called(self) -> str:
        """The job at the beginning of a sentence."""
        return f"{self.kind.capitalize()} '{self.id}'"

    def worker_lock(self, seconds: float = -1) -> AbstractContextManager[None]:
        """Return what holds the lock of the process at work; see `work_lock`."""
        return work_lock(self.lock_path, self.path / self.anchor, seconds)

    def has_worker(self, seconds: float = 0.02) -> bool:
        """Whether a process works on this job, here and for `seconds` on, or elsewhere."""
        anchor = self.path / self.anchor
        return is_worked_on(self.lock_path, anchor, seconds) or is_beating(self.beat_path)

    @property
    def beat_path(self) -> Path:
        """File that the process at work renews every few seconds; see `core.jobs.beat`."""
        return self.lock_path.with_suffix(".beat")

    def beat(self) -> Beat | None:
        """Return who works on the job, or was killed at it; None if nobody."""
        return read_beat(self.beat_path)

    def start_lock(self) -> FileLock:
        """Lock of whoever starts a process, until that holds its own."""
        return FileLock(self.path / "start.lock")

    @functools.cached_property
    def config(self) -> C:
        """What the job does; it never changes."""
        path = self.path / "config.json"
        return kept(path, lambda: self.read_as(self.config_class, path.name), self.config_class)

    @property
    def device(self) -> str | None:
        """The device asked for: 'auto', 'cpu' or 'gpu:N'; None if it needs none."""
        return self.read_json("config.json").get("device", "auto")

    @property
    def data_path(self) -> Path:
        """Where the data set was; the file may have gone since."""
        return Path(os.path.normpath(self.path / self.config.data.path))  # type: ignore[attr-defined]

    def status(self) -> S:
        """Return how the job goes, 'lost' if its process has gone without a word."""
        before = self.read_status()
        if not before.is_active or self.is_alive():
            return before
        # The process may have ended properly between the two looks.
        status = self.read_status()
        if status.for_workers and status.state == "queued":
            return replace(status, host="")
        return self.without_process(status) if status.is_active else status

    def without_process(self, status: S) -> S:
        """Return the status of a job that should be at work, and nobody is."""
        where = f" on {status.host}" if status.host not in ("", host()) else ""
        message = (
            f"{self.called} ended unexpectedly{where} (its process was killed, memory ran out, "
            f"its disk is full, or the machine stopped). {self.next_step(status)}"
        )
        if status.for_workers:
            message += " The next free worker does so by itself."
        return replace(status, state="lost", message=message)

    def next_step(self, status: S) -> str:
        """Return the sentence that says where a resume goes on."""
        return "Resume starts it again."

    def can_resume(self, status: S) -> bool:
        """Whether a job that stopped like this can go on."""
        return status.state in self.resumable and not status.for_good

    def reached(self, status: S) -> float:
        """Return how far the job has come, in any measure that grows with what is kept."""
        return 0.0

    @property
    def is_active(self) -> bool:
        """Whether the job waits or works."""
        return self.status().is_active

    def is_alive(self) -> bool:
        """Whether a process works on this job or is being started: its lock is held.

        A process id would lie: it is reused, and stays while a dead child waits for its parent.
        """
        # This order: the starter lets go only when the worker holds its own lock.
        return is_held(self.start_lock()) or self.has_worker()

    def log(self, tail: int = 200) -> str:
        """Return the last `tail` lines of the process' output."""
        return read_log(self.log_path, tail)

    def read_status(self) -> S:
        """Return the status as it was written last, whoever is alive."""
        # One of a job at work is read each time: others look whether it is theirs to take.
        return kept(
            self.status_path,
            self._read_status,
            self.status_class,
            keep=lambda status: not status.is_active,
        )

    def _read_status(self) -> S:
        name = self.status_path.name
        known = {field.name for field in fields(self.status_class)}
        values = {key: value for key, value in self.read_json(name).items() if key in known}
        with self.reading(name):
            return from_dict(self.status_class, values, name)

    def write_status(self, status: S) -> None:
        """Replace the status; the time of the update is set here."""
        write_json(self.status_path, to_dict(replace(status, updated=utc_now())))

    def update(self, **changes: Any) -> None:
        """Change the status."""
        self.write_status(replace(self.read_status(), **changes))

    def end(self, state: str, message: str = "", *, for_good: bool = False) -> None:
        """Record that nobody works on the job any more; a failure may be `for_good`."""
        # Of a finished one the machine is nobody's business: people share its folder.
        where = {"host": ""} if state == "done" else {}
        how = {"state": state, "message": message, "for_good": for_good}
        self.update(**how, ended=utc_now(), **where, **self.afresh)

    def not_started(self) -> None:
        """Record that the job's process ended before it held the lock."""
        if self.read_status().state == "queued":  # else it has said itself how it ended
            self.end("failed", f"The process of the {self.kind} could not start; see its log.")

    def damage(self) -> DamagedError | None:
        """Return what is wrong with the files that lists of jobs are made of; None: nothing."""
        try:
            self.read_listed()
        except DamagedError as error:
            return error
        return None

    def read_listed(self) -> None:
        """Read what lists of jobs are made of."""
        _ = self.config, self.read_status()

    def read_json(self, name: str) -> dict[str, Any]:
        """Return the table in a file of the folder."""
        return read_json(self.path / name, self._where(name), self.mend)

    def read_lines(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of a file of the folder; one that is being written is left out."""
        return read_lines(self.path / name, self._where(name), self.mend)

    def read_as(self, cls: type[T], name: str) -> T:
        """Return the dataclass that a file of the folder holds."""
        return read_as(cls, self.path / name, self._where(name), self.mend)

    def reading(self, name: str, todo: str = "") -> AbstractContextManager[None]:
        """Turn what goes wrong with a file of the folder into a `DamagedError`."""
        return reading(self._where(name), todo or self.mend)

    def _where(self, name: str) -> str:
        return f"{self.called}: {name}"
