"""Files of spectra of any size and format, with or without redshifts, opened and read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.data import xp_continuous
from core.data.cells import require_spectra, to_ids, to_numbers
from core.data.columns import Recognition, recognise
from core.data.fluxes import read_errors, read_fluxes
from core.data.own_cells import is_scalar, own_columns
from core.data.readers.raw import RawTable, TableLimits
from core.data.tables import OpenTable, open_tables
from core.data.xp_continuous import XPColumns
from core.errors import DataError
from core.spectra import Spectra

BATCH_BYTES = 2**26
"""About what the rows of a chunk may take in memory before they are spectra."""

ENDINGS = (
    ".csv", ".tsv", ".txt", ".parquet", ".pq", ".fits", ".fit", ".vot", ".votable", ".xml",
    ".ecsv", ".gz", ".zip",
)  # fmt: skip
"""Of the files that a folder stands for; what they are is told by their content."""


@dataclass(frozen=True, eq=False)
class SpectraTable:
    """One table of spectra, of which the first rows were looked at.

    Attributes
    ----------
    table : OpenTable
    columns : Recognition or XPColumns
        Where the spectra are.
    kept : tuple of int
        Positions of the columns that become `Spectra.own`.
    left_out : tuple of str
        Names of array columns that hold no spectra.
    with_errors : bool
    """

    table: OpenTable
    columns: Recognition | XPColumns
    kept: tuple[int, ...]
    left_out: tuple[str, ...]
    with_errors: bool

    @property
    def kind(self) -> str:
        """Return 'table' or 'xp_continuous'."""
        return "xp_continuous" if isinstance(self.columns, XPColumns) else "table"

    def describe(self) -> dict[str, str]:
        """Return, in words, what was recognised."""
        words = self.columns.describe()
        words.pop("ignored", None)
        names = self.table.names
        words["kept"] = ", ".join(names[i] or f"column {i + 1}" for i in self.kept) or "none"
        words["left_out"] = ", ".join(self.left_out) or "none"
        return words

    def chunks(self, rows: int) -> Iterator[Spectra]:
        """Yield the spectra of at most so many rows at a time."""
        row_bytes = self.table.stream.row_bytes
        if row_bytes:
            rows = max(1, min(rows, BATCH_BYTES // row_bytes))
        first_row = 0
        for table in self.table.batches(self._wanted, rows):
            yield self._spectra(table, first_row)
            first_row += table.n_rows

    @property
    def _wanted(self) -> tuple[int, ...]:
        columns = self.columns
        if isinstance(columns, XPColumns):
            return columns.wanted(self.with_errors)
        unused = set() if self.with_errors else set(columns.flux_error)
        return tuple(sorted({*columns.positions, *self.kept} - unused))

    def _spectra(self, table: RawTable, first_row: int) -> Spectra:
        name, columns = self.table.name, self.columns
        own = own_columns(table, self.kept)
        if isinstance(columns, XPColumns):
            spectra = xp_continuous.to_spectra(
                table, columns, name=name, first_row=first_row, with_errors=self.with_errors
            )
            return replace(spectra, own=own)
        flux, problems = read_fluxes(table, columns.flux, name, first_row)
        has_errors = self.with_errors and bool(columns.flux_error)
        ids = columns.source_id
        return Spectra(
            flux,
            first_row + np.arange(table.n_rows)
            if ids is None
            else to_ids(table.column(ids), table.names[ids], name, first_row),
            has_ids=ids is not None,
            flux_error=read_errors(table, columns.flux_error, name) if has_errors else None,
            own=own,
            problems=problems,
            **{
                quantity: _numbers(table, position, name, first_row)
                for quantity in ("z", "g_mag", "redshift_ugc")
                if (position := getattr(columns, quantity)) is not None
            },
        )


@dataclass(frozen=True, eq=False)
class SpectraFile:
    """An opened file of spectra: what was recognised in it, and a way to its rows.

    Attributes
    ----------
    name : str
        What messages call it.
    tables : tuple of SpectraTable
        At least one; several in a .zip of several files.
    refused : tuple of str
        Why files in a .zip are left out.
    """

    name: str
    tables: tuple[SpectraTable, ...]
    refused: tuple[str, ...] = ()

    @property
    def format(self) -> str:
        """Return 'csv', 'parquet', 'fits', 'votable' or 'ecsv' (in a .zip, that of its first)."""
        return self.tables[0].table.format

    @property
    def kind(self) -> str:
        """Return 'table' or 'xp_continuous' (in a .zip, that of its first)."""
        return self.tables[0].kind

    @property
    def n_rows(self) -> int | None:
        """Number of rows; None where it is not known before they are read."""
        known = [n for part in self.tables if (n := part.table.stream.n_rows) is not None]
        return sum(known) if len(known) == len(self.tables) else None

    @property
    def recognised(self) -> dict[str, str]:
        """In words, the column of each quantity and what becomes of the others."""
        words = self.tables[0].describe()
        if len(self.tables) > 1:
            words["files"] = f"{len(self.tables)} in the archive, read one after another"
        if self.refused:
            more = f" (and {len(self.refused) - 1} more)" if len(self.refused) > 1 else ""
            words["refused"] = self.refused[0] + more
        return words

    def chunks(self, rows: int = 8192) -> Iterator[Spectra]:
        """Yield the spectra of at most `rows` rows at a time, in the order of the file.

        Raises
        ------
        DataError
            If the file turns out to be damaged, or an id or a redshift is no number.
        """
        for table in self.tables:
            yield from table.chunks(rows)


def open_spectra(
    source: str | Path | bytes,
    format: str | None = None,
    *,
    name: str | None = None,
    limits: TableLimits | None = None,
    with_errors: bool = True,
) -> SpectraFile:
    """Open a file of spectra and tell what is in it; nothing but its first rows is read.

    Parameters
    ----------
    source : bytes, str or Path
        The file's content, or where it is. CSV, Parquet, FITS, VOTable or ECSV,
        also in a .gz or .zip; columns of fluxes, or XP continuous spectra as the
        Gaia Archive delivers them.
    format : str, optional
        One of `core.data.sniff.FORMATS`; by default told by the content.
    name : str, optional
        What messages call the file; by default its own name.
    limits : TableLimits, optional
        Caps on size, rows and columns; by default those of uploads for bytes
        and `FILE_LIMITS` for a file.
    with_errors : bool, optional
        Whether flux errors are read as well.

    Raises
    ------
    DataError
        If there is no such file, it is damaged, too large, or holds no spectra
        that can be used; then it says what it is and what to download instead.
    """
    tables, refused = [], []
    for opened in open_tables(source, format, name, limits):
        try:
            if isinstance(opened, DataError):
                raise opened
            tables.append(_look(opened, with_errors))
        except DataError as error:
            refused.append(str(error))
    if not tables:
        more = f" ({len(refused) - 1} more files in it are refused.)" if len(refused) > 1 else ""
        raise DataError(refused[0] + more)
    name = name or ("table" if isinstance(source, bytes) else Path(source).name)
    return SpectraFile(name, tuple(tables), tuple(refused))


def read_spectra(
    source: str | Path | bytes,
    format: str | None = None,
    *,
    name: str | None = None,
    limits: TableLimits | None = None,
    with_errors: bool = True,
) -> Spectra:
    """Read all spectra of a file; see `open_spectra`."""
    file = open_spectra(source, format, name=name, limits=limits, with_errors=with_errors)
    return Spectra.concatenate(list(file.chunks()))


def find_files(paths: Iterable[str | Path]) -> list[Path]:
    """Return files, each once; a folder stands for the files of tables in it, by name.

    Raises
    ------
    DataError
        If there is no such file, or a folder holds no file that could be a table.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise DataError(f"{path}: there is no such file or folder.")
        files = [path]
        if path.is_dir():
            files = sorted(
                file
                for file in path.iterdir()
                if file.is_file()
                and file.suffix.lower() in ENDINGS
                and not file.name.startswith(".")
            )
            if not files:
                raise DataError(
                    f"{path}: expected files of spectra in this folder ({', '.join(ENDINGS)}), "
                    "found none."
                )
        found.update(dict.fromkeys(files))
    return list(found)


def _look(opened: OpenTable, with_errors: bool) -> SpectraTable:
    """Tell from names and first rows where the spectra are."""
    name, names = opened.name, opened.names
    columns: Recognition | XPColumns | None = xp_continuous.find_columns(names, name)
    if columns is None:
        columns = recognise(names, name, one_redshift=False)
    if isinstance(columns, XPColumns):
        others = columns.own
    else:
        spectrum = {*columns.flux, *columns.flux_error, columns.source_id}
        others = tuple(i for i in range(len(names)) if i not in spectrum)
    arrays = columns.flux if isinstance(columns, Recognition) and len(columns.flux) == 1 else ()
    first = opened.first((*others, *arrays))
    for position in arrays:
        require_spectra(first.column(position), names[position], name, names)
    kept = tuple(i for i in others if is_scalar(first.column(i)))
    left_out = tuple(names[i] or f"column {i + 1}" for i in others if i not in kept)
    return SpectraTable(opened, columns, kept, left_out, with_errors)


def _numbers(table: RawTable, position: int, name: str, first_row: int) -> np.ndarray:
    numbers = to_numbers(table.column(position), table.names[position], name, first_row)
    return np.where(np.isfinite(numbers), numbers, np.nan).astype(np.float64)
