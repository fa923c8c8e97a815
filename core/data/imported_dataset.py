"""Tables of spectra and redshifts (CSV, Parquet, FITS, VOTable, ECSV) made into data sets."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset, make_dataset
from core.data.schema import ALIASES
from core.data.spectra import xp_continuous
from core.data.spectra.fluxes import parse_fluxes
from core.data.spectra.quantities import read_quantities
from core.data.tables.cells import refuse, require_spectra
from core.data.tables.columns import Recognition, recognise
from core.data.tables.raw import RawTable, TableLimits
from core.data.tables.table import open_tables
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
    limits = limits or TableLimits()
    tables = open_tables(source, format, name, limits)
    opened = tables[0]
    if len(tables) > 1 or isinstance(opened, DataError):
        raise DataError(f"{name or 'the archive'}: expected one table, found {len(tables)} files.")
    name = name or opened.name
    if xp_continuous.find_columns(opened.names, name) is not None:
        raise DataError(
            f"{name}: these are XP continuous spectra of the Gaia Archive, which `xpz dataset "
            "build` turns into a data set. For predictions they can be used as they are."
        )
    found = recognise(opened.names, name)
    for position, n in found.arrays.items():
        values = opened.first((position,)).column(position)
        require_spectra(values, opened.names[position], name, opened.names, n)
    if "z" not in found.single:
        raise DataError(
            f"{name}: expected a column of redshifts called {', '.join(ALIASES['z'])}; none of the "
            f"{len(opened.names)} columns is. Rename it, or add it from your cross-match."
        )
    table = opened.first(found.positions, limits.max_rows + 1)
    known = read_quantities(table, found, name, keep_infinite=True)
    del known["has_ids"]
    for quantity, positions in (("flux", found.flux), ("flux_error", found.flux_error)):
        if positions:
            known[quantity] = _spectra(table, positions, name)
    dataset = make_dataset(**known, name=name)
    imported = ImportedDataset(**vars(dataset), recognition=found)
    card = opened.stream.card
    return replace(imported, card=card) if card and card.hash == dataset.card.hash else imported


def _spectra(table: RawTable, positions: tuple[int, ...], name: str) -> np.ndarray:
    spectra, problems = parse_fluxes(table, positions, name)
    column, expected, _ = next(iter(problems.values()), ("", "", ""))
    wrong = {row: got for row, (other, _, got) in problems.items() if other == column}
    refuse(wrong, expected if len(positions) <= 2 else "numbers", column, name)
    return spectra
