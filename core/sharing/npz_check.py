"""NumPy's .npz files from elsewhere, unpacked a piece at a time before anything loads them."""

import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from core.amounts import n_of
from core.errors import RunError
from core.sharing.archive import check_end, pieces

_KINDS = "biufU"
"""Truths, whole numbers, numbers and texts: never objects, which are programs."""


def check_npz(path: Path, most_bytes: int) -> None:
    """Raise a `RunError` unless the file holds plain arrays, of the sizes that they say they have.

    What counts is what comes out of it, not what it says: at most `most_bytes` in all.
    """
    with path.open("rb") as file:
        try:
            check_end(file)
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError) as error:
            raise RunError(f"{path.name}: expected arrays, received {error}.") from error
        with archive:
            left = most_bytes
            for info in archive.infolist():
                left -= info.file_size
                if left < 0:
                    raise RunError(f"{path.name}: unpacks to more than {n_of(most_bytes, 'byte')}.")
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise RunError(f"{path.name}: is packed in a way that ours never are.")
                _check_array(archive, info, path.name)


def _check_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> None:
    where = f"{where}: {info.filename[:80]!r}"
    try:
        with archive.open(info) as member:
            expected, header = _announced(member)
    except Exception as error:  # damaged headers fail in ways that nobody can list
        raise RunError(f"{where}: expected an array of numbers, {error!s:.200}.") from error
    received = sum(len(piece) for piece in pieces(archive, info)) - header
    if received != expected:
        raise RunError(
            f"{where}: expected {n_of(expected, 'byte')} of numbers, received {received:,}."
        )


def _announced(member: IO[bytes]) -> tuple[int, int]:
    """Return the bytes of numbers that an array's header announces, and its own."""
    version = np.lib.format.read_magic(member)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, _, dtype = read(member)
    if dtype.hasobject or dtype.kind not in _KINDS or dtype.shape or dtype.names:
        raise ValueError(f"received objects of type {dtype}")
    return math.prod(shape) * dtype.itemsize, member.tell()
