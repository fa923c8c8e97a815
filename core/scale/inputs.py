"""Which files are meant: folders, patterns, lists of files, and the files of HATS catalogues."""

import glob
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.amounts import n_of
from core.data.archive.bulk import Bulk
from core.data.healpix import may_hold
from core.data.tables.folders import STDIN, Files, find_files, leaves
from core.data.tables.lines import as_utf8
from core.did_you_mean import ADDRESS
from core.errors import DataError
from core.prediction.catalogue.catalogue import names_of
from core.scale.folder import key_of
from core.scale.record import FileRecord
from core.scale.remote import Remote

LIST_ENDINGS = (".lst", ".list")
"""Of text files that name a file in each line; any other is one after an '@'."""


@dataclass(frozen=True)
class Input:
    """An input file as it is now.

    Attributes
    ----------
    path : Path
        Absolute.
    file : str
        What the catalogue's column `file` says.
    listed : bool
        Whether a folder stands for it: what is no table then is left aside, not refused.
    size, mtime_ns : int
        Size [bytes] and time of the last change [ns].
    remote : Remote or None
        Where it is if it is on a server: then `path` is where it lies while it is read, and it has
        a `size` as far as the server's list tells it, 0 otherwise.
    """

    path: Path
    file: str
    listed: bool
    size: int
    mtime_ns: int
    remote: Remote | None = None

    @property
    def key(self) -> str:
        """How its parts are called; of a file on a server, on whichever it is, by its name."""
        return key_of(self.path if self.remote is None else Path(self.file))

    def is_that_of(self, record: FileRecord) -> bool:
        """Return whether it is what was read when a record was made."""
        if self.remote is not None:
            return (self.file, self.remote.file.version) == (record.name, record.version)
        known = record.name, record.size, record.mtime_ns
        return known == (self.file, self.size, self.mtime_ns)


def expand(sources: Iterable[str | Path]) -> list[Path]:
    """Return files and folders; a pattern stands for what it fits, a list for what it names.

    A list is a text file that ends in .lst or .list, or stands after an '@'; paths in it that are
    not absolute are taken from its own folder; lines that begin with '#' are remarks.

    Raises
    ------
    DataError
        If nothing fits a pattern, or a list cannot be read or is empty.
    """
    found: list[Path] = []
    for source in map(str, sources):
        path = Path(source)
        if path.exists() or source == "-":
            found += _listed(path) if path.suffix.lower() in LIST_ENDINGS else [path]
        elif source.startswith("@"):
            found += _listed(Path(source[1:]))
        elif glob.has_magic(source) and not ADDRESS.match(source):
            fitting = sorted(glob.glob(source, recursive=True))
            if not fitting:
                raise DataError(f"{source}: no file fits this pattern.")
            found += map(Path, fitting)
        else:
            found.append(path)
    return found


def _listed(path: Path) -> list[Path]:
    try:
        lines = as_utf8(path.read_bytes()).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise DataError(
            f"{path}: expected a list of files, a path in each line: {reason}."
        ) from error
    names = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not names:
        raise DataError(f"{path}: expected a list of files, a path in each line; found none.")
    return [path.parent / name for name in names]


def find_inputs(
    sources: Iterable[str | Path], *, recursive: bool = False, ids: np.ndarray | None = None
) -> tuple[list[Input], list[str]]:
    """Return the input files in a stable order, and what is to be said of others.

    Files of a HATS catalogue count one by one, and are all called like the catalogue. A file is
    not looked at where its name tells that it holds none of the `ids`.

    Raises
    ------
    DataError
        If there is no such file, a folder holds none that could be a table, no file may hold one
        of the ids, or one is standard input.
    """
    files = find_files(expand(sources), recursive=recursive)
    if STDIN in files:
        raise DataError(
            "Standard input cannot be shared with other processes; save it to a file, or write a "
            "single table: --out z.parquet."
        )
    notes, inputs, passed = list(files.notes), list[Input](), 0
    for path, file in zip(files, names_of(files), strict=True):
        for each in _files_of(path, files):
            if ids is not None and not may_hold(each.name, ids):
                passed += 1
                continue
            status = each.stat()
            real = each.absolute()
            listed = path in files.listed
            inputs.append(Input(real, file, listed, status.st_size, status.st_mtime_ns))
    if passed:
        notes.append(_passed(passed))
    if not inputs:
        raise DataError("By their names, none of these files holds one of the ids.")
    return inputs, notes


def bulk_inputs(bulk: Bulk, ids: np.ndarray | None, place: Path) -> tuple[list[Input], list[str]]:
    """Return the bulk files that may hold one of the `ids`, and what is to be said of others.

    While they are read they lie in the folder `place`. A `DataError` if there is none.
    """
    files = bulk.holding(ids)
    inputs = [
        Input(
            place / file.name,
            file.name,
            listed=False,
            size=file.size or 0,
            mtime_ns=0,
            remote=Remote(file, bulk.config),
        )
        for file in files
    ]
    notes = [f"{bulk.address}: each file is deleted when it is read.", *bulk.notes]
    if passed := len(bulk.files) - len(files):
        notes.append(_passed(passed))
    return inputs, notes


def _passed(n: int) -> str:
    if n == 1:
        return "1 file is not opened: its name tells that it holds none of the ids."
    return f"{n_of(n, 'file')} are not opened: their names tell that they hold none of the ids."


def _files_of(path: Path, files: Files) -> list[Path]:
    if not path.is_dir():
        return [path]
    return leaves(path) or [path]
