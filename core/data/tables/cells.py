"""Cells of foreign tables made into numbers, ids and spectra, without losing a digit."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.labels.release import WITHOUT_SPECTRA, release_of, require_release
from core.data.row_numbers import COUNTED, number_of
from core.data.schema import ALIASES
from core.data.spectra.xp_arrays import expected_in_place_of, to_arrays
from core.data.tables.foreign import INSTEAD, refuse_by_columns, refuse_by_length
from core.data.tables.raw import SMALLEST_ID
from core.errors import DataError
from core.spectra import N_SAMPLES

KINDS = {"b": "truth values", "c": "complex numbers", "S": "text", "U": "text", "O": "other things"}
"""Of arrays that hold no numbers."""

EMPTY_TEXT = (
    "", "nan", "none", "null", "na", "n/a", "#n/a", "<na>", "\\n", "masked", "-", "--", "---",
)  # fmt: skip

FORTRAN = r"(?<=[\d.])[dD](?=[+-]?\d)"
"""The exponent's letter of numbers in double precision."""

PLAIN_ID = r"[0-9]{1,18}|[1-8][0-9]{18}"
"""An id of digits alone, of which 64 bits hold every one."""

RELEASED_ID = re.compile(r"gaia\s*e?dr\d\s*\d{1,19}", re.IGNORECASE)
ID_PATTERN = re.compile(r"'?(?:gaia\s*(?:e?dr\d)?\s*)?([+-]?\d{1,19})'?", re.IGNORECASE)
"""A source_id, also as in the archive's designations: 'Gaia DR3 4111834567779557376'."""

NOT_WRITTEN_SO = {
    r"[+-]?\d+[.,]?\d*e[+-]?\d+": (
        "Written so, an id has lost its last digits, and is no source's any more. Spreadsheets do "
        "so, and pandas with a column of ids in which one is missing: export the ids anew as text, "
        "from pandas as Int64."
    ),
    r"[+-]?\d+\.\d*": (
        "Decimals cannot hold a source_id exactly (pandas makes them of ids beside empty cells): "
        "write the column as Int64 or text."
    ),
    r"[+-]?\d{1,3}(?:[,' \u2009]\d{3})+(?:\.\d*)?": "Write it without separators of thousands.",
    "|".join(ALIASES["source_id"]): (
        "It is a name: where files of other columns were joined, give each by itself."
    ),
}
"""By what a wrong cell looks like, what to do about it."""


def to_numbers(
    values: np.ndarray, column: str, name: str, first_row: int | np.ndarray = 0
) -> np.ndarray:
    """Return a column as numbers, shape (N,), NaN where a cell is empty.

    Raises a `DataError` if a cell holds an array, a truth value, or text that is no number.
    """
    numbers, wrong = parse_numbers(values, column, name)
    refuse(
        wrong, "numbers", column, name, first_row, _hint(to_texts(values), wrong) if wrong else ""
    )
    return numbers


def parse_numbers(values: np.ndarray, column: str, name: str) -> tuple[np.ndarray, dict[int, str]]:
    """Return a column as numbers, NaN where there is none, and by row the texts that are none.

    Raises a `DataError` if the cells hold arrays.
    """
    _require_scalars(values, column, name)
    if values.dtype.kind in "iuf":
        masked = values.dtype.kind in "iu" and np.ma.isMA(values)
        return np.ma.filled(values.astype(np.float64) if masked else values, np.nan), {}
    texts = to_texts(values)
    filled = ~texts.str.lower().isin(EMPTY_TEXT)
    numbers = pd.to_numeric(texts, errors="coerce")
    if (numbers.isna() & filled).any():
        numbers = pd.to_numeric(texts.str.replace(FORTRAN, "e", regex=True), errors="coerce")
    wrong = np.flatnonzero(numbers.isna() & filled)
    return numbers.to_numpy(np.float64), {int(row): _short(texts.iloc[row]) for row in wrong}


NO_ID = "without a source_id"


def without_id(ids: np.ndarray) -> np.ndarray:
    """Return which ids, (N,), stand for none: below 0, and 0 unless it numbers a row."""
    is_zero = ids == 0
    return (ids < 0) | (is_zero & (np.sum(is_zero) > 1 or (ids >= SMALLEST_ID).any()))


def to_ids(
    values: np.ndarray,
    column: str,
    name: str,
    first_row: int | np.ndarray = 0,
    *,
    lenient: bool = False,
) -> np.ndarray:
    """Return a column as 64-bit integers, shape (N,), every digit kept.

    Raises a `DataError` if a cell is empty, no whole number or too large for 64 bits, or is of a
    release of Gaia that has no XP spectra. If `lenient`, empty cells and numbers below 0, which
    tables write where they have no id, are -1.
    """
    if lenient:
        return np.maximum(_to_ids(values, column, name, first_row, EMPTY_TEXT), -1)
    return _to_ids(values, column, name, first_row)


def _to_ids(
    values: np.ndarray,
    column: str,
    name: str,
    first_row: int | np.ndarray,
    empty: Sequence[str] = (),
) -> np.ndarray:
    _require_scalars(values, column, name)
    kind = values.dtype.kind
    if kind == "i" and not np.ma.is_masked(values):
        return np.ma.getdata(values).astype(np.int64)
    if kind == "f":
        raise DataError(
            f"{name}: expected whole numbers in column '{column}', received decimals "
            f"({values.dtype}), which cannot hold a Gaia source_id exactly (pandas makes them of "
            "ids where one is missing); export the column anew as 64-bit integer (Int64 in "
            "pandas) or text."
        )
    texts = to_texts(values)
    if empty:
        texts = texts.mask(texts.str.lower().isin(empty), "-1")
    if texts.str.fullmatch(PLAIN_ID).all():  # as nearly always, and far quicker
        return _of_release(texts.to_numpy(object).astype(np.int64), (), column, name)
    matches = [ID_PATTERN.fullmatch(text) for text in texts]
    ids = [int(match[1]) if match else None for match in matches]
    limits = np.iinfo(np.int64)
    wrong = {
        row: _short(text)
        for row, (text, value) in enumerate(zip(texts, ids, strict=True))
        if value is None or not limits.min <= value <= limits.max
    }
    refuse(wrong, "64-bit whole numbers", column, name, first_row, _hint(texts, wrong))
    return _of_release(np.array(ids, np.int64), texts, column, name)


def _of_release(ids: np.ndarray, texts: Iterable[str], column: str, name: str) -> np.ndarray:
    """Return the ids, or refuse those that say that they are of a release without spectra."""
    release = release_of(column, texts, name)
    if release in WITHOUT_SPECTRA:
        require_release(release, column, name)
    return ids


def filled_texts(values: np.ndarray) -> pd.Series:
    """Return the cells as text, without empty ones."""
    texts = to_texts(values)
    return texts[~texts.str.lower().isin(EMPTY_TEXT)]


def refuse(
    wrong: dict[int, str],
    expected: str,
    column: str,
    name: str,
    first_row: int | np.ndarray = 0,
    hint: str = "",
) -> None:
    """Raise a `DataError` on the first of wrong cells by rising row, if there are any.

    The first of these rows is row `first_row` of their file, counted from 0, or it has the place
    of each.
    """
    if wrong:
        row, received = next(iter(wrong.items()))
        count = f"{n_of(len(wrong), 'row')} {'is' if len(wrong) == 1 else 'are'} wrong"
        raise DataError(
            f"{name}: expected {expected} in column '{column}', received {received} at row "
            f"{number_of(row, first_row)} ({count}; {COUNTED}).{hint}"
        )


def _hint(texts: pd.Series, wrong: dict[int, str]) -> str:
    """Return what to do about the first of wrong cells, if that is known."""
    first = texts.iloc[next(iter(wrong))] if wrong else ""
    hints = (
        do for looks, do in NOT_WRITTEN_SO.items() if re.fullmatch(looks, first, re.IGNORECASE)
    )
    return next((f" {do}" for do in hints), "")


def require_spectra(
    values: np.ndarray, column: str, name: str, others: Sequence[str], n: int = N_SAMPLES
) -> None:
    """Raise a `DataError` if not one of some first cells holds n values; say what they hold.

    The names of the table's other columns may tell it as well.
    """
    spectra, wrong = parse_spectra(values, n)
    if wrong and len(wrong) == len(spectra):
        row, (expected, received) = next(iter(wrong.items()))
        if received.isdecimal():
            refuse_by_length(int(received), column, name)
        refuse_by_columns(others, name)
        instead = f" {INSTEAD}" if received.isdecimal() else ""
        raise DataError(
            f"{name}: expected {expected} in column '{column}', received {received} at row "
            f"{number_of(row)} ({COUNTED}).{instead}"
        )


def parse_spectra(
    values: np.ndarray, n: int = N_SAMPLES
) -> tuple[np.ndarray, dict[int, tuple[str, str]]]:
    """Return a column of arrays as shape (N, n), NaN where a value is empty or a row is wrong.

    By rising row, what was expected and what stands there instead; empty cells are not wrong.
    The cells may also be text such as '[0.1, 0.2, ...]' or '(0.1, 0.2, ...)', as in CSV files of
    the Gaia Archive.
    """
    kind = values.dtype.kind
    if values.ndim == 2 and values.shape[1] == n and kind in "iuf":
        return np.ma.filled(values if kind == "f" else values.astype(np.float64), np.nan), {}
    spectra, per_row = np.full((len(values), n), np.nan), f"{n_of(n, 'value')} per row"
    if values.ndim > 2 or (values.ndim == 2 and kind not in "iuf"):
        arrays_of = f"arrays of {KINDS.get(kind, values.dtype.name)}"
        received = "matrices" if values.ndim > 2 else arrays_of
        return spectra, dict.fromkeys(range(len(values)), (per_row, received))
    arrays = to_arrays(values)
    good = np.flatnonzero(arrays.lengths == n)
    spectra[good] = arrays.take(good, n)
    wrong = {row: (expected_in_place_of(text), _short(text)) for row, text in arrays.wrong.items()}
    for row in np.flatnonzero((arrays.lengths > 0) & (arrays.lengths != n)).tolist():
        wrong[row] = (per_row, str(arrays.lengths[row]))
    return spectra, dict(sorted(wrong.items()))


def _require_scalars(values: np.ndarray, column: str, name: str) -> None:
    if values.ndim != 1:
        raise DataError(
            f"{name}: expected one value per row in column '{column}', received arrays of "
            f"{n_of(values.shape[1], 'value')}."
        )


def to_texts(values: np.ndarray) -> pd.Series:
    """Return cells as text, '' where they are empty."""
    masked = np.ma.getmaskarray(values)
    cells = np.ma.getdata(values).tolist()
    texts = ["" if gone else _text(cell) for cell, gone in zip(cells, masked, strict=True)]
    return pd.Series(texts, dtype="str")


def _text(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.decode(errors="replace").strip()
    if isinstance(cell, np.ndarray):
        return str(cell.tolist())
    return "" if cell is None or cell != cell else str(cell).strip()  # NaN differs from itself


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
