"""A question that takes long: asked once, answered by a process of its own, its answer kept.

Whoever asks the same finds the same folder, `answers/ID` in the root of runs: the id is made of
the question and of the contents that it is about. A killed process leaves nothing of use; the
question is asked again.
"""

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from filelock import FileLock, Timeout

from core.config import to_dict
from core.file_errors import writing
from core.jobs import CountedStatus, worker
from core.jobs.folder import C, File, Job
from core.jobs.queue import resume, submit
from core.jobs.roots import create
from core.jobs.turn import obey
from core.stored import is_there

MAX_ANSWERS, MAX_BYTES = 40, 2 * 2**30
"""That are kept in a root of runs; beyond them, those that were looked at longest ago go."""

SECONDS_BETWEEN_UPDATES = 0.5

Report = Callable[[int, int], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class QuestionStatus(CountedStatus):
    """How the answering goes; see `JobStatus` for the rest.

    Attributes
    ----------
    done, total : int
        Spectra done so far, and all; 0 where that is not known yet.
    """


@dataclass(frozen=True)
class Question(Job[C, QuestionStatus]):
    """The folder of a question and its answer; a kind of question says below what is its own.

    Its configuration has the fields `device`, which is None, and `created`. Its answer is complete
    once the state is 'done'.
    """

    place = "answers"
    status_class = QuestionStatus
    afresh = MappingProxyType({"done": 0, "total": 0})
    temporaries = (".*.parquet", ".*.npz", ".*.json")
    mend = "Delete its folder: the question is asked again when it is needed."

    what: ClassVar[str] = "question"  # how its ids begin
    # Of the answer: it grows when that says something else, or in another way.
    format: ClassVar[int] = 1

    device = None
    config_path = File("config.json")

    @classmethod
    def id_of(cls, config: C) -> str:
        """Return the id of this question: another question, or other contents, have another."""
        asked = {name: value for name, value in to_dict(config).items() if name != "created"}
        text = json.dumps([cls.what, cls.format, asked], sort_keys=True, allow_nan=False)
        return f"{cls.what}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    @property
    def called(self) -> str:
        """The job at the beginning of a sentence."""
        return f"The {self.kind}"

    def next_step(self, status: QuestionStatus) -> str:
        """Return what to do after a defeat."""
        return "Start it again."

    def answer(self, report: Report) -> None:
        """Find the answer and write it into the folder; `report` takes what is done, of how much.

        What goes wrong is an `XpzError`.
        """
        raise NotImplementedError

    def used(self) -> None:
        """Note that someone looked at the answer, so that others go before it."""
        with suppress(OSError):
            os.utime(self.config_path)


Q = TypeVar("Q", bound=Question[Any])


def find(kind: type[Q], root: Path, config: Any) -> Q | None:
    """Return the question, at work or not, if it was asked before and is still kept."""
    job = kind(Path(root).resolve() / kind.place / kind.id_of(config))
    return job if is_there(job.config_path) else None


def ask(
    kind: type[Q], root: Path, config: Any, prepare: Callable[[Q], None] = lambda job: None
) -> Q:
    """Return a question in a root of runs; if nobody has asked it before, its process is started.

    `prepare` writes what the process needs besides. One that failed, was cancelled or killed stays
    so: see `ask_again`. A `FileError` says if the folder cannot be written.
    """
    found = find(kind, root, config)
    if found is not None:
        return found
    job = kind(Path(root).resolve() / kind.place / kind.id_of(config))
    with writing(job.path.parent), _asking(job.path.parent):
        if is_there(job.config_path):  # asked by another at this very moment
            return job
        # What a process that was killed while it asked may have left.
        shutil.rmtree(job.path, ignore_errors=True)
        keep_few(job.path.parent, MAX_ANSWERS - 1)
        create(kind, root, job.id, config)
        try:
            with job.start_lock():  # else others, who find it meanwhile, take it for lost
                prepare(job)
        except BaseException:
            shutil.rmtree(job.path, ignore_errors=True)
            raise
        submit(job)
    return job


def ask_again(job: Q, prepare: Callable[[Q], None] = lambda job: None) -> None:
    """Start a question anew that failed, was cancelled or killed, unless another just did."""
    with writing(job.path), _asking(job.path.parent):
        if job.can_resume(job.status()):
            resume(job, lambda: prepare(job))


def forget(job: Question[Any]) -> None:
    """Remove a question with its answer, unless somebody works on it: it may be asked anew."""
    _removed(job)


def keep_few(folder: Path, n: int = MAX_ANSWERS, n_bytes: int = MAX_BYTES) -> None:
    """Remove answers, those first that were looked at longest ago, until so many are left."""
    found = []
    for path in folder.iterdir():
        with suppress(OSError):  # another removes it just now
            if (path / "config.json").is_file():
                used = (path / "config.json").stat().st_mtime_ns
                size = sum(each.stat().st_size for each in path.iterdir())
                found.append((used, size, path))
    total, left = sum(size for _, size, _ in found), len(found)
    for _, size, path in sorted(found):
        if left <= n and total <= n_bytes:
            break
        if _removed(Job(path)):
            total, left = total - size, left - 1


def work(job: Question[Any]) -> str:
    """Answer a question; few at once, in turn, beside trainings: see `core.jobs.turn.slots`."""
    return worker.work(job, lambda job, _: _answer(job))


def _answer(job: Question[Any]) -> None:
    updated = 0.0

    def report(done: int, total: int) -> None:
        nonlocal updated
        obey(job)
        if time.monotonic() - updated >= SECONDS_BETWEEN_UPDATES:
            updated = time.monotonic()
            job.update(done=done, total=total)

    job.update(message="")
    job.answer(report)
    obey(job)
    with suppress(OSError):
        keep_few(job.path.parent)


def _removed(job: Job[Any, Any]) -> bool:
    """Remove the folder of a job unless somebody works on it."""
    try:
        with job.start_lock().acquire(timeout=0):
            if job.has_worker():
                return False
            shutil.rmtree(job.path)
    except (OSError, Timeout):
        logger.info("Kept, since it cannot be removed: %s", job.path)
        return False
    return True


@contextmanager
def _asking(folder: Path) -> Iterator[None]:
    """Let one at a time make or start questions in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".asking.lock"):
        yield
