"""Zip files from elsewhere and for elsewhere, a piece at a time."""

import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.errors import RunError
from core.sharing.sizes import MAX_BYTES, PIECE_BYTES

_DIRECTORY_END = 22
_MAX_DIRECTORY = 2**16


def member_of(name: str) -> zipfile.ZipInfo:
    """Return a member to write, the same for the same name, whenever it is written."""
    info = zipfile.ZipInfo(name)  # its time is the beginning of 1980
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def pack(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """Add a file and return its hash.

    What is hashed and what is written are the same bytes, whoever writes to it meanwhile.
    """
    hashed = hashlib.sha256()
    with path.open("rb") as source, archive.open(member_of(name), "w") as member:
        while piece := source.read(PIECE_BYTES):
            hashed.update(piece)
            member.write(piece)
    return hashed.hexdigest()


def check_end(file: IO[bytes]) -> None:
    """Raise a `ValueError` unless the list of members is one that a bundle can have.

    `zipfile` reads all of it at once, and half a GB of it would fill the memory.
    """
    size = file.seek(0, os.SEEK_END)
    if size > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
    file.seek(max(0, size - _DIRECTORY_END - 20))
    tail = file.read()
    end = tail[-_DIRECTORY_END:]
    if not end.startswith(b"PK\x05\x06") or tail.startswith(b"PK\x06\x07"):
        raise ValueError(
            "the end of a bundle is missing. It is not a bundle, or it was truncated when it was "
            "copied or downloaded; fetch it again"
        )
    if int.from_bytes(end[12:16], "little") > _MAX_DIRECTORY:
        raise ValueError("it lists far more files than a run has")
    file.seek(0)


def pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the bytes of a member; no more than it said, which has been checked."""
    left = info.file_size
    try:
        with archive.open(info) as member:
            while piece := member.read(PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise zipfile.BadZipFile("it holds more than it says")
                yield piece
    # What zipfile raises over wrong bytes, as in `core.npz`.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise RunError(
            f"{info.filename}: is damaged in the bundle ({error}). Copy or export it again."
        ) from error
