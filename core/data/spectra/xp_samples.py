"""One band of XP continuous spectra: from coefficients to samples with errors."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from core.amounts import n_of
from core.data.spectra.xp_arrays import Arrays, expected_in_place_of, to_arrays
from core.data.spectra.xp_bases import Design, load_design
from core.errors import DataError
from core.spectra import SampleGrid


class Problems(dict[int, str]):
    """By row, why its cells cannot be used; the first reason counts.

    `spelt` has the columns as the file spells them, by the archive's names.
    """

    def __init__(self, spelt: Mapping[str, str]) -> None:
        super().__init__()
        self.spelt = spelt

    def note(self, rows: Iterable[int], column: str, reason: str) -> None:
        """Note a sentence on a column of the given rows."""
        for row in rows:
            self.setdefault(int(row), f"column '{self.spelt.get(column, column)}': {reason}")

    def check(self, arrays: Arrays, column: str, lengths: np.ndarray) -> None:
        """Note the rows that hold no numbers, or not as many as `lengths` (NaN: any)."""
        for row, text in arrays.wrong.items():
            self.note([row], column, f"expected {expected_in_place_of(text)}, received {text!r}.")
        for row, value in arrays.not_finite():
            self.note([row], column, f"expected finite numbers, received {value}.")
        differ = (arrays.lengths > 0) & ~np.isnan(lengths) & (arrays.lengths != lengths)
        for row in np.flatnonzero(differ).tolist():
            reason = f"expected {n_of(lengths[row], 'value')}, received {arrays.lengths[row]:,}."
            self.note([row], column, reason)


def fill_samples(
    flux: np.ndarray,
    error: np.ndarray,
    cells: Mapping[str, np.ndarray],
    band: str,
    grid: SampleGrid,
    spelt: Mapping[str, str],
) -> tuple[Problems, Problems]:
    """Integrate the spectra of one band over the samples, propagate their errors.

    Fills `flux` and `error` [e-/s per sample], of shape (N, n_samples) and NaN, in the rows whose
    cells are good; errors (see `propagate`) where a row has its own. Returns what fails: why a row
    has no flux, and why it has no errors; `spelt` are the columns by the archive's names.

    The cells are columns of the archive, by its names: arrays of coefficients [e-/s], of their
    standard errors [e-/s] and of their correlations row by row below the diagonal (both may
    lack), and as float64 the number of coefficients and of the bases, NaN where it is not told.
    """
    problems, broken = Problems(spelt), Problems(spelt)
    nothing = np.full(len(flux), None)
    coefficients, errors, correlations = (
        to_arrays(cells.get(f"{band}_{what}", nothing))
        for what in ("coefficients", "coefficient_errors", "coefficient_correlations")
    )
    n = np.where(coefficients.lengths > 0, coefficients.lengths, np.nan)
    n_pairs = n * (n - 1) / 2
    problems.check(coefficients, f"{band}_coefficients", cells[f"{band}_n_parameters"])
    broken.check(errors, f"{band}_coefficient_errors", n)
    broken.check(correlations, f"{band}_coefficient_correlations", n_pairs)
    for what, arrays in (("errors", errors), ("correlations", correlations)):
        column = f"{band}_coefficient_{what}"
        empty = np.flatnonzero((coefficients.lengths > 0) & (arrays.lengths == 0))
        # Of columns that the whole table lacks, the file says so.
        broken.note(empty if column in cells else (), column, "expected errors, received none.")
    known = (errors.lengths == n) & (correlations.lengths == n_pairs)
    known[list(broken)] = False
    basis_ids = cells[f"{band}_basis_function_id"]
    # Values beyond single precision become inf, and problems.
    with np.errstate(over="ignore", invalid="ignore"):
        for rows, length, design in _designs(band, basis_ids, coefficients.lengths, grid, problems):
            flux[rows] = coefficients.take(rows, length) @ design.flux[:length]
            wrong = rows[~np.isfinite(flux[rows]).all(axis=1)]
            reason = "expected a spectrum in single precision, received larger values."
            problems.note(wrong, f"{band}_coefficients", reason)
            rows = rows[known[rows]]
            error[rows] = propagate(
                errors.take(rows, length),
                correlations.take(rows, length * (length - 1) // 2),
                design,
            )
            lost = rows[~np.isfinite(error[rows]).all(axis=1)]
            reason = (
                "expected correlations, received some that make a variance negative or infinite."
            )
            broken.note(lost, f"{band}_coefficient_correlations", reason)
    flux[list(problems)] = np.nan
    error[[*problems, *broken]] = np.nan
    return problems, broken


def _designs(
    band: str, basis_ids: np.ndarray, lengths: np.ndarray, grid: SampleGrid, problems: Problems
) -> Iterator[tuple[np.ndarray, int, Design]]:
    """Yield the rows that share bases and number of coefficients, that number, the design."""
    rows = np.flatnonzero(lengths > 0)
    rows = rows[~np.isin(rows, list(problems))]
    column = f"{band}_basis_function_id"
    whole = np.isfinite(basis_ids) & (basis_ids == np.rint(basis_ids))
    for row in rows[~whole[rows]]:
        received = "none" if np.isnan(basis_ids[row]) else basis_ids[row]
        problems.note([row], column, f"expected the number of the bases, received {received}.")
    rows = rows[whole[rows]]
    for basis_id, length in sorted(set(zip(basis_ids[rows], lengths[rows].tolist(), strict=True))):
        alike = rows[(basis_ids[rows] == basis_id) & (lengths[rows] == length)]
        try:
            design = load_design(band, int(basis_id), grid)
        except DataError as unknown:
            problems.note(alike, column, str(unknown))
            continue
        if length > len(design.flux):
            most = f"at most {n_of(len(design.flux), 'value')} for the bases {basis_id:.0f}"
            problems.note(alike, f"{band}_coefficients", f"expected {most}, received {length}.")
            continue
        yield alike, length, design


def propagate(errors: np.ndarray, correlations: np.ndarray, design: Design) -> np.ndarray:
    """Return the standard errors of samples: the root of the diagonal of D C D^T.

    The covariance C is made of the archive's columns as GaiaXPy does it. Its standard deviation of
    the fit, by which GaiaXPy divides the errors of the coefficients and then multiplies those of
    the samples, drops out. From errors, shape (N, n), and correlations, (N, n (n - 1) / 2), to
    (N, n_samples); NaN where rounded correlations make a variance negative.
    """
    n = errors.shape[1]
    lower, upper = np.tril_indices(n, k=-1)
    # The archive's are of single precision, whatever digits their text seems to have.
    errors = errors.astype(np.float32).astype(np.float64)
    covariances = np.multiply(correlations.astype(np.float32), errors.take(lower, axis=1))
    covariances *= errors.take(upper, axis=1)
    variance = errors**2 @ design.flux[:n] ** 2
    variance += covariances @ design.products[: len(lower)]
    return np.sqrt(np.where(variance >= 0, variance, np.nan))
