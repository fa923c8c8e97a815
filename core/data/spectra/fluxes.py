"""Fluxes of foreign tables, row by row: a row that cannot be used does not fail its file."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from core.data.tables.cells import parse_numbers, parse_spectra
from core.data.tables.raw import RawTable
from core.spectra import N_BP, N_SAMPLES

Problem = tuple[str, str, str]
"""A column, what was expected in it and what came."""

EMPTY = "an empty value (nothing, NaN or '--')"

BANDS = (slice(0, N_BP), slice(N_BP, N_SAMPLES))


def read_fluxes(
    table: RawTable, positions: Sequence[int], name: str, first_row: int = 0
) -> tuple[np.ndarray, dict[int, str]]:
    """Return fluxes and, by row, why they cannot be used.

    Parameters
    ----------
    table : RawTable
    positions : sequence of int
        One array column, or the 186 columns in order.
    name : str
        What messages call the file.
    first_row : int, optional
        Row of the file in which the table starts, for messages.

    Returns
    -------
    flux : np.ndarray of float32, shape (N, 186)
        [e-/s per sample]; NaN where a cell is empty, infinite or no number.
    problems : dict of int to str
        A sentence with row, column and value. A band without any flux is no problem;
        a row without any is one.

    Raises
    ------
    DataError
        If the columns hold something else than spectra.
    """
    flux, problems, label = _parse(table, positions, name)
    for row, column, expected, received in _unusable(flux, label):
        problems.setdefault(row, (column, expected, received))
    words = {
        row: f"row {first_row + row}, column '{column}': expected {expected}, received {received}."
        for row, (column, expected, received) in problems.items()
    }
    flux[np.isinf(flux)] = np.nan
    return flux, words


def read_errors(table: RawTable, positions: Sequence[int], name: str) -> np.ndarray:
    """Return flux errors, shape (N, 186) float32 [e-/s per sample]; NaN where there is none."""
    errors = _parse(table, positions, name)[0]
    errors[~np.isfinite(errors) | (errors < 0)] = np.nan
    return errors


def _parse(
    table: RawTable, positions: Sequence[int], name: str
) -> tuple[np.ndarray, dict[int, Problem], Callable[[int], str]]:
    names = [table.names[i] or f"column {i + 1}" for i in positions]
    problems: dict[int, Problem] = {}
    with np.errstate(over="ignore"):  # beyond float32 a value becomes inf: a problem as well
        if len(positions) == 1:
            spectra, wrong = parse_spectra(table.column(positions[0]))
            problems = {row: (names[0], *words) for row, words in wrong.items()}
            return spectra.astype(np.float32), problems, lambda i: f"{names[0]}[{i}]"
        flux = np.empty((table.n_rows, N_SAMPLES), np.float32)
        for sample, position in enumerate(positions):
            column = names[sample]
            flux[:, sample], texts = parse_numbers(table.column(position), column, name)
            for row, text in texts.items():
                problems.setdefault(row, (column, "a number", repr(text)))
    return flux, problems, names.__getitem__


def _unusable(flux: np.ndarray, label: Callable[[int], str]) -> Iterator[tuple[int, str, str, str]]:
    """Yield row, column, what was expected and what came."""
    missing = np.isnan(flux)
    wrong = np.isinf(flux)
    for band in BANDS:
        wrong[:, band] |= missing[:, band] & ~missing[:, band].all(axis=1, keepdims=True)
    for row in np.flatnonzero(wrong.any(axis=1)).tolist():
        sample = int(np.argmax(wrong[row]))
        value = EMPTY if np.isnan(flux[row, sample]) else f"{flux[row, sample]:g}"
        yield row, label(sample), "a finite number", value
    for row in np.flatnonzero(missing.all(axis=1)).tolist():
        yield row, label(0), f"{N_SAMPLES} fluxes from here on", "only empty values"
