"""Fluxes of foreign tables, row by row: a row that cannot be used does not fail its file."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.data.spectra.quantities import read_quantities
from core.data.tables.cells import parse_numbers, parse_spectra
from core.data.tables.columns import Recognition
from core.data.tables.raw import RawTable, labels
from core.spectra import N_BP, N_SAMPLES, Spectra

Problem = tuple[str, str, str]
"""A column, what was expected in it and what came."""

EMPTY = "an empty value (nothing, NaN or '--')"

BANDS = (slice(0, N_BP), slice(N_BP, N_SAMPLES))


def to_spectra(
    table: RawTable, columns: Recognition, *, name: str, first_row: int, with_errors: bool
) -> Spectra:
    """Return the spectra of some rows of a file, of which the table starts at `first_row`.

    A flux is NaN where a cell is empty, infinite or no number, and `problems` then has row, column
    and value. A band without any flux is no problem; a row without any is one. Errors are NaN
    where there is none. Raises a `DataError` if the columns hold something else than spectra.
    """
    flux, problems = parse_fluxes(table, columns.flux, name)
    for row, problem in _unusable(flux, labels(table.names, columns.flux)):
        problems.setdefault(row, problem)
    flux[np.isinf(flux)] = np.nan
    errors = None
    if with_errors and columns.flux_error:
        errors = parse_fluxes(table, columns.flux_error, name)[0]
        errors[~np.isfinite(errors) | (errors < 0)] = np.nan
    return Spectra(
        flux,
        flux_error=errors,
        problems={
            row: f"row {first_row + row}, column '{column}': expected {expected}, received {got}."
            for row, (column, expected, got) in problems.items()
        },
        **read_quantities(table, columns, name, first_row),
    )


def parse_fluxes(
    table: RawTable, positions: Sequence[int], name: str
) -> tuple[np.ndarray, dict[int, Problem]]:
    """Return one array column, or 186 columns in order, as they are, and by row what is no number.

    As float32, shape (N, 186) [e-/s per sample]: beyond its range a value is infinite.
    """
    names = labels(table.names, positions)
    problems: dict[int, Problem] = {}
    with np.errstate(over="ignore"):
        if len(positions) == 1:
            spectra, wrong = parse_spectra(table.column(positions[0]))
            problems = {row: (names[0], *words) for row, words in wrong.items()}
            return spectra.astype(np.float32), problems
        flux = np.empty((table.n_rows, N_SAMPLES), np.float32)
        for sample, (position, column) in enumerate(zip(positions, names, strict=True)):
            flux[:, sample], texts = parse_numbers(table.column(position), column, name)
            for row, text in texts.items():
                problems.setdefault(row, (column, "a number", text))
    return flux, problems


def _unusable(flux: np.ndarray, names: Sequence[str]) -> Iterator[tuple[int, Problem]]:
    """Yield rows with an infinite flux or an incomplete band, then those without any flux."""
    if len(names) == 1:
        names = [f"{names[0]}[{sample}]" for sample in range(N_SAMPLES)]
    missing = np.isnan(flux)
    wrong = np.isinf(flux)
    for band in BANDS:
        wrong[:, band] |= missing[:, band] & ~missing[:, band].all(axis=1, keepdims=True)
    for row in np.flatnonzero(wrong.any(axis=1)).tolist():
        sample = int(np.argmax(wrong[row]))
        value = EMPTY if np.isnan(flux[row, sample]) else f"{flux[row, sample]:g}"
        yield row, (names[sample], "a finite number", value)
    for row in np.flatnonzero(missing.all(axis=1)).tolist():
        yield row, (names[0], f"{N_SAMPLES} fluxes from here on", "only empty values")
