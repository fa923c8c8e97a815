"""A table of spectra: told by its names and first rows, read a part at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from core.data.spectra import fluxes, xp_continuous
from core.data.spectra.own_cells import is_scalar, own_columns
from core.data.spectra.xp_continuous import XPColumns
from core.data.tables.cells import require_spectra
from core.data.tables.columns import Recognition, recognise
from core.data.tables.raw import RawTable, labels
from core.data.tables.table import OpenTable
from core.spectra import Spectra

BATCH_BYTES = 2**26
"""About what the rows of a chunk may take in memory before they are spectra."""


@dataclass(frozen=True, eq=False)
class SpectraTable:
    """One table of spectra, of which the first rows were looked at.

    `columns` tell where the spectra are; those at `kept` become `Spectra.own`, and array columns
    that hold no spectra are `left_out`.
    """

    table: OpenTable
    columns: Recognition
    kept: tuple[int, ...]
    left_out: tuple[int, ...]
    with_errors: bool

    @property
    def kind(self) -> str:
        """Return 'table' or 'xp_continuous'."""
        return "xp_continuous" if isinstance(self.columns, XPColumns) else "table"

    def describe(self) -> dict[str, str]:
        """Return, in words, what was recognised."""
        words = self.columns.describe()
        words.pop("ignored", None)
        for what, positions in (("kept", self.kept), ("left_out", self.left_out)):
            words[what] = ", ".join(labels(self.table.names, positions)) or "none"
        return words

    def chunks(self, rows: int) -> Iterator[Spectra]:
        """Yield the spectra of at most so many rows at a time."""
        row_bytes = self.table.stream.row_bytes
        if row_bytes:
            rows = max(1, min(rows, BATCH_BYTES // row_bytes))
        unused = set() if self.with_errors else set(self.columns.flux_error)
        wanted = sorted({*self.columns.positions, *self.kept} - unused)
        first_row = 0
        for table in self.table.batches(wanted, rows):
            yield self._spectra(table, first_row)
            first_row += table.n_rows

    def _spectra(self, table: RawTable, first_row: int) -> Spectra:
        options: dict[str, Any] = {
            "name": self.table.name,
            "first_row": first_row,
            "with_errors": self.with_errors,
        }
        if isinstance(self.columns, XPColumns):
            spectra = xp_continuous.to_spectra(table, self.columns, **options)
        else:
            spectra = fluxes.to_spectra(table, self.columns, **options)
        return replace(spectra, own=own_columns(table, self.kept))


def look_into(opened: OpenTable, with_errors: bool) -> SpectraTable:
    """Tell from names and first rows where the spectra are; a `DataError` if none are of use."""
    name, names = opened.name, opened.names
    columns: Recognition | None = xp_continuous.find_columns(names, name)
    arrays: tuple[int, ...] = ()
    if columns is None:
        columns = recognise(names, name, one_redshift=False)
        arrays = columns.flux if len(columns.flux) == 1 else ()
    first = opened.first((*columns.own, *arrays))
    for position in arrays:
        require_spectra(first.column(position), names[position], name, names)
    kept = tuple(i for i in columns.own if is_scalar(first.column(i)))
    left_out = tuple(i for i in columns.own if i not in kept)
    return SpectraTable(opened, columns, kept, left_out, with_errors)
