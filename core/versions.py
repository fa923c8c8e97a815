"""What a file held, kept for as long as it is the same file: lists read thousands again and again.

An entry is dropped when the file's place, size or one of its times differs. A file that changed
within the last seconds is read each time, since two changes within one tick of a clock look alike.
"""

import errno
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

MAX_KEPT = 16_384
"""Entries: four small files of each of some thousand runs."""

SETTLED_SECONDS = 2.0

_kept: OrderedDict[Hashable, tuple[tuple[int, ...], Any]] = OrderedDict()
_lock = threading.Lock()


def version_of(path: str | Path) -> tuple[int, ...] | None:
    """Return what changes whenever a file is replaced or written to; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@dataclass(frozen=True)
class FileVersion:
    """A file as it was at one moment; another content is another version."""

    path: str
    stamp: tuple[int, ...]  # as `version_of` gives it

    @classmethod
    def of(cls, path: str | Path) -> "FileVersion":
        """Return the present version of the file at `path`; raise an OSError if there is none."""
        stamp = version_of(path)
        if stamp is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return cls(str(path), stamp)

    @property
    def is_settled(self) -> bool:
        """Whether it is old enough for a change to be told from it."""
        return _is_settled(self.stamp)


def kept(
    path: str | Path,
    read: Callable[[], T],
    *key: Hashable,
    keep: Callable[[T], bool] = lambda value: True,
) -> T:
    """Return what `read` makes of the file at `path`; called once for each version of it.

    `key` tells one use of a file from another. What is returned is shared, and never to be changed.
    Errors are not kept, nor values that `keep` declines.
    """
    entry = str(path), *key
    version = version_of(path)
    with _lock:
        found = _kept.get(entry)
        if found is not None and found[0] == version:
            _kept.move_to_end(entry)
            return found[1]
    value = read()
    if version is not None and _is_settled(version) and keep(value):
        with _lock:
            _kept[entry] = version, value
            while len(_kept) > MAX_KEPT:
                _kept.popitem(last=False)
    return value


def _is_settled(version: tuple[int, ...]) -> bool:
    # By the time of the change of its entry, which nobody can set; a clock that jumped back makes
    # a file that is read each time.
    return time.time() - version[-1] / 1e9 > SETTLED_SECONDS
