"""Locks of jobs and devices: whoever holds one is alive, whatever its process id says."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.jobs.beat import host


@contextmanager
def work_lock(path: Path, anchor: Path, seconds: float = -1) -> Iterator[None]:
    """Hold the lock of the process that works on a job, for the time of the block.

    A lock file alone can be deleted, and made anew by another process. So the `anchor` is held as
    well: a file without which there is no such job, and which is never replaced. Raises a
    `filelock.Timeout` if another process holds one of them for longer than `seconds`, if these are
    not negative.
    """
    with FileLock(path).acquire(timeout=seconds), ExitStack() as stack:
        if anchor.exists():
            # Network file systems lock nothing that is open for reading alone.
            file = os.open(anchor, os.O_RDWR)
            stack.callback(os.close, file)
            end = time.monotonic() + seconds
            while not _try_lock(file, fcntl.LOCK_EX):
                if seconds >= 0 and time.monotonic() >= end:
                    raise Timeout(str(anchor))
                time.sleep(0.02)
        yield


def is_worked_on(path: Path, anchor: Path, seconds: float = 0.02) -> bool:
    """Whether a `work_lock` is held, and goes on to be for `seconds`."""
    try:
        file = os.open(anchor, os.O_RDONLY)
    except OSError:
        return is_held(FileLock(path), seconds)
    try:
        # Those who look do not disturb one another here.
        free = _try_lock(file, fcntl.LOCK_SH)
    finally:
        os.close(file)
    return not free or is_held(FileLock(path), seconds)


def device_lock(root: Path, device_id: str) -> FileLock:
    """Lock of the one job in `root` that uses a device of this machine, one of `Device.keys`."""
    here = re.sub(r"[^a-z0-9.-]", "-", host().lower())
    return FileLock(Path(root) / f".device-{here}-{device_id.replace(':', '')}.lock")


def is_held(lock: FileLock, seconds: float = 0.02) -> bool:
    """Whether another process (or lock object) holds this lock, and goes on to for `seconds`."""
    if not os.path.exists(lock.lock_file):
        return False
    try:
        # Two who look at the same moment must not take each other for the holder.
        with lock.acquire(timeout=seconds, poll_interval=0.005):
            return False
    except Timeout:
        return True
    except OSError:
        # In a folder that we may not write to, nobody of ours works.
        return False


def _try_lock(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
