"""Tables of spectra and redshifts (CSV, Parquet, FITS, VOTable, ECSV) made into data sets."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.account import Account
from core.data.dataset import Dataset, make_dataset
from core.data.instrument import Instrument
from core.data.labelling import NO_REDSHIFT, Z_OUT_OF_RANGE, outside
from core.data.labels.agreement import CONTRADICTING, REPEATED, contradicting
from core.data.labels.by_hand import ByHand, release_in
from core.data.labels.choice import UndecidedError
from core.data.labels.ids import by_cells, like_ids, not_recognised
from core.data.labels.plausibility import STAR, STARS, ZEROS, require_plausible, to_redshifts, zeros
from core.data.labels.quality import quality_of
from core.data.row_numbers import number_of
from core.data.schema import ALIASES
from core.data.spectra import xp_continuous
from core.data.spectra.fluxes import (
    parse_fluxes,
    refuse_bands_apart,
    require_flux_scale,
    require_flux_units,
)
from core.data.spectra.quantities import read_quantities
from core.data.tables.cells import NO_ID, refuse, require_spectra, without_id
from core.data.tables.columns import Recognition, recognise
from core.data.tables.raw import RawTable, TableLimits
from core.data.tables.table import OpenTable, open_tables
from core.data.usable import said_without_errors, unusable, without_errors
from core.data.validation import Where
from core.errors import DataError, NotATable

OTHER_TABLE = "--redshifts of `xpz dataset build`"
"""How a table of redshifts is given with commands; the screen Data has a field for it."""


@dataclass(frozen=True, eq=False)
class ImportedDataset(Dataset):
    """A data set that knows of which columns and rows of a foreign table it is."""

    recognition: Recognition | None = None
    account: Account | None = None


def read_table(
    source: str | Path | bytes,
    format: str | None = None,
    name: str | None = None,
    limits: TableLimits | None = None,
    by_hand: ByHand | None = None,
    only_usable: bool = False,
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
    by_hand : ByHand, optional
        Columns, unit and quality of the labels, where names and units do not tell them.
    only_usable : bool
        Leave out and count rows without a redshift from 0 to 1.5 or a usable spectrum, as
        `build_dataset` does; by default such a row is an error, which names it.

    Returns
    -------
    ImportedDataset
        Of origin 'unknown', unless it is a file of ours. Sources without ids are
        numbered from 0; `recognition.describe()` says so and names the columns. Redshifts that
        their survey does not recommend are left out; `account` counts them.

    Raises
    ------
    DataError
        If the format is unknown, the file is damaged, too large or of another
        format, its columns are not recognised or its values are not valid; an
        `UndecidedError` where names do not decide.
    """
    limits, by_hand = limits or TableLimits(), by_hand or ByHand()
    tables = open_tables(source, format, name, limits)
    opened = _only_table(tables, name, by_hand)
    name = name or opened.name
    if xp_continuous.find_columns(opened.names, name) is not None:
        raise DataError(
            f"{name}: these are XP continuous spectra of the Gaia Archive. With a table of their "
            f"redshifts they become a data set: {OTHER_TABLE}. For predictions they can be used as "
            "they are."
        )
    refuse_bands_apart(opened)
    found = recognise(opened.names, name, by_hand=by_hand.columns)
    require_flux_units(found, opened)
    found = replace(found, choices=by_cells(found.choices, opened))
    found = by_hand.with_units(found, opened)
    first = opened.first(found.flux)
    for position, n in found.arrays.items():
        require_spectra(first.column(position), opened.names[position], name, opened.names, n)
    require_flux_scale(first, found, name)
    if "z" not in found.single:
        raise DataError(
            f"{name}: expected a column of redshifts called {', '.join(ALIASES['z'])}; none of the "
            f"{n_of(len(opened.names), 'column')} is. Rename it; or give the table that has the "
            f"redshifts, with their source_id: {OTHER_TABLE}. Of positions, `xpz crossmatch` makes "
            f"such a table.{found.choices['z'].aside}"
        )
    quality = quality_of(opened.names, by_hand.quality, opened.stream.descriptions)
    of_quality = {column: opened.names.index(column) for column in quality.columns}
    table = opened.whole((*found.positions, *of_quality.values()))
    known = read_quantities(table, found, name, keep_infinite=True)
    for quantity, positions in (("flux", found.flux), ("flux_error", found.flux_error)):
        if positions:
            known[quantity] = _spectra(table, positions, name)
    account = Account("spectra", 1, 1, rows=table.n_rows)
    opened.enter(account)
    no_id = without_id(known["source_id"])
    has_ids, release = known.pop("has_ids"), None
    if has_ids:
        account.count_ids(known["source_id"][~no_id])
        # Refuses one without spectra.
        release = release_in(opened, found.single["source_id"])
    else:
        account.warnings += not_recognised(name, like_ids(opened.first(found.own), found.own))
    account.recognise({key: words for key, words in found.describe().items() if words != "none"})
    account.recognise({"quality": quality.words})
    cells = {column: table.column(position) for column, position in of_quality.items()}
    z, unit = to_redshifts(known["z"]), found.z_unit
    vouched = by_hand.z_unit == "z"
    reasons = {NO_ID: no_id, ZEROS: zeros(z) & (not vouched)}
    if only_usable:
        reasons |= {NO_REDSHIFT: np.isnan(z)}
    reasons |= quality.left_out(cells, name)
    leave_out = partial(account.leave_out, called=lambda row: str(number_of(row)))
    keep = leave_out(reasons, np.ones(table.n_rows, bool))
    column = found.choices["z"].column or ""
    notes = require_plausible(z[keep], column, name, unit, vouched=vouched)
    account.notes += notes
    if quality.tells_type:
        keep = leave_out({STARS: np.abs(z) < STAR}, keep)
    if only_usable:
        reasons = {Z_OUT_OF_RANGE: outside(z)}
        keep = leave_out(reasons | unusable(known["flux"], known.get("flux_error")), keep)
    if has_ids:  # rows that go on are alone with their id
        rows, ids = np.flatnonzero(keep), known["source_id"]
        reasons = {CONTRADICTING: np.isin(ids, ids[rows][contradicting(ids[rows], z[rows])])}
        keep = leave_out(reasons, keep)
        rows, again = np.flatnonzero(keep), np.zeros(len(keep), bool)
        again[rows] = pd.Series(ids[rows]).duplicated()
        keep = leave_out({REPEATED: again}, keep)
    account.used = int(np.count_nonzero(keep))
    account.notes += said_without_errors(without_errors(known.get("flux_error"), keep))
    if account.left_out and not account.used:
        reasons_met = "; ".join(f"{n:,} {reason}" for reason, n in account.left_out.items())
        raise DataError(
            f"{name}: found no row that can be used ({reasons_met}).{quality.unmet(cells, name)}"
        )
    told = {account.what: account.to_json()}
    known = {quantity: values[keep] for quantity, values in known.items()}
    of = Instrument(by_hand.release_of(f"Gaia {release}" if release else "", name))
    where = Where(name, np.flatnonzero(keep), found.called)
    dataset = make_dataset(**known, name=name, where=where, account=told, instrument=of)
    imported = ImportedDataset(**vars(dataset), recognition=found, account=account)
    card = opened.stream.card
    return replace(imported, card=card) if card and card.hash == dataset.card.hash else imported


def column_names(source: bytes | Path, name: str) -> tuple[str, ...]:
    """Return the columns of an uploaded table; () where it cannot be read, or holds several."""
    try:
        return _only_table(open_tables(source, name=name), name, ByHand()).names
    except DataError:
        return ()


def _only_table(
    tables: list[OpenTable | DataError], name: str | None, by_hand: ByHand
) -> OpenTable:
    """Return the table of spectra among those of a file."""

    def has_spectra(table: OpenTable) -> bool:
        try:
            return xp_continuous.find_columns(table.names, table.name) is not None or bool(
                recognise(table.names, table.name, by_hand=by_hand.columns)
            )
        except UndecidedError:
            return True
        except DataError:
            return False

    # Prose beside a table in a .zip is no table of it.
    found = [table for table in tables if not isinstance(table, NotATable)] or tables
    opened = [table for table in found if isinstance(table, OpenTable)]
    fitting = [table for table in opened if len(found) == 1 or has_spectra(table)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        do = "Give one of them alone; `xpz dataset build` makes a data set of all."
    else:
        errors = [str(error) for error in found if isinstance(error, DataError)]
        do = errors[0] if errors else "Give a table of both alone."
    if len(found) == 1 or not opened:
        raise next(error for error in found if isinstance(error, DataError))
    names = ", ".join(table.name for table in fitting or opened)
    raise DataError(
        f"{name or 'the file'}: expected one table of spectra and redshifts, found "
        f"{len(fitting) or 'none'} among "
        f"{n_of(len(found), 'table')}{f' ({names})' * bool(names)}. {do}"
    )


def _spectra(table: RawTable, positions: tuple[int, ...], name: str) -> np.ndarray:
    spectra, problems = parse_fluxes(table, positions, name)
    column, expected, _ = next(iter(problems.values()), ("", "", ""))
    wrong = {row: got for row, (other, _, got) in problems.items() if other == column}
    refuse(wrong, expected if len(positions) <= 2 else "numbers", column, name)
    return spectra
