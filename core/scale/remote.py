"""Input files on a server, each brought when a worker comes to it, and deleted when it is read."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from core.data.archive.bulk import BulkFile
from core.data.archive.config import ArchiveConfig
from core.errors import RunError

SECONDS_BETWEEN_TOLD = 1.0


@dataclass(frozen=True)
class Remote:
    """A bulk file, and how patiently it is asked for."""

    file: BulkFile
    config: ArchiveConfig


@contextmanager
def brought(remote: Remote, path: Path, told: Callable[[int], None]) -> Iterator[None]:
    """Have the file at `path` for the time of the block; `told` takes the bytes that have come.

    A task may run twice at a time, of a start that was killed too: the second one waits. What stops
    the work as a whole (a server that is gone, a full disk) leaves the file there for the next
    start, which goes on.
    """
    # The client's libraries take most of a second to import.
    from core.data.archive.bulk_file import bring, forget

    last = time.monotonic()

    def tell(done: int, _: int | None) -> None:
        nonlocal last
        if time.monotonic() - last > SECONDS_BETWEEN_TOLD:
            last = time.monotonic()
            told(done)

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        bring(remote.file, path, remote.config, told=tell)
        try:
            yield
        except (RunError, OSError):
            raise
        except Exception:  # a fault of the file, which the next start would only meet again
            forget(path)
            raise
        forget(path)
