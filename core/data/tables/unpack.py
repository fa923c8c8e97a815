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

from core.amounts import n_of
from core.data.tables.folders import BESIDE_LEAVES, LEAF, LITTER, STDIN, leaves
from core.data.tables.packed import MAX_RATIO, Cap, Packed, blaming_the_archive
from core.data.tables.raw import TableLimits
from core.data.tables.sniff import HEAD_BYTES, READ_THROUGH, archive_of, format_of
from core.errors import DataError
from core.file_errors import FileError, number_of, reason_and_todo
from core.jobs.leftovers import TemporaryFolder

PIECE_BYTES = 2**20

SPOOLED_BYTES = 2**22
"""What unpacks to no more lies on the disk while it is read, and is known to be whole before."""

SIP_BYTES = 2**13
"""Of a .gz at a time: Python 3.12 and later would read 128 KiB."""

MAX_MEMBERS = 20_000

# What a zip archive ends with: 22 bytes and a comment of at most 65,535.
ZIP_END, ZIP_END_BYTES = b"PK\x05\x06", 18
MAX_ZIP_TAIL = 22 + 2**16


@dataclass(frozen=True, eq=False)
class PlainFile:
    """A file that is no archive, or is read as one; `folder` keeps `path` in being.

    Messages call it `name`, 'archive.zip > member' within an archive.
    """

    name: str
    path: Path | Packed
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


def _copy(source: IO[bytes], path: Path, cap: Cap, most: int | None = None) -> bool:
    """Add to a file what follows in another, at most so much; return whether that was all."""
    left = cap.left + 1 if most is None else most
    with _unpacking(cap.name), path.open("ab") as target:
        while left and (piece := source.read(min(PIECE_BYTES, left, cap.left + 1))):
            cap.take(len(piece))
            left -= len(piece)
            target.write(piece)
    return left > 0


def plain_files(source: Path | bytes, limits: TableLimits, name: str) -> list[PlainFile]:
    """Return the files that a source holds: itself, what a .gz holds, the members of a .zip.

    The folder of a HATS catalogue holds its leaves. Raises a `DataError` if there is no such file,
    it is too large, or its archive is damaged, locked or unpacks to too much.
    """
    try:
        if isinstance(source, bytes):
            file = _new_file(name)
            with _unpacking(name):
                _on_disk(file).write_bytes(source)
        elif source.is_dir():
            if parts := leaves(source):
                return [PlainFile(f"{name} > {p.relative_to(source)}", p) for p in parts]
            raise DataError(f"{name}: expected a file, received a folder.")
        else:
            regular = stat.S_ISREG(source.stat().st_mode)
            file = PlainFile(name, source) if regular else spooled(source, name)
        size = _on_disk(file).stat().st_size
        if size > limits.max_bytes:
            raise DataError(
                f"{name}: expected a file of at most {n_of(limits.max_bytes, 'byte')}, received "
                f"{size:,}. Split the table into parts."
            )
        return _unpacked(file, Cap(size, limits, name))
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
    path = folder.path / "stdin"
    # Standard input may be a socket, which has no path.
    with (
        open(0, "rb", closefd=False) if source == STDIN else source.open("rb") as pipe,
        _unpacking(name),
        path.open("wb") as target,
    ):
        shutil.copyfileobj(pipe, target)
    if not path.stat().st_size:
        raise DataError(
            f"{name}: the pipe is empty: the command that writes to it wrote nothing. Run that "
            "alone to see why."
        )
    return PlainFile(name, path, folder)


def _new_file(name: str) -> PlainFile:
    folder = TemporaryFolder()
    return PlainFile(name, folder.path / "table", folder)


def _unpacked(file: PlainFile, cap: Cap) -> list[PlainFile]:
    kind = archive_of(file.head())
    if kind is None:
        return [file]
    with blaming_the_archive(file.name, kind):
        return [_gunzipped(file, cap, whole=False)] if kind == "gz" else list(_members(file, cap))


def _gunzipped(file: PlainFile, cap: Cap, *, whole: bool) -> PlainFile:
    """Return what a .gz holds: a file if it must be `whole` or no stream can be read."""
    plain, path = _new_file(file.name), _on_disk(file)
    with path.open("rb") as packed, gzip.open(cast(IO[bytes], _InSips(packed))) as source:
        content = cast(IO[bytes], source)
        at_first = None if whole else SPOOLED_BYTES
        if _copy(content, _on_disk(plain), cap, at_first):
            return plain
        if _may_stream(plain, SPOOLED_BYTES, packed.tell()):
            most = cap.left + SPOOLED_BYTES
            stream = Packed(file.name, path, most, cap.words, folder=file.folder)
            return PlainFile(file.name, stream)
        _copy(content, _on_disk(plain), cap)
    return plain


class _InSips:
    """A file that is never read far ahead: where it stands tells how much of it was unpacked."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int) -> bytes:
        """Return at most so many of the next bytes."""
        return self.file.read(min(size, SIP_BYTES))


def _may_stream(plain: PlainFile, n_bytes: int, packed: int) -> bool:
    """Return whether a file of which this is the beginning is a table that is read through.

    What shrinks as no table of numbers does is unpacked first, up to the cap.
    """
    try:
        return n_bytes <= MAX_RATIO * packed and format_of(plain.head(), plain.name) in READ_THROUGH
    except DataError:
        return False


def _on_disk(file: PlainFile) -> Path:
    assert isinstance(file.path, Path)
    return file.path


def _members(file: PlainFile, cap: Cap) -> Iterator[PlainFile]:
    folder = TemporaryFolder()
    with zipfile.ZipFile(_on_disk(file)) as archive:
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
            plain = PlainFile(f"{file.name} > {member.filename}", path, folder)
            with archive.open(member) as source:
                if not _copy(source, path, cap, SPOOLED_BYTES):
                    if _may_stream(plain, member.file_size, member.compress_size):
                        path.unlink()
                        cap.take(member.file_size - SPOOLED_BYTES)
                        yield _streamed(plain.name, file, member, cap)
                        continue
                    _copy(source, path, cap)
            packed = archive_of(plain.head()) == "gz"
            yield _gunzipped(plain, cap, whole=True) if packed else plain


def _streamed(name: str, file: PlainFile, member: zipfile.ZipInfo, cap: Cap) -> PlainFile:
    most = member.file_size  # beyond which zipfile does not read
    return PlainFile(name, Packed(name, _on_disk(file), most, cap.words, member, file.folder))


def _require_whole(file: PlainFile, archive: zipfile.ZipFile) -> None:
    """Refuse an archive with something before or after it, which would be lost."""
    path = _on_disk(file)
    with path.open("rb") as content:
        content.seek(max(0, path.stat().st_size - MAX_ZIP_TAIL))
        tail = content.read()
    rest = tail[tail.rfind(ZIP_END) + len(ZIP_END) + ZIP_END_BYTES + len(archive.comment) :]
    if min((m.header_offset for m in archive.infolist()), default=0) or rest.strip(b"\0\r\n "):
        raise DataError(
            f"{file.name}: expected one zip archive, found more before or after it; it was joined "
            "with another file. Give each file separately."
        )
