"""Files given as bytes, .gz or .zip, made into plain files, under a cap on what they unpack to."""

import errno
import gzip
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from core.data.tables.folders import BESIDE_LEAVES, LEAF, LITTER, STDIN, leaves
from core.data.tables.raw import TableLimits
from core.data.tables.sniff import HEAD_BYTES, archive_of
from core.errors import DataError, XpzError
from core.file_errors import FileError, number_of, reason_and_todo
from core.jobs.leftovers import TemporaryFolder

PIECE_BYTES = 2**20

FREE_BYTES = 2**28
MAX_RATIO = 100
"""Beyond `FREE_BYTES`, what grows to more than this many times its size is no table of numbers."""

MAX_MEMBERS = 20_000

# What a zip archive ends with: 22 bytes and a comment of at most 65,535.
ZIP_END, ZIP_END_BYTES = b"PK\x05\x06", 18
MAX_ZIP_TAIL = 22 + 2**16


@dataclass(frozen=True, eq=False)
class PlainFile:
    """A file that is no archive; `folder` keeps `path` in being.

    Messages call it `name`, 'archive.zip > member' within an archive.
    """

    name: str
    path: Path
    folder: object = None

    def head(self) -> bytes:
        """Return the first bytes."""
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES)


@contextmanager
def _unpacking(name: str) -> Iterator[None]:
    """Say of a disk that is full that it is that of temporary files, and of which table."""
    try:
        yield
    except OSError as error:
        number = number_of(error)
        if number not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        reason, _ = reason_and_todo(error, Path(tempfile.gettempdir(), "table"))
        raise FileError(
            f"{name}: cannot be unpacked: {reason}. Free some space, or name a folder on another "
            "disk in the environment variable TMPDIR.",
            number,
        ) from error


class _Cap:
    """Counts what is unpacked, whatever an archive declares."""

    def __init__(self, packed: int, limits: TableLimits, name: str) -> None:
        self.left = min(limits.max_bytes, max(FREE_BYTES, MAX_RATIO * packed))
        self.name = name
        self.words = (
            f"{name}: unpacks to more than {self.left:,} bytes, far more than a table of spectra "
            f"of this size ({packed:,} bytes) or more than xpz reads. Unpack it yourself and split "
            "the table into parts."
        )

    def copy(self, source: IO[bytes], path: Path) -> None:
        with _unpacking(self.name), path.open("wb") as target:
            while piece := source.read(min(PIECE_BYTES, self.left + 1)):
                self.left -= len(piece)
                if self.left < 0:
                    raise DataError(self.words)
                target.write(piece)


def plain_files(source: Path | bytes, limits: TableLimits, name: str) -> list[PlainFile]:
    """Return the files that a source holds: itself, what a .gz holds, the members of a .zip.

    The folder of a HATS catalogue holds its leaves. Raises a `DataError` if there is no such file,
    it is too large, or its archive is damaged, locked or unpacks to too much.
    """
    try:
        if isinstance(source, bytes):
            file = _new_file(name)
            with _unpacking(name):
                file.path.write_bytes(source)
        elif source.is_dir():
            if parts := leaves(source):
                return [PlainFile(f"{name} > {p.relative_to(source)}", p) for p in parts]
            raise DataError(f"{name}: expected a file, received a folder.")
        else:
            regular = stat.S_ISREG(source.stat().st_mode)
            file = PlainFile(name, source) if regular else spooled(source, name)
        size = file.path.stat().st_size
        if size > limits.max_bytes:
            raise DataError(
                f"{name}: expected a file of at most {limits.max_bytes:,} bytes, received "
                f"{size:,}. Split the table into parts."
            )
        return _unpacked(file, _Cap(size, limits, name))
    except FileError:
        raise
    except OSError as error:
        reason, todo = reason_and_todo(error)
        raise DataError(f"{name}: the file cannot be opened ({reason}). {todo}") from error
    except ValueError as error:
        raise DataError(f"{name}: the file cannot be opened (its name is not valid).") from error


def spooled(source: Path, name: str) -> PlainFile:
    """Return what comes through a pipe, which can be read only once, as a file.

    Parameters
    ----------
    source : Path
        A named pipe, or `STDIN`.
    name : str
        What messages call it.

    Raises
    ------
    DataError
        If nothing comes.
    """
    folder = TemporaryFolder()
    file = PlainFile(name, folder.path / "stdin", folder)
    # Standard input may be a socket, which has no path.
    with (
        open(0, "rb", closefd=False) if source == STDIN else source.open("rb") as pipe,
        _unpacking(name),
        file.path.open("wb") as target,
    ):
        shutil.copyfileobj(pipe, target)
    if not file.path.stat().st_size:
        raise DataError(
            f"{name}: the pipe is empty: the command that writes to it wrote nothing. Run that "
            "alone to see why."
        )
    return file


def _new_file(name: str) -> PlainFile:
    folder = TemporaryFolder()
    return PlainFile(name, folder.path / "table", folder)


def _unpacked(file: PlainFile, cap: _Cap) -> list[PlainFile]:
    kind = archive_of(file.head())
    try:
        if kind == "gz":
            return [_gunzipped(file, cap)]
        return list(_members(file, cap)) if kind == "zip" else [file]
    except XpzError:
        raise
    except Exception as error:  # each way of packing has errors of its own
        if isinstance(error, OSError) and error.strerror:  # the disk is full, say
            raise
        raise DataError(
            f"{file.name}: the {kind} archive is damaged or truncated. Copy or download it again."
        ) from error


def _gunzipped(file: PlainFile, cap: _Cap) -> PlainFile:
    plain = _new_file(file.name)
    with gzip.open(file.path) as source:
        cap.copy(cast(IO[bytes], source), plain.path)
    return plain


def _members(file: PlainFile, cap: _Cap) -> Iterator[PlainFile]:
    folder = TemporaryFolder()
    with zipfile.ZipFile(file.path) as archive:
        _require_whole(file, archive)
        members = [member for member in archive.infolist() if not LITTER.search(member.filename)]
        if any(LEAF.search(member.filename) for member in members):
            members = [m for m in members if not BESIDE_LEAVES.search(m.filename)]
        names = {member.filename for member in members}
        if not names:
            raise DataError(f"{file.name}: the zip archive holds no file.")
        if "[Content_Types].xml" in names:
            raise DataError(
                f"{file.name}: expected a table, received an Excel workbook or another Office "
                "document. Save the table as CSV."
            )
        if all(name.endswith(".npy") for name in names):
            raise DataError(
                f"{file.name}: expected a table, received NumPy arrays (.npz). Save them as a "
                "table, with a column flux of 186 values per row."
            )
        if len(members) > MAX_MEMBERS:
            raise DataError(
                f"{file.name}: expected at most {MAX_MEMBERS:,} files in the zip archive, found "
                f"{len(members):,}. Split it into parts."
            )
        for number, member in enumerate(members):
            if member.flag_bits & 1:
                raise DataError(f"{file.name}: the zip archive has a password. Unpack it first.")
            path = folder.path / str(number)  # never by a name of the archive's
            with archive.open(member) as source:
                cap.copy(source, path)
            plain = PlainFile(f"{file.name} > {member.filename}", path, folder)
            packed = archive_of(plain.head()) == "gz"
            yield _gunzipped(plain, cap) if packed else plain


def _require_whole(file: PlainFile, archive: zipfile.ZipFile) -> None:
    """Refuse an archive with something before or after it, which would be lost."""
    with file.path.open("rb") as content:
        content.seek(max(0, file.path.stat().st_size - MAX_ZIP_TAIL))
        tail = content.read()
    rest = tail[tail.rfind(ZIP_END) + len(ZIP_END) + ZIP_END_BYTES + len(archive.comment) :]
    if min((m.header_offset for m in archive.infolist()), default=0) or rest.strip(b"\0\r\n "):
        raise DataError(
            f"{file.name}: expected one zip archive, found more before or after it; it was joined "
            "with another file. Give each file separately."
        )
