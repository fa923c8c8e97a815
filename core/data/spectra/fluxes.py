"""Fluxes of foreign tables, row by row: a row that cannot be used does not fail its file."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.data.row_numbers import number_of
from core.data.spectra.quantities import read_quantities
from core.data.tables.cells import parse_numbers, parse_spectra
from core.data.tables.columns import ARRAYS, Recognition
from core.data.tables.raw import RawTable, labels
from core.data.tables.table import OpenTable
from core.data.tables.units import require_flux_unit
from core.spectra import BANDS, N_SAMPLES, Spectra

Problem = tuple[str, str, str]
"""A column, what was expected in it and what came."""

EMPTY = "an empty value (nothing, NaN or '--')"


def to_spectra(
    table: RawTable,
    columns: Recognition,
    *,
    name: str,
    first_row: int | np.ndarray,
    with_errors: bool,
) -> Spectra:
    """Return the spectra of some rows of a file, of which the table starts at `first_row`.

    Or that has the number of each row.

    A flux is NaN where a cell is empty, infinite or no number, and `problems` then has row, column
    and value. A band without any flux is no problem; a row without any is one. Errors are NaN
    where there is none, and `notes` has those that are none. Raises a `DataError` if the columns
    hold something else than spectra.
    """
    flux, problems = parse_fluxes(table, columns.flux, name)
    infinite, unreadable = np.isinf(flux), None
    for row, problem in _unusable(flux, infinite, _sample_names(table.names, columns.flux)):
        problems.setdefault(row, problem)
    if infinite.any():
        unreadable = np.stack([infinite[:, band].any(axis=1) for band in BANDS], axis=1)
        flux[infinite] = np.nan
    errors, broken = None, dict[int, Problem]()
    if with_errors and columns.flux_error:
        errors, broken = parse_fluxes(table, columns.flux_error, name)
        wrong = np.isinf(errors) | (errors < 0)
        names = _sample_names(table.names, columns.flux_error)
        for row in np.flatnonzero(wrong.any(axis=1)).tolist():
            sample = int(np.argmax(wrong[row]))
            received = f"{errors[row, sample]:g}"
            broken.setdefault(row, (names[sample], "a finite number of 0 or more", received))
        errors[wrong] = np.nan
    return Spectra(
        flux,
        flux_error=errors,
        problems={
            row: _sentence(number_of(row, first_row), *words) for row, words in problems.items()
        },
        notes={
            row: without_errors(_sentence(number_of(row, first_row), *words))
            for row, words in broken.items()
            if row not in problems
        },
        unreadable=unreadable,
        **read_quantities(table, columns, name, first_row),
    )


def require_flux_units(columns: Recognition, table: OpenTable) -> None:
    """Raise a `DataError` if the file declares another unit of fluxes or of their errors."""
    for position in columns.of_flux if table.units else ():
        require_flux_unit(table.units[position], table.names[position], table.name)


def without_errors(problem: str) -> str:
    """Say what a problem of its errors means for a spectrum."""
    return f"{problem} Its flux is used without errors."


def _sentence(row: int, column: str, expected: str, received: str) -> str:
    return f"row {row}, column '{column}': expected {expected}, received {received}."


def parse_fluxes(
    table: RawTable, positions: Sequence[int], name: str
) -> tuple[np.ndarray, dict[int, Problem]]:
    """Return one array column, one of each band or 186 columns in order, and what is no number.

    As float32, shape (N, 186) [e-/s per sample]: infinite beyond its range, and where something
    stands in place of a number. The problems are by row.
    """
    names = labels(table.names, positions)
    problems: dict[int, Problem] = {}
    flux = np.empty((table.n_rows, N_SAMPLES), np.float32)
    end = 0
    with np.errstate(over="ignore"):
        widths = ARRAYS.get(len(positions), ())
        for position, column, n in zip(positions, names, widths, strict=False):
            start, end = end, end + n
            flux[:, start:end], wrong = parse_spectra(table.column(position), n)
            flux[list(wrong), start:end] = np.inf
            for row, words in wrong.items():
                problems.setdefault(row, (column, *words))
        if widths:
            return flux, problems
        for sample, (position, column) in enumerate(zip(positions, names, strict=True)):
            flux[:, sample], texts = parse_numbers(table.column(position), column, name)
            flux[list(texts), sample] = np.inf
            for row, text in texts.items():
                problems.setdefault(row, (column, "a number", text))
    return flux, problems


def _sample_names(names: Sequence[str], positions: Sequence[int]) -> list[str]:
    """Return what messages call the 186 samples."""
    found = labels(names, positions)
    widths = ARRAYS.get(len(found))
    if widths is None:
        return found
    return [f"{name}[{i}]" for name, n in zip(found, widths, strict=True) for i in range(n)]


def _unusable(
    flux: np.ndarray, infinite: np.ndarray, names: Sequence[str]
) -> Iterator[tuple[int, Problem]]:
    """Yield rows with an infinite flux or an incomplete band, then those without any flux."""
    missing = np.isnan(flux)
    if not (infinite.any() or missing.any()):
        return
    wrong = infinite.copy()
    for band in BANDS:
        wrong[:, band] |= missing[:, band] & ~missing[:, band].all(axis=1, keepdims=True)
    for row in np.flatnonzero(wrong.any(axis=1)).tolist():
        sample = int(np.argmax(wrong[row]))
        value = EMPTY if np.isnan(flux[row, sample]) else f"{flux[row, sample]:g}"
        yield row, (names[sample], "a finite number", value)
    for row in np.flatnonzero(missing.all(axis=1)).tolist():
        yield row, (names[0], f"{N_SAMPLES} fluxes from here on", "only empty values")
