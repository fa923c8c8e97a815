"""Deleting fetches: for good, since the archive has all of it."""

import secrets
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from filelock import Timeout

from core.data.archive.build_job import build_of
from core.data.archive.fetch_job import FetchJob
from core.data.archive.match_job import match_of
from core.data.archive.of_fetch import holding
from core.errors import RunError
from core.file_errors import sentence_of
from core.jobs import Job

GONE = ".deleted-"
"""Begins the name of a folder that is on its way out."""


def delete_fetch(fetch: FetchJob) -> None:
    """Remove a fetch, with what was matched with it; data sets that were built of it stay.

    Raises a `RunError` if it is at work, or something that uses it, or its folder must not be
    written to; it is whole then.
    """
    for left in fetch.path.parent.glob(f"{GONE}*"):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    gone = fetch.path.with_name(GONE + secrets.token_hex(4))
    with holding(fetch, 0) as held:
        if fetch.has_worker():
            raise _busy(fetch)
        build = build_of(fetch)
        for job in (match_of(fetch), build):
            if job.exists:
                _hold(job, held)
        half_built = build.half_built if build.exists else None
        try:
            fetch.path.rename(gone)
        except OSError as error:
            raise RunError(
                f"{fetch.called} cannot be deleted: {sentence_of(error, fetch.path)}"
            ) from error
    shutil.rmtree(gone, ignore_errors=True)
    if half_built is not None:
        shutil.rmtree(half_built, ignore_errors=True)


def _hold(job: Job[Any, Any], held: ExitStack) -> None:
    """Keep a job from being started; raise a `RunError` if it is at work."""
    try:
        held.enter_context(job.start_lock().acquire(timeout=0))
    except Timeout as error:
        raise _busy(job) from error
    if job.has_worker():
        raise _busy(job)


def _busy(job: Job[Any, Any]) -> RunError:
    return RunError(f"{job.called} is at work; cancel it first, then delete.")


def size_of_fetch(fetch: FetchJob) -> int:
    """Return how much a fetch takes on the disk [bytes]."""
    return sum(_size(path) for path in fetch.path.rglob("*"))


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # a file of a fetch at work that has just got its name
        return 0
