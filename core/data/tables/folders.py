"""Which files a folder stands for: tables in it, in folders within it, or a HATS catalogue."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.amounts import n_of
from core.data.tables.sniff import TABLE_ENDINGS
from core.did_you_mean import alike_beside
from core.errors import DataError

ENDINGS = (
    *TABLE_ENDINGS,
    *(".txt", ".dat", ".tab", ".asc", ".ascii", ".tbl", ".parq", ".fts", ".xml", ".gz", ".zip"),
)
"""Of the files that a folder stands for; what they are is told by their content."""

STDIN = Path("/dev/stdin")
"""Standard input, which commands call '-'."""

LITTER = re.compile(
    r"(^|/)(\.|~\$|__MACOSX|__pycache__)"
    r"|(^|/)(Thumbs\.db|desktop\.ini|_SUCCESS|_metadata|_common_metadata)$|[/~]$",
    re.IGNORECASE,
)
"""Hidden files, what operating systems and writers of Parquet put beside tables, and folders."""

LEAF = re.compile(r"Norder=(\d+)/Dir=(\d+)/Npix=(\d+)(?:\.parquet|/[^/]+\.parquet)$")
"""Paths of the files with a HATS catalogue's rows (IVOA Note HATS 1.0, section 3)."""

BESIDE_LEAVES = re.compile(
    r"(^|/)((hats\.|collection\.)?properties|partition_(join_)?info\.csv|data_thumbnail\.parquet"
    r"|(point_map|skymap[^/]*)\.fits|(catalog|provenance)_info\.json)$"
)
"""What describes a HATS catalogue, beside its rows."""

SHOWN = 5


class Files(list[Path]):
    """Files and HATS catalogues in a stable order, each once.

    Attributes
    ----------
    listed : set of Path
        Those that a folder stands for: what is no table among them is left aside, not refused.
    notes : list of str
        What was left aside, or given twice: a sentence each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.listed: set[Path] = set()
        self.notes: list[str] = []


def find_files(paths: Iterable[str | Path], *, recursive: bool = False) -> Files:
    """Return files, each once, by whatever way; a folder stands for the tables in it, by name.

    Parameters
    ----------
    paths : iterable of str or Path
        Files, folders, the folders of HATS catalogues (one table each), '-' for standard input.
    recursive : bool, optional
        Whether a folder stands for the folders in it, too.

    Raises
    ------
    DataError
        If there is no such file, or a folder holds no file that could be a table.
    """
    files = Files()
    first: dict[tuple[int, int], Path] = {}
    for path in map(Path, paths):
        path = STDIN if path == Path("-") else path
        if not path.exists():
            raise DataError(f"{path}: there is no such file or folder.{alike_beside(path)}")
        is_folder = path.is_dir() and not is_catalogue(path)
        for file in _listed(path, files.notes, recursive=recursive) if is_folder else [path]:
            status = file.stat() if file.exists() else file.lstat()
            key = status.st_dev, status.st_ino
            if known := first.get(key):
                same = "given twice" if known == file else f"the same file as {known}"
                files.notes.append(f"{file}: {same}, read once.")
                continue
            first[key] = file
            files.append(file)
            if is_folder:
                files.listed.add(file)
    return files


def _listed(folder: Path, notes: list[str], *, recursive: bool) -> list[Path]:
    """Return the tables of a folder; what else is in it is noted."""
    tables: list[Path] = []
    folders: list[Path] = []
    others: list[Path] = []
    hidden: list[Path] = []
    for path in sorted(_walk(folder, set(), hidden, recursive=recursive)):
        if path.is_dir():
            (tables if is_catalogue(path) else folders).append(path)
        else:
            (tables if path.suffix.lower() in ENDINGS else others).append(path)
    if not tables and folders:
        raise DataError(
            f"{folder}: expected files of spectra in this folder, found only folders "
            f"({_shown(folders)}). Add --recursive to read the files in them, or name one of them."
        )
    if not tables:
        raise DataError(
            f"{folder}: expected files of spectra in this folder ({', '.join(ENDINGS)}), "
            "found none."
        )
    parts = (part for path in tables for part in path.relative_to(folder).parts[:-1])
    if keys := ", ".join(sorted({part.partition("=")[0] for part in parts if "=" in part})):
        notes.append(f"{folder}: columns that only the names of folders tell are not read: {keys}.")
    if others:
        notes.append(f"{folder}: left aside, no tables by their names: {_shown(others)}.")
    if hidden:
        notes.append(f"{folder}: {n_of(len(hidden), 'hidden file')} left aside.")
    if folders:
        notes.append(f"{folder}: left aside, folders (--recursive reads them): {_shown(folders)}.")
    return tables


def _walk(
    folder: Path, seen: set[tuple[int, int]], hidden: list[Path], *, recursive: bool
) -> Iterator[Path]:
    """Yield files, and folders that are not walked; each folder is walked once, links or not."""
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for path in folder.iterdir():
        if LITTER.search(path.name):
            hidden += [path] * (path.name.startswith(".") and path.is_file())
            continue
        if recursive and path.is_dir() and not is_catalogue(path):
            yield from _walk(path, seen, hidden, recursive=True)
        elif path.is_file() or path.is_dir() or path.is_symlink():  # to nothing: opening says so
            yield path


def _shown(paths: list[Path]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(path.name for path in paths[:SHOWN]) + more


def is_catalogue(folder: Path) -> bool:
    """Return whether a folder is that of a HATS catalogue."""
    return next(_leaves(folder), None) is not None


def leaves(folder: Path) -> list[Path]:
    """Return the files with the rows of a HATS catalogue, by pixel; [] for any other folder."""
    return sorted(
        _leaves(folder), key=lambda path: (*map(int, LEAF.findall(path.as_posix())[0]), path.name)
    )


def _leaves(folder: Path) -> Iterator[Path]:
    """Yield the files; of a collection those of its primary table, as margins hold rows twice."""
    collection = folder / "collection.properties"
    if collection.is_file():
        text = collection.read_text(encoding="utf-8", errors="replace")
        primary = re.search(r"^hats_primary_table_url\s*=\s*(\S+)", text, re.MULTILINE)
        folder = folder / primary[1] if primary else folder
    for root in (folder / "dataset", folder):
        for pattern in ("Norder=*/Dir=*/Npix=*.parquet", "Norder=*/Dir=*/Npix=*/*.parquet"):
            yield from (path for path in root.glob(pattern) if LEAF.search(path.as_posix()))
