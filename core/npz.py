"""NumPy's .npz files, written whole and read so that a damaged one is a single kind of error."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from core.atomic import replacing

# What zipfile, zlib and numpy raise over wrong bytes, found by turning over every bit of a file,
# and over a file that holds a single array.
_DAMAGED = (
    *(EOFError, zipfile.BadZipFile, zlib.error),
    *(NotImplementedError, RuntimeError, TypeError, AttributeError),
)


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Return all arrays of an .npz file by their names; nothing in it is run.

    Raises an OSError if the file cannot be read, a ValueError if it is damaged, holds objects,
    or is no .npz file.
    """
    try:
        # Opened here, since np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except _DAMAGED as error:
        raise ValueError(str(error)) from error


def write_npz(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays as a compressed .npz file, beside its place, then rename."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
