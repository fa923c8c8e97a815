"""A table of spectra: told by its names and first rows, read a part at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.data.account import NOT_ASKED
from core.data.instrument import DR3, Instrument
from core.data.labels.by_hand import ByHand, beside_ids, release_in
from core.data.labels.ids import by_cells, like_ids
from core.data.spectra import fluxes, xp_continuous
from core.data.spectra.fluxes import (
    refuse_bands_apart,
    require_flux_scale,
    require_flux_units,
)
from core.data.spectra.own_cells import is_scalar, own_columns
from core.data.spectra.xp_continuous import XPColumns
from core.data.tables.cells import parse_numbers, require_spectra, to_ids
from core.data.tables.columns import Recognition, recognise
from core.data.tables.foreign import may_hold_spectra
from core.data.tables.raw import Only, labels
from core.data.tables.table import N_LOOKED_AT, OpenTable
from core.errors import DataError
from core.spectra import N_BP, Spectra

RELEASES = {55: "DR3", 51: "DR4"}
"""Gaia's releases by the number of coefficients of BP, which tells them where ids do not."""

BATCH_BYTES = 2**26
"""About what the rows of a chunk may take in memory before they are spectra."""


@dataclass(frozen=True, eq=False)
class SpectraTable:
    """One table of spectra, of which the first rows were looked at; `kept` become `Spectra.own`."""

    table: OpenTable
    columns: Recognition
    kept: tuple[int, ...]
    with_errors: bool
    release: str | None = None  # Gaia's, as 'DR3', if anything tells
    only: Only | None = None
    may_be_ids: tuple[str, ...] = ()  # names of columns whose first rows are ids
    like_ids: tuple[str, ...] = ()  # of those as large as Gaia's, where no ids were recognised
    stated: str = ""  # release that a person states, as 'Gaia DR3', where nothing tells it

    @property
    def kind(self) -> str:
        """Return 'table' or 'xp_continuous'."""
        return "xp_continuous" if isinstance(self.columns, XPColumns) else "table"

    def describe(self) -> dict[str, str]:
        """Return, in words, what was recognised."""
        words = self.columns.describe()
        words.pop("ignored", None)
        arrays = [i for i in self.columns.own if i not in self.kept]
        for what, positions in (("kept", self.kept), ("left_out", arrays)):
            words[what] = ", ".join(labels(self.table.names, positions)) or "none"
        return words

    def rows_at_once(self, rows: int) -> int:
        """Return how many rows a chunk has that may have so many."""
        row_bytes = self.table.stream.row_bytes
        return max(1, min(rows, BATCH_BYTES // row_bytes)) if row_bytes else rows

    def chunks(self, rows: int) -> Iterator[Spectra]:
        """Yield the spectra of at most so many rows at a time, of those that are asked for."""
        rows = self.rows_at_once(rows)
        unused = set() if self.with_errors else set(self.columns.flux_error)
        wanted = sorted({*self.columns.positions, *self.kept} - unused)
        reader: Any = xp_continuous if self.kind == "xp_continuous" else fluxes
        of_z = self.columns.called.get("z")
        n_read = n_kept = 0
        for table in self.table.batches(wanted, rows, self.only):
            kept = table.kept
            numbers = n_read if kept is None else n_read + np.flatnonzero(kept)
            n_read += table.n_rows if kept is None else len(kept)
            n_kept += table.n_rows
            if kept is not None and not table.n_rows:
                continue
            spectra = reader.to_spectra(
                table,
                self.columns,
                name=self.table.name,
                first_row=numbers,
                with_errors=self.with_errors,
            )
            own = own_columns(table, self.kept, self.table.stream)
            z_column = None if of_z is None else np.full(len(spectra), of_z)
            yield self._of_instrument(replace(spectra, own=own, z_column=z_column))
        if self.only is not None:
            self.table.stream.left_out[NOT_ASKED] = n_read - n_kept

    def _of_instrument(self, spectra: Spectra) -> Spectra:
        """Return the spectra with all that the table tells of their instrument."""
        if spectra.instrument is not None:
            spectra.instrument[:, 0] = self._told.row()[0]
            return spectra
        if not self._told.is_told:
            return replace(spectra, grid=self._told.grid)
        rows = np.tile(self._told.row(), (len(spectra), 1))
        return replace(spectra, instrument=rows, grid=self._told.grid)

    @property
    def release_told(self) -> str:
        """Of Gaia, as 'Gaia DR3', if the table, its card or a person tells it; else ''."""
        return self._told.release

    @property
    def _told(self) -> Instrument:
        """What ids, or the card of a file of ours, tell."""
        if self.table.stream.card is not None:
            known = self.table.stream.card.known_instrument
            return replace(known, release=known.release or self.stated)
        return Instrument(f"Gaia {self.release}" if self.release else self.stated)


def look_into(
    opened: OpenTable,
    with_errors: bool,
    by_hand: ByHand,
    lenient: bool,
    only: np.ndarray | None = None,
) -> SpectraTable:
    """Tell from names and first rows where the spectra are; `only` are the ids asked for, rising.

    Raises a `DataError` if none are of use, or the ids are of a release without spectra.
    """
    name, names = opened.name, opened.names
    named = by_hand.columns
    refuse_bands_apart(opened)
    columns: Recognition | None = xp_continuous.find_columns(names, name, named)
    columns = columns or recognise(names, name, one_redshift=False, by_hand=named)
    require_flux_units(columns, opened)
    columns = replace(columns, choices=by_cells(columns.choices, opened))
    columns = by_hand.with_units(columns, opened, needed=not lenient)
    of_bands = columns.of_bands if isinstance(columns, XPColumns) else {}
    of_release = [
        of_bands[column]
        for column in ("bp_basis_function_id", "bp_n_parameters")
        if column in of_bands
    ]
    telling = (*columns.single.values(), *beside_ids(names), *of_release)
    fluxes_of = () if isinstance(columns, XPColumns) else columns.flux
    first = opened.first(tuple({*columns.own, *fluxes_of, *telling}))
    for position, n in columns.arrays.items():
        require_spectra(first.column(position), names[position], name, names, n)
    if fluxes_of:
        require_flux_scale(first, columns, name)
    kept = tuple(i for i in columns.own if is_scalar(first.column(i)))
    if lenient:
        columns = columns.leniently({*columns.own} - {*kept})
    ids = columns.single.get("source_id")
    if ids is None and only is not None:
        shown = ", ".join(labels(names, range(len(names))))[:100]
        raise DataError(
            f"{name}: expected a column source_id, as only some sources are asked for, found none "
            f"(columns: {shown}). Add the ids, or read the whole file."
        )
    release = None if ids is None else release_in(opened, ids, first)
    if release is None and of_release:
        release = _by_coefficients(
            *(parse_numbers(first.column(at), names[at], name)[0] for at in of_release)
        )
    asked = None if only is None or ids is None else Only(ids, only)
    singles = kept if ids is None else (ids, *kept)
    may_be = tuple(names[i] for i in sorted(singles) if names[i] and _may_be_ids(first.column(i)))
    found = SpectraTable(opened, columns, kept, with_errors, release, asked, may_be)
    found = replace(found, like_ids=like_ids(first, kept) if ids is None else ())
    return replace(found, stated=by_hand.release_of(found.release_told, name))


def _may_be_ids(cells: np.ndarray) -> bool:
    """Return whether cells can be ids of some release, some of them empty."""
    try:
        return bool((to_ids(cells, "", "", lenient=True) >= 0).any())
    except DataError:
        return False


def _by_coefficients(bases: np.ndarray, sizes: np.ndarray | None = None) -> str | None:
    """Return the release of the first spectrum whose BP tells it: by its bases, else their number.

    As many of other bases than DR3's are not DR3's.
    """
    sizes = np.full(len(bases), np.nan) if sizes is None else sizes
    for basis, size in zip(bases.tolist(), sizes.tolist(), strict=True):
        if basis == DR3.bp_bases:
            return "DR3"
        release = RELEASES.get(size)
        if release is not None and (release != "DR3" or np.isnan(basis)):
            return release
    return None


def may_serve(opened: OpenTable) -> bool:
    """Return whether a table may hold spectra of some kind: many or long columns of numbers.

    Or a file is damaged, or ends before its first row: then something is lost.
    """
    columns = range(len(opened.names))
    try:
        first = next(opened.batches(columns, N_LOOKED_AT), None)
    except DataError:
        return True
    if first is None or not first.n_rows:
        return not opened.stream.label
    return may_hold_spectra(opened.names) or any(
        np.size(cells[0]) >= N_BP for cells in map(first.column, columns) if len(cells)
    )
