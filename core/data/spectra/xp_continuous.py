"""Gaia Archive XP continuous spectra (DataLink's XP_CONTINUOUS) made into samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from core.amounts import n_of
from core.data.row_numbers import number_of
from core.data.spectra.fluxes import without_errors
from core.data.spectra.quantities import read_quantities
from core.data.spectra.xp_samples import fill_samples
from core.data.tables.cells import parse_numbers
from core.data.tables.columns import Recognition, find_quantities, is_xp_error
from core.data.tables.raw import RawTable, labels
from core.errors import DataError
from core.spectra import BANDS, N_SAMPLES, SampleGrid, Spectra

SAMPLES = dict(zip(("bp", "rp"), BANDS, strict=True))
"""The samples of each band."""

REQUIRED = ("coefficients", "basis_function_id")
OPTIONAL = ("n_parameters", "coefficient_errors", "coefficient_correlations")
"""Columns of each band, as the archive calls them behind bp_ and rp_."""

ROWS_AT_ONCE = 64
"""Rows whose correlations are unpacked at a time: 0.8 MB as numbers, which the cache holds, and
whose memory is used again: the system takes back larger pieces each time."""


@dataclass(frozen=True, kw_only=True)
class XPColumns(Recognition):
    """Positions of the columns of a table of XP continuous spectra.

    `flux` are the coefficients, `flux_error` their errors and correlations, and `of_bands` has
    each column of `REQUIRED` and `OPTIONAL` that is there, by its name in lower case.
    """

    of_bands: dict[str, int]

    @property
    def has_errors(self) -> bool:
        """Whether both bands have coefficient errors and correlations."""
        return len(self.flux_error) == 4

    @property
    def lacking_errors(self) -> str:
        """Which columns lack that the errors need; '' where none does."""
        needed = [f"{band}_{what}" for what in OPTIONAL for band in SAMPLES]
        lacking = [column for column in needed if is_xp_error(column)]
        lacking = [column for column in lacking if column not in self.of_bands]
        are = "columns {} are" if len(lacking) > 1 else "column {} is"
        return f"the {are.format(' and '.join(lacking))} missing" if lacking else ""

    @property
    def of_flux(self) -> tuple[int, ...]:
        """Of the columns in the unit of fluxes: not the correlations, which have none."""
        errors = [i for i in self.flux_error if self.names[i].lower().strip().endswith("errors")]
        return (*self.flux, *errors)

    @property
    def arrays(self) -> dict[int, int]:
        """None: rows tell how many coefficients they have."""
        return {}

    @property
    def positions(self) -> tuple[int, ...]:
        """Of all columns that were recognised."""
        return (*super().positions, *self.of_bands.values())

    def describe(self) -> dict[str, str]:
        """Return, in words, the column of each quantity."""
        both, errors = (", ".join(labels(self.names, at)) for at in (self.flux, self.flux_error))
        return {
            "kind": "XP continuous spectra of the Gaia Archive",
            **self._singles(),
            "flux": f"{both}, integrated over each sample",
            "flux_error": f"the covariance from {errors}" if self.has_errors else "none",
        }


def find_columns(
    names: Sequence[str], name: str, by_hand: Mapping[str, str] | None = None
) -> XPColumns | None:
    """Tell whether a table of columns in any case holds XP continuous spectra, and where.

    None if no column is called bp_coefficients or rp_coefficients; a `DataError` if another that
    the spectra need is missing, or one is there twice.
    """
    lowered = [column.strip().lower() for column in names]
    if not {"bp_coefficients", "rp_coefficients"} & set(lowered):
        return None
    found = {}
    for column in (f"{band}_{what}" for what in REQUIRED + OPTIONAL for band in SAMPLES):
        if lowered.count(column) > 1:
            claims = [
                f"'{spelt}'" for spelt, low in zip(names, lowered, strict=True) if low == column
            ]
            raise DataError(
                f"{name}: the column '{column}' occurs more than once. Keep one of "
                f"{' and '.join(claims)}."
            )
        if column in lowered:
            found[column] = lowered.index(column)
        elif column.endswith(REQUIRED):
            raise DataError(
                f"{name}: expected the column {column} beside the others of XP continuous "
                f"spectra, found none among the {n_of(len(names), 'column')}. Download the spectra "
                "again from the Gaia Archive with all their columns."
            )
    return XPColumns(
        names=tuple(names),
        flux=tuple(i for column, i in found.items() if column.endswith("_coefficients")),
        flux_error=tuple(i for column, i in found.items() if is_xp_error(column)),
        choices=find_quantities(names, name, one_redshift=False, by_hand=by_hand),
        of_bands=found,
    )


@threadpool_limits.wrap(limits=1, user_api="blas")  # threads cost more than the products
def to_spectra(
    table: RawTable,
    columns: XPColumns,
    *,
    name: str,
    first_row: int | np.ndarray = 0,
    grid: SampleGrid | None = None,
    with_errors: bool = True,
) -> Spectra:
    """Integrate XP continuous spectra over the samples of a grid, by default ours; without `own`.

    `first_row` is the row of the file in which the table starts, or the number of each row.
    `with_errors` propagates the
    coefficients' covariance; most of the time goes there. A band without coefficients is NaN. So
    is one that cannot be used, and `problems` then names the row and the column. A row whose
    covariance cannot be used has no errors, and `notes` says why.

    Raises a `DataError` if ids or redshifts are not valid numbers, a `ConfigError` if the bases
    that the user gave cannot be read; see `core.data.spectra.xp_bases`.
    """
    grid = grid or SampleGrid()
    with_errors = with_errors and columns.has_errors
    cells = {f"{band}_n_parameters": np.full(table.n_rows, np.nan) for band in SAMPLES}
    for column, i in columns.of_bands.items():
        if column.endswith(("_basis_function_id", "_n_parameters")):
            cells[column] = parse_numbers(table.column(i), table.names[i], name)[0]
        elif with_errors or not is_xp_error(column):
            cells[column] = table.column(i)
    flux = np.full((table.n_rows, N_SAMPLES), np.nan, np.float32)
    flux_error = np.full_like(flux, np.nan)
    spelt = {column: table.names[i] for column, i in columns.of_bands.items()}
    problems: dict[int, str] = {}
    notes: dict[int, str] = {}
    unreadable = np.zeros((table.n_rows, len(SAMPLES)), bool)
    for start in range(0, table.n_rows, ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        piece = {column: values[rows] for column, values in cells.items()}
        for i, (band, samples) in enumerate(SAMPLES.items()):
            target = flux[rows, samples], flux_error[rows, samples]
            wrong, broken = fill_samples(*target, piece, band, grid, spelt)
            unreadable[[start + row for row in wrong], i] = True
            for known, found in ((problems, wrong), (notes, broken)):
                for row, words in found.items():
                    known.setdefault(start + row, words)
    for row in np.flatnonzero(np.isnan(flux).all(axis=1)).tolist():
        column = columns.names[columns.flux[0]]
        problems.setdefault(
            row, f"column '{column}': expected BP or RP coefficients, received none."
        )
    flux_error[list(notes)] = np.nan
    of_bands = [
        cells[f"{band}_{what}"]
        for what in ("basis_function_id", "n_parameters")
        for band in SAMPLES
    ]
    release = np.full(table.n_rows, np.nan)  # which no column of coefficients tells
    return Spectra(
        flux,
        instrument=np.column_stack([release, *of_bands]).astype(np.float32),
        grid=grid,
        flux_error=flux_error if with_errors else None,
        problems={
            row: f"row {number_of(row, first_row)}, {problems[row]}" for row in sorted(problems)
        },
        notes={
            row: without_errors(f"row {number_of(row, first_row)}, {notes[row]}")
            for row in sorted(notes.keys() - problems.keys())
        },
        unreadable=unreadable if unreadable.any() else None,
        **read_quantities(table, columns, name, first_row),
    )
