"""One band of XP continuous spectra: from coefficients to samples with errors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from core.data.spectra.xp_arrays import Arrays, to_arrays
from core.data.spectra.xp_bases import Design, load_design
from core.errors import DataError
from core.spectra import N_BP, N_RP, SampleGrid

N_SAMPLES_OF = {"bp": N_BP, "rp": N_RP}

ROWS_AT_ONCE = 512
"""Rows whose correlations are unpacked at a time: 6 MB as numbers, some 50 MB as text."""


@dataclass(frozen=True, eq=False)
class BandCells:
    """The columns of one band, as they stand in the table; see `to_arrays`.

    Attributes
    ----------
    band : str
        'bp' or 'rp'.
    basis_id : np.ndarray of float64, shape (N,)
        Identifier of the set of bases, NaN where there is none.
    n_parameters : np.ndarray of float64, shape (N,)
        Number of coefficients, NaN where it is not told.
    coefficients : np.ndarray
        Arrays [e-/s].
    errors, correlations : np.ndarray, or None
        Arrays: standard errors of the coefficients [e-/s], and their
        correlations row by row below the diagonal.
    """

    band: str
    basis_id: np.ndarray
    n_parameters: np.ndarray
    coefficients: np.ndarray
    errors: np.ndarray | None = None
    correlations: np.ndarray | None = None

    def chunks(self) -> Iterator[tuple[slice, "BandCells"]]:
        """Cut into pieces of `ROWS_AT_ONCE`."""
        for start in range(0, len(self.basis_id), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            yield (
                rows,
                BandCells(
                    self.band,
                    self.basis_id[rows],
                    self.n_parameters[rows],
                    self.coefficients[rows],
                    None if self.errors is None else self.errors[rows],
                    None if self.correlations is None else self.correlations[rows],
                ),
            )


class Problems(dict[int, str]):
    """By row, why its cells cannot be used; the first reason counts."""

    def note(self, rows: Iterable[int], column: str, reason: str) -> None:
        """Note a sentence on a column of the given rows."""
        for row in rows:
            self.setdefault(int(row), f"column '{column}': {reason}")

    def add(self, rows: Iterable[int], column: str, expected: str, received: object) -> None:
        """Note what was expected in a column of the given rows, and what stands there."""
        self.note(rows, column, f"expected {expected}, received {received}.")

    def check(self, arrays: Arrays, column: str, lengths: np.ndarray) -> None:
        """Note the rows that hold no numbers, or not as many as `lengths` (NaN: any)."""
        for row, text in arrays.wrong.items():
            self.add([row], column, "an array of numbers", repr(text))
        for row, value in arrays.not_finite():
            self.add([row], column, "finite numbers", value)
        differ = (arrays.lengths > 0) & ~np.isnan(lengths) & (arrays.lengths != lengths)
        for row in np.flatnonzero(differ).tolist():
            self.add([row], column, f"{lengths[row]:.0f} values", arrays.lengths[row])


@threadpool_limits.wrap(limits=1, user_api="blas")  # threads cost more than the products
def to_samples(
    cells: BandCells, grid: SampleGrid
) -> tuple[np.ndarray, np.ndarray | None, dict[int, str]]:
    """Integrate the spectra of one band over the samples and propagate their errors.

    Returns
    -------
    flux : np.ndarray of float32, shape (N, n_samples)
        [e-/s per sample]; NaN where a row has no coefficients or a problem.
    flux_error : np.ndarray of float32, shape (N, n_samples), or None
        Standard errors [e-/s per sample], see `propagate`; NaN where a row has
        none of its own.
    problems : dict of int to str
        By row, which column is wrong and why.
    """
    shape = (len(cells.basis_id), N_SAMPLES_OF[cells.band])
    flux = np.full(shape, np.nan, np.float32)
    error = None if cells.errors is None else np.full(shape, np.nan, np.float32)
    problems = {}
    # Values beyond single precision become inf, and problems.
    with np.errstate(over="ignore", invalid="ignore"):
        for rows, piece in cells.chunks():
            found = _sample(piece, grid, flux[rows], None if error is None else error[rows])
            problems.update({rows.start + row: words for row, words in found.items()})
    return flux, error, problems


def _sample(
    cells: BandCells, grid: SampleGrid, flux: np.ndarray, error: np.ndarray | None
) -> Problems:
    """Fill `flux` and `error`, which are NaN, where the cells are good."""
    problems = Problems()
    coefficients = to_arrays(cells.coefficients)
    problems.check(coefficients, f"{cells.band}_coefficients", cells.n_parameters)
    n = np.where(coefficients.lengths > 0, coefficients.lengths, np.nan)
    n_pairs = n * (n - 1) / 2
    errors = correlations = None
    if cells.errors is not None and cells.correlations is not None:
        errors, correlations = to_arrays(cells.errors), to_arrays(cells.correlations)
        problems.check(errors, f"{cells.band}_coefficient_errors", n)
        problems.check(correlations, f"{cells.band}_coefficient_correlations", n_pairs)
    for rows, length, design in _designs(cells, coefficients.lengths, grid, problems):
        flux[rows] = coefficients.take(rows, length) @ design.flux[:length]
        problems.add(
            rows[~np.isfinite(flux[rows]).all(axis=1)],
            f"{cells.band}_coefficients",
            "a spectrum in single precision",
            "larger values",
        )
        if error is not None and errors is not None and correlations is not None:
            known = (errors.lengths == n) & (correlations.lengths == n_pairs)
            rows = rows[known[rows]]
            error[rows] = propagate(
                errors.take(rows, length),
                correlations.take(rows, length * (length - 1) // 2),
                design,
            )
    bad = list(problems)
    flux[bad] = np.nan
    if error is not None:
        error[bad] = np.nan
        error[np.isinf(error)] = np.nan
    return problems


def _designs(
    cells: BandCells, lengths: np.ndarray, grid: SampleGrid, problems: Problems
) -> Iterator[tuple[np.ndarray, int, Design]]:
    """Yield the rows that share bases and number of coefficients, that number, the design."""
    rows = np.flatnonzero(lengths > 0)
    rows = rows[~np.isin(rows, list(problems))]
    column = f"{cells.band}_basis_function_id"
    numbers = cells.basis_id[rows]
    whole = np.isfinite(numbers) & (numbers == np.rint(numbers))
    for row, number in zip(rows[~whole], numbers[~whole], strict=True):
        received = "none" if np.isnan(number) else number
        problems.add([row], column, "the number of the bases", received)
    rows = rows[whole]
    kinds = set(zip(cells.basis_id[rows].tolist(), lengths[rows].tolist(), strict=True))
    for basis_id, length in sorted(kinds):
        alike = rows[(cells.basis_id[rows] == basis_id) & (lengths[rows] == length)]
        try:
            design = load_design(cells.band, int(basis_id), grid)
        except DataError as unknown:
            problems.note(alike, column, str(unknown))
            continue
        if length > design.n_bases:
            expected = f"at most {design.n_bases} values for the bases {basis_id:.0f}"
            problems.add(alike, f"{cells.band}_coefficients", expected, length)
            continue
        yield alike, length, design


def propagate(errors: np.ndarray, correlations: np.ndarray, design: Design) -> np.ndarray:
    """Return the standard errors of samples: the root of the diagonal of D C D^T.

    The covariance C is made of the archive's columns as GaiaXPy does it. Its
    standard deviation of the fit, by which GaiaXPy divides the errors of the
    coefficients and then multiplies those of the samples, drops out.

    Parameters
    ----------
    errors : np.ndarray, shape (N, n)
        Standard errors of the coefficients [e-/s].
    correlations : np.ndarray, shape (N, n (n - 1) / 2)
        Row by row below the diagonal.
    design : Design

    Returns
    -------
    np.ndarray, shape (N, n_samples)
        [e-/s per sample]; NaN where rounded correlations make a variance negative.
    """
    n = errors.shape[1]
    lower, upper = np.tril_indices(n, k=-1)
    # The archive's are of single precision, whatever digits their text seems to have.
    errors, correlations = (x.astype(np.float32).astype(np.float64) for x in (errors, correlations))
    covariances = correlations * errors[:, lower] * errors[:, upper]
    variance = errors**2 @ design.flux[:n] ** 2
    variance += covariances @ design.products[: len(lower)]
    return np.sqrt(np.where(variance >= 0, variance, np.nan))
