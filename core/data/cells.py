"""Cells of foreign tables made into numbers, ids and spectra, without losing a digit."""

import re

import numpy as np
import pandas as pd

from core.errors import DataError
from core.spectra import N_SAMPLES

N_XP_SAMPLED = 343

EMPTY_TEXT = ("", "nan", "none", "null")


def to_numbers(values: np.ndarray, column: str, name: str) -> np.ndarray:
    """Return a column as numbers, shape (N,), NaN where a cell is empty.

    Raises
    ------
    DataError
        If a cell holds an array, a truth value, or text that is no number.
    """
    _require_scalars(values, column, name)
    if values.dtype.kind == "f" or (values.dtype.kind in "iu" and not np.ma.isMA(values)):
        return np.ma.filled(values, np.nan)
    if values.dtype.kind in "iu":
        return np.ma.filled(values.astype(np.float64), np.nan)
    texts = _texts(values)
    numbers = pd.to_numeric(texts, errors="coerce")
    wrong = np.flatnonzero(numbers.isna() & ~texts.str.lower().isin(EMPTY_TEXT))
    if len(wrong):
        raise DataError(
            f"{name}: expected numbers in column '{column}', received "
            f"{texts.iloc[wrong[0]][:40]!r} at row {wrong[0]} ({_count(wrong)}; the first row is "
            "row 0)."
        )
    return numbers.to_numpy(np.float64)


def to_ids(values: np.ndarray, column: str, name: str) -> np.ndarray:
    """Return a column as 64-bit integers, shape (N,), every digit kept.

    Raises
    ------
    DataError
        If a cell is empty, no whole number or too large for 64 bits.
    """
    _require_scalars(values, column, name)
    kind = values.dtype.kind
    if kind == "i" and not np.ma.is_masked(values):
        return np.ma.getdata(values).astype(np.int64)
    if kind == "f":
        raise DataError(
            f"{name}: expected whole numbers in column '{column}', received decimals "
            f"({values.dtype}), which cannot hold a Gaia source_id exactly; export the column as "
            "64-bit integer or text."
        )
    texts = _texts(values)
    ids = [int(text) if re.fullmatch(r"[+-]?\d{1,19}", text) else None for text in texts]
    limits = np.iinfo(np.int64)
    wrong = [i for i, value in enumerate(ids) if value is None or not _within(value, limits)]
    if wrong:
        raise DataError(
            f"{name}: expected 64-bit whole numbers in column '{column}', received "
            f"{texts.iloc[wrong[0]][:40]!r} at row {wrong[0]} ({_count(wrong)}; the first row is "
            "row 0)."
        )
    return np.array(ids, np.int64)


def to_spectra(values: np.ndarray, column: str, name: str) -> np.ndarray:
    """Return a column of arrays as shape (N, 186).

    The cells may also be text such as '[0.1, 0.2, ...]' or '(0.1, 0.2, ...)', as
    in CSV files of the Gaia Archive.

    Raises
    ------
    DataError
        If a cell does not hold 186 numbers.
    """
    if values.ndim == 2:
        rows: np.ndarray | list[np.ndarray] = np.ma.asarray(values)
    else:
        rows = [_array(cell, row, column, name) for row, cell in enumerate(values)]
    lengths = np.array([len(row) for row in rows], int)
    wrong = np.flatnonzero(lengths != N_SAMPLES)
    if len(wrong):
        received = lengths[wrong[0]]
        hint = (
            " Spectra of 343 points are XP_SAMPLED files in W/m2/nm, another flux system than the "
            "internally calibrated e-/s per sample used here."
            if received == N_XP_SAMPLED
            else ""
        )
        raise DataError(
            f"{name}: expected {N_SAMPLES} values per row in column '{column}', received "
            f"{received} at row {wrong[0]} ({_count(wrong)}; the first row is row 0).{hint}"
        )
    spectra = np.ma.asarray(rows).reshape(-1, N_SAMPLES)
    if spectra.dtype.kind not in "iuf":
        raise DataError(f"{name}: expected numbers in column '{column}', received {spectra.dtype}.")
    return np.ma.filled(spectra if spectra.dtype.kind == "f" else spectra.astype(float), np.nan)


def _require_scalars(values: np.ndarray, column: str, name: str) -> None:
    if values.ndim != 1:
        raise DataError(
            f"{name}: expected one value per row in column '{column}', received arrays of "
            f"{values.shape[1]} values."
        )


def _array(cell: object, row: int, column: str, name: str) -> np.ndarray:
    values = cell.strip("[]() ").replace(",", " ").split() if isinstance(cell, str) else cell
    try:
        array = np.ma.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(
            f"{name}: expected an array of numbers in column '{column}', received "
            f"{str(cell)[:40]!r} at row {row} (the first row is row 0)."
        ) from None
    return np.ma.filled(array, np.nan).ravel()


def _texts(values: np.ndarray) -> pd.Series:
    """Return cells as text, '' where they are empty."""
    masked = np.ma.getmaskarray(values)
    cells = np.ma.getdata(values).tolist()
    texts = ["" if gone else _text(cell) for cell, gone in zip(cells, masked, strict=True)]
    return pd.Series(texts, dtype="str")


def _text(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.decode(errors="replace").strip()
    return "" if cell is None or cell != cell else str(cell).strip()  # NaN differs from itself


def _within(value: int, limits: np.iinfo) -> bool:
    return limits.min <= value <= limits.max


def _count(wrong: np.ndarray | list[int]) -> str:
    return "1 row is wrong" if len(wrong) == 1 else f"{len(wrong)} rows are wrong"
