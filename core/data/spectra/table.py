"""A table of spectra: told by its names and first rows, read a part at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.data.spectra import xp_continuous
from core.data.spectra.fluxes import read_errors, read_fluxes
from core.data.spectra.own_cells import is_scalar, own_columns
from core.data.spectra.quantities import read_quantities
from core.data.spectra.xp_continuous import XPColumns
from core.data.tables.cells import require_spectra
from core.data.tables.columns import Recognition, recognise
from core.data.tables.raw import RawTable
from core.data.tables.table import OpenTable
from core.spectra import Spectra

BATCH_BYTES = 2**26
"""About what the rows of a chunk may take in memory before they are spectra."""


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
        return Spectra(
            flux,
            flux_error=read_errors(table, columns.flux_error, name) if has_errors else None,
            own=own,
            problems=problems,
            **read_quantities(table, columns, name, first_row),
        )


def look_into(opened: OpenTable, with_errors: bool) -> SpectraTable:
    """Tell from names and first rows where the spectra are.

    Raises
    ------
    DataError
        If there are none, or none of use.
    """
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
