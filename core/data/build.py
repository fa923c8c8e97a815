"""Spectra joined with redshifts by source_id: a data set to train with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.atomic import keep_inputs
from core.data.account import Account
from core.data.archive.state import SOURCES, SPECTRA, STATE, spectra_of
from core.data.card import DatasetCard
from core.data.gathering import Gathering
from core.data.instrument import Instrument, instruments_of, joined
from core.data.labelling import Labelled, Labels, Place, Rows
from core.data.labels.by_hand import ByHand
from core.data.provenance import Origin, provenance
from core.data.schema import OPTIONAL, PER_SOURCE
from core.data.source_tables import SourceTable, open_table
from core.data.spectra.files import open_spectra
from core.data.spectra.table import SpectraTable
from core.data.tables.folders import Files, find_files
from core.data.usable import NO_FLUX, said_without_errors, unusable, without_errors
from core.data.validation import Where, check_ends
from core.data.writer import ROWS_PER_GROUP
from core.errors import DataError, NotATable
from core.memory import require_memory
from core.spectra import Spectra

BYTES_PER_SPECTRUM = 250
"""What is known of a spectrum until all are read, as measured; its samples go to a file."""


@dataclass(frozen=True)
class Built:
    """What a data set was built of."""

    card: DatasetCard
    spectra: Account
    redshifts: Account | None  # of the table of redshifts
    optional: dict[str, bool]  # whether it has each of the columns that it may have

    @property
    def n_files(self) -> int:
        """Files of spectra that were read."""
        return self.spectra.files

    @property
    def n_read(self) -> int:
        """Spectra that were read."""
        return self.spectra.rows

    @property
    def left_out(self) -> dict[str, int]:
        """Spectra that are not in the data set, by reason."""
        return dict(self.spectra.left_out)


def build_dataset(
    spectra: Sequence[str | Path],
    out: str | Path,
    redshifts: str | Path | None = None,
    *,
    name: str | None = None,
    origin: str | None = None,
    with_errors: bool = True,
    by_hand: ByHand | None = None,
    recursive: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
    **about: Any,
) -> Built:
    """Write spectra whose redshift is known to a data set file.

    Parameters
    ----------
    spectra : sequence of str or Path
        Files of spectra, folders of them, or folders of a fetch, whose table of
        sources then gives G and the redshift of the UGC.
    out : str or Path
        Parquet file to make.
    redshifts : str or Path, optional
        Table with source_id and z (or z_spec, ...), such as a cross-match; may hold
        g_mag, redshift_ugc and its bounds. Without it the spectra's own column of redshifts counts.
    name : str, optional
        For the card; the name of the file by default.
    origin : str, optional
        For the card; by default what the inputs tell, see `core.data.provenance`.
    with_errors : bool
        Keep the errors of the fluxes, where the spectra have them.
    by_hand : ByHand, optional
        Columns, unit and quality of the labels, where names and units do not tell them, and the
        release of the spectra.
    recursive : bool
        Whether a folder stands for the folders in it, too.
    progress : callable, optional
        Called with the number of spectra read and of all (None: not known yet).
    **about
        Further fields of `DatasetCard`.

    Raises
    ------
    DataError
        If a file is not readable or is `out`, no redshifts or ids are at hand, names do not decide
        which column they are, the redshifts are none of galaxies, the ids of another release of
        Gaia, no spectrum is usable, or `origin` contradicts a file's card.

    Examples
    --------
    >>> import core
    >>> sample = "data/samples/simulated-galaxies.csv"
    >>> built = core.build_dataset([sample], "sample.parquet", origin="simulated")
    >>> built.n_read, built.card.n_galaxies, built.left_out
    (66, 60, {'no redshift': 4, 'flux missing or not usable': 2})
    """
    out, by_hand = Path(out), by_hand or ByHand()
    files, tables = _locate(spectra, recursive)
    keep_inputs(out, [*files, *tables, *([Path(redshifts)] if redshifts else [])])
    by_name, labels = by_hand, Labels(by_hand)
    named: Mapping[str, str] = {}
    known: list[SourceTable] = []
    origins: list[Origin] = []
    if redshifts is not None:
        by_name, named = ByHand(release=by_hand.release), by_hand.columns
        known = [open_table(redshifts, ("source_id", "z"), named)]
        labels = Labels.of_table(known[0], by_hand)
        card = known[0].opened.stream.card
        origins = [] if card is None else [Origin(str(redshifts), card)]
    extras = _extras([*known, *map(open_table, tables)], named)
    account, rows, n_bare = Account("spectra", left_aside=list(files.notes)), Rows(), 0
    instruments: set[Instrument] = set()
    about = {"name": name or out.stem, "origin": origin or "unknown", **about}
    with Gathering(out, **about) as gathering:
        opened = _open(files, with_errors, by_name, origins, labels, account)
        for table, total, name_of_table in opened:
            first = account.rows
            for part in table.chunks(ROWS_PER_GROUP):
                labelled = labels.of(part, table, account.rows)
                rows_of = account.rows - first + np.arange(len(part))
                account.rows += len(part)
                own = {column: getattr(part, column) for column in PER_SOURCE}
                values = {
                    column: _extra(extras, column, labelled.ids, v) for column, v in own.items()
                }
                keep = _usable(part, labelled, account, Place(rows_of, name_of_table))
                where = Where(table.table.name, rows_of[keep], table.columns.called)
                check_ends({k: None if v is None else v[keep] for k, v in own.items()}, where)
                n_bare += without_errors(part.flux_error, keep)
                if keep.any():
                    columns = {"flux": part.flux, "flux_error": part.flux_error, **values}
                    kept = {k: None if v is None else v[keep] for k, v in columns.items()}
                    rows.add(labelled.ids[keep], kept, Place(rows_of[keep], name_of_table))
                    instruments |= {each for each, its in instruments_of(part) if keep[its].any()}
                    gathering.write(labelled.ids[keep], labelled.z[keep], **kept)
                if progress:
                    progress(account.rows, total)
        if not account.tables:
            aside = " ".join((*account.refused, *account.left_aside))
            raise DataError(f"Expected files of spectra, found none. {aside}")
        account.notes += said_without_errors(n_bare)
        whose = files[0].name if len(files) == 1 else n_of(len(files), "file")
        chosen = labels.settle(rows, account, whose)
        if not account.used:
            reasons = "; ".join(f"{n:,} {reason}" for reason, n in account.left_out.items())
            raise DataError(
                f"{whose}: expected spectra with redshifts, found none among "
                f"{n_of(account.rows, 'spectrum')} ({reasons or 'no rows'}).{labels.unmet}"
            )
        is_whole = redshifts is None and not account.left_out
        came = provenance(origins, origin, is_whole=is_whole)
        both = [account] if labels.account is None else [account, labels.account]
        told = {known.what: known.to_json() for known in both}
        instrument = replace(joined(instruments, whose), grid=None)  # which the card has
        if labels.account is not None and not instrument.release:
            # Both tables have the same ids, which those of the redshifts may tell.
            instrument = replace(instrument, release=labels.account.release)
        card = gathering.finish(chosen, **came, account=told, instrument=instrument)
    optional = {column: column in gathering.columns for column in OPTIONAL}
    return Built(card, account, labels.account, optional)


def _locate(spectra: Sequence[str | Path], recursive: bool) -> tuple[Files, list[Path]]:
    """Return files of spectra, and the tables of sources of folders that were fetched."""
    places, tables = [], []
    for path in map(Path, spectra):
        places.append(spectra_of(path))
        if places[-1] != path:
            tables.append(path / SOURCES)
    return find_files(places, recursive=recursive), sorted(tables)


def _open(
    files: Files,
    with_errors: bool,
    by_hand: ByHand,
    origins: list[Origin],
    labels: Labels,
    account: Account,
) -> Iterator[tuple[SpectraTable, int | None, str]]:
    """Yield tables of spectra, how many there are in all if a single file tells, and their names.

    A table has none, '', where it is the only one.

    Adds to `origins` what each tells of its own. One file is open at a time: a VOTable lies in
    memory as a whole. In an order of their own: nothing depends on that in which they are given.
    """
    for path in sorted(files):
        try:
            file = open_spectra(path, with_errors=with_errors, by_hand=by_hand)
        except NotATable as error:
            if path not in files.listed:
                raise
            account.left_aside.append(error.aside)
            continue
        except DataError as error:  # named, and the others of its folder are served
            if path not in files.listed:
                raise
            account.refused.append(str(error))
            continue
        if file.n_rows is not None:
            require_memory(
                f"{path}: joining its {n_of(file.n_rows, 'spectrum')} with redshifts",
                file.n_rows * BYTES_PER_SPECTRUM,
                "Close other programs, or build a data set of a part of the spectra.",
            )
        state = path.absolute().parent.parent / STATE
        is_fetched = path.absolute().parent.name == SPECTRA and state.is_file()
        for table in file.tables:
            labels.open(table, account)
            origins.append(Origin(str(path), table.table.stream.card, is_fetched))
            whose = table.table.name * (len(files) > 1 or len(file.tables) > 1)
            yield table, file.n_rows if len(files) == 1 else None, whose
        file.enter(account)


def _extras(tables: Sequence[SourceTable], by_hand: Mapping[str, str] | None) -> pd.DataFrame:
    """Return the columns of `PER_SOURCE` by source_id, each from the first table that knows it.

    `by_hand` are columns of the first table.
    """
    parts = []
    for table in tables:
        if own := table.per_source(by_hand):
            values = table.read({"source_id": table.id_column(by_hand), **own})
            check_ends(values, Where(table.opened.name, columns=own))
            cells = pd.DataFrame(values)
            parts.append(cells.set_index("source_id").dropna(axis=1, how="all"))
        by_hand = None
    if not parts:
        return pd.DataFrame()
    return pd.concat(parts).groupby(level=0).first()


def _extra(
    extras: pd.DataFrame, column: str, ids: np.ndarray, own: np.ndarray | None
) -> np.ndarray | None:
    """Return a column from the tables, and from the spectra's own where those know nothing."""
    if column not in extras:
        return own
    values = extras[column].reindex(ids).to_numpy()
    return values if own is None else np.where(np.isnan(values), own, values)


def _usable(part: Spectra, labelled: Labelled, account: Account, place: Place) -> np.ndarray:
    """Return which rows are kept, shape (N,), and count the others by reason."""
    reasons = labelled.reasons | unusable(part.flux, part.flux_error)
    reasons[NO_FLUX][list(part.problems)] = True
    return account.leave_out(reasons, np.ones(len(part), bool), place.called)
