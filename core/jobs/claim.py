"""Whose turn it is to start the process of a job, where machines may not see each other's locks.

A claim is a file that only one can make, on any file system. Its number is one more than that of
the job's last start, which the status keeps: whoever is late finds the number used up.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.errors import RunError
from core.jobs.beat import GONE_AFTER, has_gone, is_beating, machine, new_beat, write_beat
from core.jobs.folder import Job
from core.jobs.status import JobStatus


@contextmanager
def claimed(job: Job[Any, Any], seen: JobStatus) -> Iterator[int]:
    """Be the one who starts a job's process in the block, which keeps the number that is yielded.

    `seen` is the status that the decision to start it rests on; `core.jobs.queue.starting` keeps
    away who is on this machine. Raises a `RunError` if another machine was faster, or works on the
    job.
    """
    taken = RunError(f"{job.called} is being started right now.")
    if not has_gone(job.beat_path):
        raise RunError(f"{job.called} is active right now, on another machine.")
    before = _claims(job.path)
    if any(machine() != maker for maker in before.values()) and not _stay(job, before):
        raise taken
    number = max([seen.takes, *before]) + 1
    path = job.path / f"{number}.claim"
    try:
        with open(path, "x", encoding="ascii") as file:
            file.write(machine())
    except FileExistsError as error:
        raise taken from error
    try:
        if job.read_status().takes != seen.takes or max(_claims(job.path), default=0) != number:
            raise taken
        # Before the claim goes: others may not see that a process starts here.
        write_beat(job.beat_path, new_beat())
        yield number
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    remove_used(job, number)


def remove_used(job: Job[Any, Any], number: int) -> None:
    """Remove the claims on a job up to this number, with which its process was started.

    That process does so too: whoever started it may be killed before it comes to that.
    """
    for each in _claims(job.path):
        if each <= number:
            (job.path / f"{each}.claim").unlink(missing_ok=True)


def _claims(folder: Path) -> dict[int, str]:
    """Return the claims on a job by number, each with the machine that made it."""
    found = {}
    for path in folder.glob("*.claim"):
        with suppress(FileNotFoundError, ValueError):
            found[int(path.stem)] = path.read_text(encoding="ascii")
    return found


def _stay(job: Job[Any, Any], claims: dict[int, str]) -> bool:
    """Whether these claims are as they were after a while: who made them was killed."""
    end = time.monotonic() + GONE_AFTER
    while time.monotonic() < end:
        time.sleep(0.1)
        if _claims(job.path) != claims or is_beating(job.beat_path):
            return False
    return True
