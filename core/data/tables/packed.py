"""What a .gz or a member of a .zip holds, unpacked as it is read, never laid on the disk."""

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from core.amounts import n_of
from core.data.tables.raw import TableLimits
from core.errors import DataError, XpzError

FREE_BYTES = 2**28
MAX_RATIO = 100
"""Beyond `FREE_BYTES`, what grows to more than this many times its size is no table of numbers."""


class Cap:
    """What archives in one file, of `packed` bytes, may unpack to, whatever they declare."""

    def __init__(self, packed: int, limits: TableLimits, name: str) -> None:
        self.name = name
        self.left = min(limits.max_bytes, max(FREE_BYTES, MAX_RATIO * packed))
        self.words = (
            f"{name}: unpacks to more than {n_of(self.left, 'byte')}, far more than a table of "
            f"spectra of this size ({n_of(packed, 'byte')}) or more than xpz reads. Unpack it "
            "yourself and split the table into parts."
        )

    def take(self, n_bytes: int) -> None:
        """Count some bytes; a `DataError` if they are too many."""
        self.left -= n_bytes
        if self.left < 0:
            raise DataError(self.words)


@dataclass(frozen=True, eq=False)
class Packed:
    """A table that is read through from its start, each time anew.

    Messages call it `name`. It is that which `path` holds, a .gz file, or a `member` of that .zip
    file; `folder` keeps it in being. `most` bytes are read, then `words` are raised.
    """

    name: str
    path: Path
    most: int
    words: str
    member: zipfile.ZipInfo | None = None
    folder: object = None

    @property
    def kind(self) -> str:
        """Return 'gz' or 'zip'."""
        return "gz" if self.member is None else "zip"

    def open(self, mode: str = "rb") -> "_Unpacking":
        """Return the content as a file that cannot be sought in; `mode` is always 'rb'."""
        return _Unpacking(self)


class _Unpacking:
    """A pass through what is packed; a `DataError` where that is damaged or too large."""

    def __init__(self, packed: Packed) -> None:
        self.packed, self.n_read = packed, 0
        self.stack = ExitStack()
        with blaming_the_archive(packed.name, packed.kind):
            self.file = self._opened()

    def _opened(self) -> Any:
        packed = self.packed
        if packed.member is not None:
            archive = self.stack.enter_context(zipfile.ZipFile(packed.path))
            return self.stack.enter_context(archive.open(packed.member))
        from isal import igzip

        return self.stack.enter_context(igzip.open(packed.path))  # twice as quick as zlib

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, b'' at the end."""
        packed = self.packed
        size = min(packed.most - self.n_read + 1, size if size >= 0 else packed.most + 1)
        with blaming_the_archive(packed.name, packed.kind):
            piece = self.file.read(size)
        self.n_read += len(piece)
        if self.n_read > packed.most:
            raise DataError(packed.words)
        return piece

    def close(self) -> None:
        """Let go of the file."""
        self.stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@contextmanager
def blaming_the_archive(name: str, kind: str) -> Iterator[None]:
    """Say that an archive is damaged, whatever its way of packing raises then."""
    try:
        yield
    except XpzError:  # of the disk, too
        raise
    except Exception as error:  # each way of packing has errors of its own
        if isinstance(error, OSError) and error.strerror:  # the disk is full, say
            raise
        raise DataError(
            f"{name}: the {kind} archive is damaged or truncated. Copy or download it again."
        ) from error
