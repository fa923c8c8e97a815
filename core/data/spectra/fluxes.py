"""Fluxes of foreign tables, row by row: a row that cannot be used does not fail its file."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.data.row_numbers import number_of
from core.data.spectra.quantities import read_quantities
from core.data.tables.cells import parse_numbers, parse_spectra, to_texts
from core.data.tables.columns import ARRAYS, Recognition
from core.data.tables.foreign import INSTEAD, may_hold_spectra
from core.data.tables.raw import RawTable, labels
from core.data.tables.table import OpenTable
from core.data.tables.units import require_flux_unit
from core.errors import DataError
from core.spectra import BANDS, FLUX_UNIT, N_SAMPLES, Spectra

LEAST_FLUX = 1e-3
"""In no spectrum is every sample this faint [e-/s per sample].

The zero point of G is 25.69 mag for 1 e-/s (Riello et al. 2021, A&A 649, A3): at G = 21.5, fainter
than what Gaia publishes, 47 e-/s, and 0.25 in each of 186 samples. Spectra divided by their own sum
have a sample above 1/186, and pass. The brightest stars have 1e-10 W m-2 nm-1.
"""

BAND_COLUMNS = ("xp", "_xp", "band")
"""Names of a column that tells the band of a row, as GaiaXPy's convert() writes it."""

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
        lacking = wrong | (np.isnan(errors) & np.isfinite(flux))
        names = _sample_names(table.names, columns.flux_error)
        for row in np.flatnonzero(lacking.any(axis=1)).tolist():
            sample = int(np.argmax(wrong[row] if wrong[row].any() else lacking[row]))
            received = EMPTY if np.isnan(errors[row, sample]) else f"{errors[row, sample]:g}"
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


def require_flux_scale(first: RawTable, columns: Recognition, name: str) -> None:
    """Raise a `DataError` if all fluxes of some first rows are too faint for any spectrum of Gaia.

    A unit that no file declares shows so: fluxes in W m-2 nm-1 are 1e-10 at most.
    """
    flux, _ = parse_fluxes(first, columns.flux, name)
    sizes = np.abs(flux[np.isfinite(flux) & (flux != 0)])
    if len(sizes) and sizes.max() < LEAST_FLUX:
        column = labels(first.names, columns.flux)[0]
        raise DataError(
            f"{name}: expected fluxes in {FLUX_UNIT} in column '{column}', received values of at "
            f"most {sizes.max():.1e}: no source that Gaia sees is that faint (0.25 per sample at "
            "G = 21.5). These are in another unit: a multiple of e-/s, by which you multiply them, "
            "or that of another flux system, such as the W m-2 nm-1 of GaiaXPy's calibrate(), from "
            f"which Gaia's own fluxes cannot be recovered. {INSTEAD}"
        )


def refuse_bands_apart(table: OpenTable) -> None:
    """Raise a `DataError` if a table has a row for BP and one for RP, as GaiaXPy's convert()."""
    lowered = [name.strip().lower() for name in table.names]
    places = [i for i, name in enumerate(lowered) if name in BAND_COLUMNS]
    # Beside fluxes alone: a table without rows, or of photometry, is told by what it is.
    if not places or not may_hold_spectra(table.names) or table.stream.n_rows == 0:
        return
    first = table.first(places)
    for place in places:
        cells = first.column(place)
        if cells.ndim == 1 and {*to_texts(cells).str.upper()} <= {"BP", "RP"}:
            raise DataError(
                f"{table.name}: expected both bands of a source in one row, received a row for "
                f"each (column '{table.names[place]}'): these are spectra that GaiaXPy's convert() "
                f"sampled, at other positions than the {N_SAMPLES} samples. {INSTEAD}"
            )


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
