"""Whose turn it is to start the process of a job, where machines may not see each other's locks.

A claim is a file that only one can make, on any file system. Its number is one more than that of
the job's last start, which the status keeps: whoever is late finds the number used up.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.errors import RunError
from core.jobs.beat import has_gone, new_beat, write_beat
from core.jobs.folder import Job
from core.jobs.status import JobStatus


@contextmanager
def claimed(job: Job[Any, Any], seen: JobStatus) -> Iterator[int]:
    """Be the one who starts a job's process in the block, which keeps the number that is yielded.

    `seen` is the status that the decision to start it rests on. Raises a `RunError` if another
    machine was faster, or works on the job.
    """
    taken = RunError(f"{job.called} is being started right now.")
    if not has_gone(job.beat_path):
        raise RunError(f"{job.called} is active right now, on another machine.")
    # Whoever made a claim of a higher number and told no more of it has gone as well.
    number = max([seen.takes, *_numbers(job.path)]) + 1
    path = job.path / f"{number}.claim"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError as error:
        raise taken from error
    try:
        if job.read_status().takes != seen.takes or max(_numbers(job.path)) != number:
            raise taken
        # Before the claim goes: others may not see that a process starts here.
        write_beat(job.beat_path, new_beat())
        yield number
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    for each in _numbers(job.path):
        if each <= number:
            with suppress(FileNotFoundError):
                (job.path / f"{each}.claim").unlink()


def _numbers(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.claim") if path.stem.isdigit()]
