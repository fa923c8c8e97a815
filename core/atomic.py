"""Files written beside their place and renamed: a reader sees the old one or the new one."""

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.file_errors import writing


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write `values` beside `path`, then rename."""
    write_text(path, json.dumps(values, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whatever the locale, beside `path`, then rename."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write `records` as JSON, a line each, beside `path`, then rename."""
    write_text(path, "".join(json.dumps(record) + "\n" for record in records))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to, which takes its name when the block ends well.

    What a killed writer left behind is overwritten by the next one. Of two that write at once, each
    has a path of its own, and the last one's file stays. What the disk refuses is a `FileError`.
    """
    with writing(path), _held(path.with_name(f".{path.name}")) as temporary:
        try:
            yield temporary
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):  # on a disk that has become read-only
                temporary.unlink()
            raise


@contextmanager
def _held(path: Path) -> Iterator[Path]:
    """Yield `path`, or a name like it if another writer holds that, which is locked meanwhile."""
    with ExitStack() as stack:
        while True:
            file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o666)
            stack.callback(os.close, file)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                path = path.with_name(f".{secrets.token_hex(4)}{path.name}")
                continue
            except OSError:  # a network disk without locks
                break
            with suppress(FileNotFoundError):
                if os.path.samestat(os.stat(path), os.fstat(file)):
                    break
            # The other writer's file took its name just before.
        yield path


def check_writable(folder: Path) -> None:
    """Raise a `FileError` unless files can be made in `folder`, or it can be made itself.

    It is tried: permissions do not tell of a full disk, or of a server that maps users. Raises a
    `DataError` if it is a file. Call it before work that takes long.
    """
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir():
        raise DataError(f"{there}: expected a folder to write to, this is a file. Choose another.")
    with writing(folder), tempfile.TemporaryFile(dir=there) as probe:
        probe.write(b"x")
        probe.flush()


def check_room(folder: Path, n_bytes: int) -> None:
    """Raise an OSError unless the disk of a folder has room for a file of this size."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        os.posix_fallocate(probe.fileno(), 0, n_bytes)


def keep_inputs(out: Path, inputs: Iterable[Path]) -> None:
    """Raise a `DataError` if what will be written would replace a file that is read."""
    real = out.resolve()
    if any(path.resolve() in (real, *real.parents) for path in inputs):  # a HATS folder is one
        raise DataError(f"{out}: is one of the input files; choose another name.")
