"""Foreign tables of spectra (CSV, Parquet, FITS, VOTable, ECSV) made into data sets."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.data import xp_continuous
from core.data.cells import (
    N_LOOKED_AT,
    require_spectra,
    to_ids,
    to_numbers,
    to_spectra,
)
from core.data.columns import ALIASES, Recognition, recognise
from core.data.dataset import Dataset, make_dataset
from core.data.readers import csv, ecsv, fits, parquet, votable
from core.data.readers.raw import FILE_LIMITS, RawStream, RawTable, TableLimits
from core.data.sniff import FORMATS, check_format, format_of
from core.data.unpack import PlainFile, plain_files
from core.errors import DataError, XpzError

__all__ = ["FORMATS", "ImportedDataset", "OpenTable", "open_tables", "read_table"]

READERS = {
    "csv": csv.read,
    "parquet": parquet.read,
    "fits": fits.read,
    "votable": votable.read,
    "ecsv": ecsv.read,
}


@dataclass(frozen=True, eq=False)
class ImportedDataset(Dataset):
    """A data set that knows which columns of a foreign table it came from."""

    recognition: Recognition | None = None


@dataclass(frozen=True, eq=False)
class OpenTable:
    """A table whose columns are known and whose rows were not read yet.

    Attributes
    ----------
    name : str
        What messages call it.
    format : str
        One of `FORMATS`.
    stream : RawStream
    limits : TableLimits
    file : PlainFile
        What is read; a temporary file lives as long as this.
    """

    name: str
    format: str
    stream: RawStream
    limits: TableLimits
    file: PlainFile

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return self.stream.names

    def batches(self, wanted: Sequence[int], rows: int) -> Iterator[RawTable]:
        """Yield the rows in batches that know the wanted columns."""
        batches = self.stream.batches(wanted, rows)
        while True:
            with blaming_the_file(self.name, self.format):
                table = next(batches, None)
            if table is None:
                return
            yield replace(table, column=self._guarded(table))

    def first(self, wanted: Sequence[int]) -> RawTable:
        """Return some first rows, which tell what the columns hold."""
        table = next(self.batches(wanted, N_LOOKED_AT), None)
        if table is None or not table.n_rows:
            raise DataError(f"{self.name}: expected at least one spectrum, found no rows.")
        return table

    def whole(self, wanted: Sequence[int]) -> RawTable:
        """Return all rows at once."""
        with blaming_the_file(self.name, self.format):
            table = self.stream.whole(wanted, self.limits)
        return replace(table, column=self._guarded(table))

    def _guarded(self, table: RawTable) -> Callable[[int], np.ndarray]:
        def column(position: int) -> np.ndarray:
            with blaming_the_file(self.name, self.format):
                return table.column(position)

        return column


def open_tables(
    source: str | Path | bytes,
    format: str | None = None,
    name: str | None = None,
    limits: TableLimits | None = None,
) -> list[OpenTable | DataError]:
    """Open a table, or one after the other those that a .zip holds.

    Parameters
    ----------
    source : bytes, str or Path
        The file's content, or where it is; a .gz or .zip is unpacked.
    format : str, optional
        One of `FORMATS`; by default told by the content.
    name : str, optional
        What messages call the file; by default its own name.
    limits : TableLimits, optional
        Caps on size, rows and columns; by default those of uploads for bytes
        and `FILE_LIMITS` for a file.

    Returns
    -------
    list of OpenTable or DataError
        At least one; the error where one of several files in a .zip cannot be opened.

    Raises
    ------
    DataError
        If there is no such file, it is too large, damaged, or no table.
    """
    content = source if isinstance(source, bytes) else Path(source)
    limits = limits or (TableLimits() if isinstance(content, bytes) else FILE_LIMITS)
    name = name or ("table" if isinstance(content, bytes) else content.name)
    files = plain_files(content, limits, name)
    tables: list[OpenTable | DataError] = []
    for file in files:
        try:
            tables.append(_open(file, format, limits))
        except DataError as error:
            if len(files) == 1:
                raise
            tables.append(error)
    return tables


def read_table(
    source: str | Path | bytes,
    format: str | None = None,
    name: str | None = None,
    limits: TableLimits | None = None,
) -> ImportedDataset:
    """Read a table of spectra and redshifts.

    Parameters
    ----------
    source : bytes, str or Path
        The file's content, or where it is; a .gz, or a .zip of one file, is unpacked.
    format : str, optional
        One of `FORMATS`; by default told by the content.
    name : str, optional
        Name of the data set, also in messages; by default the file's.
    limits : TableLimits, optional
        Caps on size, rows and columns.

    Returns
    -------
    ImportedDataset
        Of origin 'unknown', unless it is a file of ours. Sources without ids are
        numbered from 0; `recognition.describe()` says so and names the columns.

    Raises
    ------
    DataError
        If the format is unknown, the file is damaged, too large or of another
        format, its columns are not recognised or its values are not valid.
    """
    tables = open_tables(source, format, name, limits or TableLimits())
    if len(tables) > 1 or isinstance(tables[0], DataError):
        raise DataError(f"{name or 'the archive'}: expected one table, found {len(tables)} files.")
    return _to_dataset(tables[0], name or tables[0].name)


def _open(file: PlainFile, format: str | None, limits: TableLimits) -> OpenTable:
    head = file.head()
    if format is None:
        format = format_of(head, file.name)
    else:
        check_format(format, head, file.name)
    with blaming_the_file(file.name, format):
        stream = READERS[format](file.path, limits, file.name)
    return OpenTable(file.name, format, stream, limits, file)


def _to_dataset(opened: OpenTable, name: str) -> ImportedDataset:
    if xp_continuous.find_columns(opened.names, name) is not None:
        raise DataError(
            f"{name}: these are XP continuous spectra of the Gaia Archive, from which a data set "
            "is made with the command `xpz dataset`; they can be predicted as they are."
        )
    found = recognise(opened.names, name)
    if len(found.flux) == 1:
        first = opened.first(found.flux)
        values, column = first.column(found.flux[0]), opened.names[found.flux[0]]
        require_spectra(values, column, name, opened.names)
    if found.z is None:
        raise DataError(
            f"{name}: expected a column of redshifts called {', '.join(ALIASES['z'])}; none of the "
            f"{len(opened.names)} columns is. Rename it, or add it from your cross-match."
        )
    table = opened.whole(found.positions)
    if not table.n_rows:
        raise DataError(f"{name}: expected at least one spectrum, found no rows.")
    ids = found.source_id
    dataset = make_dataset(
        _spectra(table, found.flux, name),
        to_numbers(table.column(found.z), table.names[found.z], name),
        None if ids is None else to_ids(table.column(ids), table.names[ids], name),
        name=name,
        flux_error=_spectra(table, found.flux_error, name) if found.flux_error else None,
        g_mag=_optional(table, found.g_mag, name),
        redshift_ugc=_optional(table, found.redshift_ugc, name),
    )
    imported = ImportedDataset(**vars(dataset), recognition=found)
    if table.card is not None and table.card.hash == dataset.card.hash:
        return replace(imported, card=table.card)
    return imported


def _optional(table: RawTable, position: int | None, name: str) -> np.ndarray | None:
    if position is None:
        return None
    return to_numbers(table.column(position), table.names[position], name)


def _spectra(table: RawTable, positions: tuple[int, ...], name: str) -> np.ndarray:
    if len(positions) == 1:
        return to_spectra(table.column(positions[0]), table.names[positions[0]], name)
    values = np.empty((table.n_rows, len(positions)), np.float32)
    with np.errstate(over="ignore"):  # beyond float32 a value becomes inf: refused later
        for sample, position in enumerate(positions):
            values[:, sample] = to_numbers(table.column(position), table.names[position], name)
    return values


@contextmanager
def blaming_the_file(name: str, format: str) -> Iterator[None]:
    """Turn whatever a parser makes of damaged bytes into a `DataError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on units and old conventions, of no concern here
            yield
    except XpzError:
        raise
    except UnicodeError as error:
        raise DataError(
            f"{name}: the table holds letters that are not UTF-8. Save it in UTF-8."
        ) from error
    except OSError as error:
        reason = error.strerror or "it is damaged or in another format"
        raise DataError(
            f"{name}: cannot be read as {format} ({reason}). Copy or make it again."
        ) from error
    except Exception as error:
        raise DataError(
            f"{name}: cannot be read as {format}, it is damaged or in another format. Copy or make "
            "it again."
        ) from error
