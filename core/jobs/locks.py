"""Locks of jobs and devices: whoever holds one is alive, whatever its process id says."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout


class WorkLock:
    """Lock of the process that works on a job, held for its life.

    A lock file alone can be deleted, and made anew by another process. So a file is held
    as well without which there is no such job, and which is never replaced.

    Parameters
    ----------
    path : Path
        The lock file.
    anchor : Path
        The file that belongs to the job.
    """

    def __init__(self, path: Path, anchor: Path) -> None:
        self.file = FileLock(path)
        self.anchor = anchor
        self._held: int | None = None

    def acquire(self, timeout: float = -1) -> Self:
        """Wait so many seconds for the lock, for ever if -1; raise `filelock.Timeout` after."""
        deadline = time.monotonic() + timeout
        self.file.acquire(timeout=timeout)
        try:
            while not self._hold_anchor():
                if timeout >= 0 and time.monotonic() >= deadline:
                    raise Timeout(str(self.anchor))
                time.sleep(0.02)
        except BaseException:
            self.file.release()
            raise
        return self

    def release(self) -> None:
        """Let go."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
        self.file.release()

    def __enter__(self) -> Self:
        return self if self.file.is_locked else self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _hold_anchor(self) -> bool:
        try:
            # Network file systems lock nothing that is open for reading alone.
            anchor = os.open(self.anchor, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(anchor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(anchor)
            return False
        self._held = anchor
        return True


def device_lock(root: Path, device_id: str) -> FileLock:
    """Lock of the one job in `root` that uses the device ('cpu', 'gpu:0', ...)."""
    return FileLock(Path(root) / f".device-{device_id.replace(':', '')}.lock")


def is_held(lock: FileLock | WorkLock, seconds: float = 0.02) -> bool:
    """Whether another process (or lock object) holds this lock, and goes on to for `seconds`."""
    if isinstance(lock, WorkLock):
        return _is_locked(lock.anchor) or is_held(lock.file, seconds)
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


def _is_locked(path: Path) -> bool:
    """Whether someone holds a file; those who look do not disturb one another."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
