"""Foreign tables of spectra (CSV, Parquet, FITS, VOTable, ECSV) made into data sets."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.data.cells import to_ids, to_numbers, to_spectra
from core.data.columns import ALIASES, Recognition, recognise
from core.data.dataset import Dataset, make_dataset
from core.data.readers import csv, ecsv, fits, parquet, votable
from core.data.readers.raw import RawTable, TableLimits
from core.errors import DataError, XpzError

READERS = {
    "csv": csv.read,
    "parquet": parquet.read,
    "fits": fits.read,
    "votable": votable.read,
    "ecsv": ecsv.read,
}

FORMATS = tuple(READERS)


@dataclass(frozen=True, eq=False)
class ImportedDataset(Dataset):
    """A data set that knows which columns of a foreign table it came from."""

    recognition: Recognition | None = None


def read_table(
    source: str | Path | bytes,
    format: str,
    name: str | None = None,
    limits: TableLimits | None = None,
) -> ImportedDataset:
    """Read a table of spectra and redshifts.

    Parameters
    ----------
    source : bytes, str or Path
        The file's content, or where it is.
    format : str
        One of `FORMATS`; never guessed from the content.
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
    limits = limits or TableLimits()
    name = name or ("table" if isinstance(source, bytes) else Path(source).name)
    if format not in READERS:
        raise DataError(f"{name}: unknown format '{format}'; known are {', '.join(FORMATS)}.")
    content = _content(source, limits, name)
    with _blaming_the_file(name, format):
        table = READERS[format](content, limits, name)

    def column(position: int) -> np.ndarray:
        with _blaming_the_file(name, format):
            return table.column(position)

    return _to_dataset(replace(table, column=column), name)


def _to_dataset(table: RawTable, name: str) -> ImportedDataset:
    found = recognise(table.names, name)
    flux = _spectra(table, found.flux, name)
    z = _optional(table, found.z, name)
    if z is None:
        raise DataError(
            f"{name}: expected a column of redshifts called {', '.join(ALIASES['z'])}; none of the "
            f"{len(table.names)} columns is. Rename it, or add it from your cross-match."
        )
    ids = found.source_id
    dataset = make_dataset(
        flux,
        z,
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


def _content(source: str | Path | bytes, limits: TableLimits, name: str) -> bytes:
    try:
        size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
        if size > limits.max_bytes:
            raise DataError(
                f"{name}: expected a file of at most {limits.max_bytes:,} bytes, received "
                f"{size:,}. Cut the table into parts."
            )
        return source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError as error:
        raise DataError(f"{name}: the file cannot be opened ({error.strerror}).") from error


@contextmanager
def _blaming_the_file(name: str, format: str) -> Iterator[None]:
    """Turn whatever a parser makes of damaged bytes into a `DataError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on units and old conventions, of no concern here
            yield
    except XpzError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(
            f"{name}: cannot be read as {format} ({reason}). Check that the file is complete and "
            "really in this format."
        ) from error
