"""What killed processes leave, and who removes it: whoever starts next."""

import fcntl
import os
import re
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.jobs.folder import Job

# As `TemporaryFolder` names them and what lies in them: people have folders called xpz-... too.
_FOLDER = re.compile(r"xpz-unpacked-[a-z0-9_]{8}")
_CONTENT = re.compile(r"table|stdin|\d+")


class TemporaryFolder:
    """A folder for plain files that lives as long as something refers to it.

    Its process holds a lock on it, so that others see whether that one lives. The files in it are
    called 'table' or 'stdin', or are numbered.
    """

    def __init__(self) -> None:
        remove_dead_folders()
        self.path, lock = _make_folder()
        weakref.finalize(self, _remove, self.path, lock)


def remove_dead_folders() -> None:
    """Remove the temporary folders of processes that have gone."""
    for path in Path(tempfile.gettempdir()).glob("xpz-unpacked-*"):
        if _FOLDER.fullmatch(path.name):
            with suppress(OSError):  # another user's, no folder, in use, or just removed
                lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if all(
                        _CONTENT.fullmatch(each.name) and each.is_file() for each in path.iterdir()
                    ):
                        shutil.rmtree(path)
                finally:
                    os.close(lock)


def remove_leftovers(job: Job[Any, Any]) -> None:
    """Remove what writes of a killed process left in the job's folder, whose lock we hold."""
    for pattern in (*job.temporaries, f".{job.beat_path.name}"):
        for path in job.path.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    remove_dead_folders()


def _make_folder() -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix="xpz-unpacked-"))
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return path, lock
            os.close(lock)  # taken for a dead one's before it was locked


def _remove(path: Path, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(lock)
