"""Disks that are full, read-only or someone else's, and calls that fail at a chosen moment."""

import builtins
import errno
import io
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOAK = "XPZ_SOAK" in os.environ
"""Whether to try every moment and not a few of them."""

PAGE = 4096
CALLS = {"open": (io, "open"), "replace": (os, "replace"), "rename": (os, "rename"),
         "mkdir": (os, "mkdir")}  # fmt: skip


class SmallDisk:
    """A disk of its own in memory, whose size and permission to write can be changed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def set(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.path)], check=True)

    def used(self) -> int:
        found = os.statvfs(self.path)
        return (found.f_blocks - found.f_bfree) * found.f_frsize


@contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk | None]:
    """Mount a small disk; None where this process may not."""
    path.mkdir()
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "xpz-test", str(path)],
        check=False, capture_output=True,
    ).returncode  # fmt: skip
    try:
        yield SmallDisk(path) if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(path)], check=True)


@contextmanager
def someone_else() -> Iterator[None]:
    """Be a user who owns nothing, for the time of the block; root can be one."""
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let this process open no more files than it has, as ``ulimit -n`` does."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def largest_file(n_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as ``ulimit -f`` does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Calls:
    """Counts the calls that make or rename files below a folder, and lets one of them fail."""

    def __init__(self, monkeypatch, folder: Path, number: int = errno.ENOSPC) -> None:
        self.folder, self.number = str(folder), number
        self.made: list[str] = []
        self.fails_at = -1
        for name, (module, attribute) in CALLS.items():
            replacement = self._counted(name, getattr(module, attribute))
            monkeypatch.setattr(module, attribute, replacement)
            if name == "open":
                monkeypatch.setattr(builtins, "open", replacement)

    def _counted(self, name, call):
        def counted(path, *words, **options):
            mode = str(words[0] if words else options.get("mode", "r")) if name == "open" else "w"
            ours = isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder)
            if name == "mkdir" and os.path.exists(path):
                return call(path, *words, **options)
            if ours and set(mode) & set("wax+"):
                self.made.append(name)
                if len(self.made) - 1 == self.fails_at:
                    raise OSError(self.number, os.strerror(self.number), str(path))
            return call(path, *words, **options)

        return counted


def content(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, hidden or not; locks do not count."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix != ".lock" and path.is_file()
    }
