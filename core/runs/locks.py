"""Locks of runs and devices: whoever holds one is alive, whatever its process id says."""

import os
from pathlib import Path

from filelock import FileLock, Timeout


def device_lock(root: Path, device_id: str) -> FileLock:
    """Lock of the one training in `root` that uses the device ('cpu', 'gpu:0', ...)."""
    return FileLock(Path(root) / f".device-{device_id.replace(':', '')}.lock")


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
