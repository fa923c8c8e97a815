"""Gaia Archive XP continuous spectra (DataLink's XP_CONTINUOUS) made into samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.data.schema import ALIASES
from core.data.spectra.quantities import read_quantities
from core.data.spectra.xp_samples import BandCells, to_samples
from core.data.tables.cells import parse_numbers
from core.data.tables.columns import SourceColumns, find_quantities
from core.data.tables.raw import RawTable
from core.errors import DataError
from core.spectra import N_BP, N_SAMPLES, SampleGrid, Spectra

BANDS = {"bp": slice(0, N_BP), "rp": slice(N_BP, N_SAMPLES)}
"""The samples of each band."""


@dataclass(frozen=True)
class XPBand:
    """Positions of one band's columns.

    Attributes
    ----------
    coefficients, basis_id : int
    n_parameters, errors, correlations : int or None
    """

    coefficients: int
    basis_id: int
    n_parameters: int | None
    errors: int | None
    correlations: int | None


@dataclass(frozen=True, kw_only=True)
class XPColumns(SourceColumns):
    """Positions of the columns of a table of XP continuous spectra.

    Attributes
    ----------
    bp, rp : XPBand
    """

    bp: XPBand
    rp: XPBand

    @property
    def has_errors(self) -> bool:
        """Whether both bands have coefficient errors and correlations."""
        return None not in self._of_errors

    def wanted(self, with_errors: bool = True) -> tuple[int, ...]:
        """Return the positions of the columns that `to_spectra` asks for."""
        unused = () if with_errors and self.has_errors else self._of_errors
        return tuple(i for i in range(len(self.names)) if i not in unused)

    def describe(self) -> dict[str, str]:
        """Return, in words, the column of each quantity."""
        words = {"kind": "XP continuous spectra of the Gaia Archive"}
        for quantity in ALIASES:
            position = getattr(self, quantity)
            words[quantity] = "none" if position is None else self.names[position]
        if self.source_id is None:
            words["source_id"] = "none: the rows are numbered from 0"
        both = self._named(self.bp.coefficients, self.rp.coefficients)
        words["flux"] = f"{both}, integrated over each sample"
        words["flux_error"] = "none"
        if self.has_errors:
            words["flux_error"] = f"the covariance from {self._named(*self._of_errors)}"
        return words

    @property
    def own(self) -> tuple[int, ...]:
        """Positions of the columns that are neither ids nor arrays of a spectrum."""
        spectrum = {self.source_id, self.bp.coefficients, self.rp.coefficients, *self._of_errors}
        return tuple(i for i in range(len(self.names)) if i not in spectrum)

    @property
    def _of_errors(self) -> tuple[int | None, ...]:
        return self.bp.errors, self.rp.errors, self.bp.correlations, self.rp.correlations

    def _named(self, *positions: int | None) -> str:
        return ", ".join(self.names[i] for i in positions if i is not None)


def find_columns(names: Sequence[str], name: str) -> XPColumns | None:
    """Tell whether a table holds XP continuous spectra, and where.

    Parameters
    ----------
    names : sequence of str
        Column names, in any case.
    name : str
        What messages call the file.

    Returns
    -------
    XPColumns or None
        None if no column is called bp_coefficients or rp_coefficients.

    Raises
    ------
    DataError
        If a column that the spectra need is missing or there twice.
    """
    lowered = [column.strip().lower() for column in names]
    if not {"bp_coefficients", "rp_coefficients"} & set(lowered):
        return None

    def find(column: str) -> int | None:
        if lowered.count(column) > 1:
            raise DataError(f"{name}: the column '{column}' occurs more than once. Keep one.")
        return lowered.index(column) if column in lowered else None

    def need(column: str) -> int:
        position = find(column)
        if position is None:
            raise DataError(
                f"{name}: expected the column {column} beside the others of XP continuous "
                f"spectra, found none among the {len(names)} columns. Download the spectra "
                "again from the Gaia Archive with all their columns."
            )
        return position

    bp, rp = (
        XPBand(
            coefficients=need(f"{band}_coefficients"),
            basis_id=need(f"{band}_basis_function_id"),
            n_parameters=find(f"{band}_n_parameters"),
            errors=find(f"{band}_coefficient_errors"),
            correlations=find(f"{band}_coefficient_correlations"),
        )
        for band in BANDS
    )
    found = find_quantities(names, name, one_redshift=False)
    return XPColumns(names=tuple(names), bp=bp, rp=rp, **found)


def to_spectra(
    table: RawTable,
    columns: XPColumns,
    *,
    name: str,
    first_row: int = 0,
    grid: SampleGrid | None = None,
    with_errors: bool = True,
) -> Spectra:
    """Integrate XP continuous spectra over the samples of a grid.

    Parameters
    ----------
    table : RawTable
        Asked only for the columns in `columns.wanted(with_errors)`.
    columns : XPColumns
        From `find_columns`.
    name : str
        What messages call the file.
    first_row : int, optional
        Row of the file in which the table starts, for messages.
    grid : SampleGrid, optional
        By default ours.
    with_errors : bool, optional
        Whether to propagate the coefficients' covariance; most of the time goes there.

    Returns
    -------
    Spectra
        A band without coefficients is NaN. So is one that cannot be used, and
        `problems` then names the row and the column. Without `own`.

    Raises
    ------
    DataError
        If ids or redshifts are not valid numbers.
    ConfigError
        If the bases that the user gave cannot be read; see `core.data.spectra.xp_bases`.
    """
    with_errors = with_errors and columns.has_errors
    flux = np.empty((table.n_rows, N_SAMPLES), np.float32)
    flux_error = np.empty_like(flux) if with_errors else None
    problems: dict[int, str] = {}
    for band, samples in BANDS.items():
        cells = _cells(table, band, getattr(columns, band), with_errors, name)
        flux[:, samples], errors, found = to_samples(cells, grid or SampleGrid())
        if flux_error is not None:
            flux_error[:, samples] = errors
        for row, words in found.items():
            problems.setdefault(row, words)
    for row in np.flatnonzero(np.isnan(flux).all(axis=1)).tolist():
        column = columns.names[columns.bp.coefficients]
        problems.setdefault(
            row, f"column '{column}': expected BP or RP coefficients, received none."
        )
    return Spectra(
        flux,
        flux_error=flux_error,
        problems={row: f"row {first_row + row}, {problems[row]}" for row in sorted(problems)},
        **read_quantities(table, columns, name, first_row),
    )


def _cells(
    table: RawTable, band: str, positions: XPBand, with_errors: bool, name: str
) -> BandCells:
    def numbers(position: int | None) -> np.ndarray:
        if position is None:
            return np.full(table.n_rows, np.nan)
        return parse_numbers(table.column(position), table.names[position], name)[0]

    def arrays(position: int | None) -> np.ndarray | None:
        return None if position is None or not with_errors else table.column(position)

    return BandCells(
        band,
        numbers(positions.basis_id),
        numbers(positions.n_parameters),
        table.column(positions.coefficients),
        arrays(positions.errors),
        arrays(positions.correlations),
    )
