"""Files that were uploaded, kept for some time, so that their address finds them again.

They lie in `uploads` of the cache folder, an upload a folder, which nobody but the server's own
user can read. An upload is called by 128 bits of the SHA-256 of its content: who does not have the
files, or the address, cannot guess it.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.data.cache import cache_folder

MOST_UPLOADS, MOST_BYTES = 20, 2 * 2**30
"""Of all uploads together; those that were not used for longest are removed first."""

NAMES = "names.json"
ABANDONED_S = 3600.0
"""After which what is begun or half removed is of a process that has ended."""


@dataclass(frozen=True)
class Uploaded:
    """A file that someone uploaded."""

    name: str
    content: bytes


def keep_upload(files: Sequence[Uploaded]) -> str | None:
    """Keep files, whole or not at all, and return what the upload is called.

    None where they cannot be kept: they are more than `MOST_BYTES`, or the disk takes none.
    """
    name = _name_of(files)
    if sum(len(file.content) for file in files) > MOST_BYTES:
        return None
    root = _root()
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if find_upload(name) is None:
            _write(files, root / name)
        _remove_oldest(root, name)
    except OSError:
        return None
    return name


def find_upload(name: str) -> list[Uploaded] | None:
    """Return the files of an upload; None where it is not, or no longer, there or damaged.

    What is damaged is removed. What cannot be read at this moment stays.
    """
    folder = _root() / name
    if not re.fullmatch(r"[0-9a-f]{32}", name) or not folder.is_dir():
        return None
    try:
        names = json.loads((folder / NAMES).read_text("utf-8"))
        files = [
            Uploaded(str(each), (folder / str(number)).read_bytes())
            for number, each in enumerate(names)
        ]
    except (FileNotFoundError, ValueError, TypeError):
        files = []
    except OSError:  # of the disk or of this process, which may pass
        return None
    if not files or _name_of(files) != name:
        _remove(folder)
        return None
    with suppress(OSError):  # removed by another session meanwhile
        os.utime(folder)
    return files


def forget_upload(name: str) -> None:
    """Remove an upload."""
    if re.fullmatch(r"[0-9a-f]{32}", name):
        _remove(_root() / name)


def _root() -> Path:
    return cache_folder() / "uploads"


def _name_of(files: Sequence[Uploaded]) -> str:
    content = hashlib.sha256()
    for file in files:
        content.update(f"{json.dumps(file.name)} {len(file.content)} ".encode())
        content.update(file.content)
    return content.hexdigest()[:32]


def _write(files: Sequence[Uploaded], folder: Path) -> None:
    """Write an upload beside its place, and then move it there."""
    begun = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        for number, file in enumerate(files):
            (begun / str(number)).write_bytes(file.content)
        (begun / NAMES).write_text(json.dumps([file.name for file in files]), "utf-8")
        begun.rename(folder)
    except OSError as error:
        # Another session kept the same files meanwhile, of which it may have removed some since.
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    finally:
        shutil.rmtree(begun, ignore_errors=True)


def _remove_oldest(root: Path, newest: str) -> None:
    """Remove what is more than may be kept, and what was abandoned; `newest` stays."""
    found: list[tuple[float, int, Path]] = []
    for folder in root.iterdir():
        with suppress(OSError):  # removed by another session meanwhile
            used = folder.stat().st_mtime
            if folder.name.startswith("."):
                if time.time() - used > ABANDONED_S:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            size = sum(path.stat().st_size for path in folder.iterdir())
            found.append((used if folder.name != newest else float("inf"), size, folder))
    n_bytes = 0
    for number, (_, size, folder) in enumerate(sorted(found, reverse=True), 1):
        n_bytes += size
        if folder.name != newest and (number > MOST_UPLOADS or n_bytes > MOST_BYTES):
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove an upload at once for everyone: nobody finds a part of it."""
    with suppress(OSError):  # another session was quicker, or the disk takes no change
        gone = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
        try:
            folder.rename(gone / "upload")
        finally:
            shutil.rmtree(gone, ignore_errors=True)
