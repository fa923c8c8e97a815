"""What a fetch from bulk files has done so far: a record for each file, in the fetch's folder."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.atomic import write_json
from core.config import to_dict
from core.data.archive.bulk import BulkFile
from core.data.archive.bulk_file import BESIDE
from core.data.archive.state import SPECTRA, ChunkFile
from core.errors import DamagedError
from core.stored import is_there, read_as

INSIDE = "bulk"
"""Folder of the records, and of the files while they are read."""


@dataclass(frozen=True)
class FileRecord:
    """What came of a bulk file.

    Attributes
    ----------
    version : str
        Of the `BulkFile`.
    n_read, n_spectra, n_repeated : int
        Its rows, those that are kept, and those whose source came before.
    kept : ChunkFile or None
        The file in xp/; None where no row was asked for.
    """

    version: str
    n_read: int
    n_spectra: int
    n_repeated: int
    kept: ChunkFile | None = None


def _record_path(folder: Path, file: BulkFile) -> Path:
    return folder / INSIDE / f"{file.name}.json"


def kept_path(folder: Path, file: BulkFile) -> Path:
    """Return where the rows of a bulk file are kept."""
    stem = re.sub(r"(\.(gz|zip|csv|ecsv|fits|vot|xml|parquet|pq|txt|dat))+$", "", file.name)
    return folder / SPECTRA / f"{stem}.parquet"


def read_record(folder: Path, file: BulkFile) -> FileRecord | None:
    """Return what came of this version of a file; None if it is to be read."""
    path = _record_path(folder, file)
    if not is_there(path):
        return None
    try:
        record = read_as(FileRecord, path)
    except DamagedError:
        return None
    kept = record.kept
    there = kept is None or (
        (place := folder / SPECTRA / kept.name).is_file() and place.stat().st_size == kept.size
    )
    return record if there and record.version == file.version else None


def write_record(folder: Path, file: BulkFile, record: FileRecord) -> None:
    """Keep what came of a file."""
    write_json(_record_path(folder, file), to_dict(record))


def sweep(folder: Path, files: Sequence[BulkFile], to_do: Sequence[BulkFile]) -> None:
    """Remove what an earlier start left: of files that were read since, or are not meant now."""
    half = {file.name for file in to_do}
    records = {_record_path(folder, file).name for file in files}
    for path in (folder / INSIDE).iterdir():
        name = BESIDE.sub(r"\1", path.name)
        if path.name not in records and name not in half:
            path.unlink()
    kept = {kept_path(folder, file).name for file in files}
    for path in (folder / SPECTRA).iterdir():
        if path.name not in kept:
            path.unlink()
