"""Moving the folder of a job into the trash beside it, while nobody works on it."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.errors import RunError
from core.file_errors import sentence_of
from core.jobs.folder import Job
from core.jobs.locks import is_held
from core.stored import is_there
from core.trash import new_place


def to_trash(job: Job[Any, Any]) -> tuple[Path, datetime]:
    """Move a job's folder into the trash of the folder that it lies in; return where, and when.

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
    return path, now


def put_back(deleted: Job[Any, Any], place: Path) -> None:
    """Move a deleted job's folder back to its place, which nothing has taken.

    Raises a `RunError` if the trash was emptied, or it must not be moved.
    """
    try:
        deleted.path.rename(place)
    except FileNotFoundError as error:
        raise RunError(f"{deleted.called} is not in the trash any more.") from error
    except OSError as error:
        raise RunError(
            f"{deleted.called} cannot be restored: {sentence_of(error, place)}"
        ) from error
    with suppress(OSError):  # still in the way, it would only be an empty folder
        deleted.path.parent.rmdir()
