"""Tables of spectra and redshifts (CSV, Parquet, FITS, VOTable, ECSV) made into data sets."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset, make_dataset
from core.data.schema import ALIASES, PER_SOURCE
from core.data.spectra import xp_continuous
from core.data.tables.cells import require_spectra, to_ids, to_numbers, to_spectra
from core.data.tables.columns import Recognition, recognise
from core.data.tables.raw import RawTable, TableLimits
from core.data.tables.table import OpenTable, open_tables
from core.errors import DataError


@dataclass(frozen=True, eq=False)
class ImportedDataset(Dataset):
    """A data set that knows which columns of a foreign table it came from."""

    recognition: Recognition | None = None


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
        One of `core.data.tables.sniff.FORMATS`; by default told by the content.
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


def _to_dataset(opened: OpenTable, name: str) -> ImportedDataset:
    if xp_continuous.find_columns(opened.names, name) is not None:
        raise DataError(
            f"{name}: these are XP continuous spectra of the Gaia Archive, which `xpz dataset "
            "build` turns into a data set. For predictions they can be used as they are."
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
        **{column: _optional(table, getattr(found, column), name) for column in PER_SOURCE},
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
