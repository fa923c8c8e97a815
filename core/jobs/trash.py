"""Deleting jobs: their folders lie in `.trash` beside them, and come back, until it is emptied."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from filelock import FileLock, Timeout

from core.errors import RunError
from core.file_errors import sentence_of
from core.jobs.folder import Job
from core.jobs.locks import is_held
from core.jobs.roots import JOB_ID
from core.stored import is_there
from core.trash import new_place, places, put_back, too_old

J = TypeVar("J", bound=Job[Any, Any])


@dataclass(frozen=True)
class Deleted(Generic[J]):
    """A deleted job: its folder, as it lies in the trash, and when it was deleted, UTC."""

    job: J
    deleted: datetime

    @property
    def was(self) -> J:
        """The job in the folder that it had."""
        return type(self.job)(self.job.path.parents[2] / self.job.id)


def delete(job: J) -> Deleted[J]:
    """Move a job into the trash of its folder; empty that of what is older than `KEEP_DAYS`.

    Raises a `RunError` if it is not there, something works on it, or it must not be moved.
    """
    if not is_there(job.path):  # a lock would make its folder anew
        raise RunError(f"{job.called} is not there any more; another session deleted it.")
    busy = RunError(f"{job.called} is active; cancel it first, then delete it.")
    folder, now = new_place(job.path.parent)
    try:
        # Nobody can start a process for it while it moves.
        with job.start_lock().acquire(timeout=0):
            others = [FileLock(path) for path in job.path.glob("*.lock") if path.stem != "start"]
            if job.has_worker() or any(is_held(lock) for lock in others):
                raise busy
            folder.mkdir(parents=True)
            path = job.path.rename(folder / job.id)
    except Timeout as error:
        raise busy from error
    except OSError as error:
        raise RunError(
            f"{job.called} cannot be moved to the trash: {sentence_of(error, folder)}"
        ) from error
    with suppress(OSError):  # it is in the trash, whatever comes of what is left to tidy
        for lock in path.glob("*.lock"):
            lock.unlink()
        empty_trash(type(job), job.root, too_old(now))
    return Deleted(type(job)(path), now)


def undelete(deleted: Deleted[J]) -> J:
    """Put a deleted job back where it was.

    Raises a `RunError` if a job has its id by now, the trash was emptied, or it must not be moved.
    """
    job = deleted.was
    if is_there(job.path):
        raise RunError(
            f"Another {job.kind} '{job.id}' exists now. Delete it first, then restore this one."
        )
    put_back(deleted.job.path, job.path, job.called, RunError)
    with suppress(OSError):  # still in the way, it would only be an empty folder
        deleted.job.path.parent.rmdir()
    return job


def list_deleted(kind: type[J], root: Path) -> list[Deleted[J]]:
    """Return the deleted jobs of a kind of a root of runs, the last one first."""
    found = []
    for folder, moment in places(Path(root).resolve() / kind.place):
        with suppress(OSError):
            found += [
                Deleted(kind(path), moment)
                for path in folder.iterdir()
                if JOB_ID.fullmatch(path.name) and is_there(path / "config.json")
            ]
    return sorted(found, key=lambda each: each.deleted, reverse=True)


def empty_trash(kind: type[J], root: Path, before: datetime | None = None) -> int:
    """Remove for good what was deleted before a moment, by default everything; return how many."""
    found = list_deleted(kind, root)
    gone = [each for each in found if before is None or each.deleted < before]
    for each in gone:
        shutil.rmtree(each.job.path.parent)
    return len(gone)
