"""Columns of arrays of unequal length, also as the text in which programs write them."""

import functools
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

BLANKS = " \t\r\n"
AROUND = "()[]{}" + BLANKS
"""What may stand around an array's text: '(1.0, 2.0)' in CSV, '[1.0, 2.0]' in ECSV, '{1.0,2.0}'
from PostgreSQL."""

OPENING, CLOSING = {*b"([{"}, {*b")]}"}

DOCUMENT_BYTES = 2**17
"""Of what is parsed at a time: what the parser makes of it stays in the processor's cache."""

CUT = "..."
"""Stands where NumPy and others left out values of a long array."""

WHOLE = f"a whole array of numbers ('{CUT}' stands for values that were not written)"

CALL = re.compile(
    r"[a-z_][\w.]*(\(\s*(?:data\s*=\s*)?[\[(]*[^\[\]()=]*[\])]*\s*)"
    r"(?:\)|,\s*(?:(?:np\.|numpy\.)?float\d+|[a-z_]+\s*=.*)\))",
    re.DOTALL,
)
"""An array as code, in lower case: array([1.0, 2.0], dtype=float32), np.array(...)."""

SCALAR = re.compile(r"(?:np|numpy)\.(?:float|u?int)\d*\(([^()]*)\)")
"""A number as NumPy writes it within lists: np.float64(1.0)."""

MISSING = re.compile(r"(?<![^\s,;])(?:[+-]?nan|null|none|na|#?n/a|<na>|\\n|masked|-+)(?![^\s,;])")


class _PerThread(threading.local):
    """A parser for each thread, as it is not safe among them; its memory is used again."""

    @functools.cached_property
    def parser(self) -> Any:
        from simdjson import Parser

        return Parser()


PER_THREAD = _PerThread()


@dataclass(frozen=True, eq=False)
class Arrays:
    """One array per row.

    `values`, float64, are those of all rows, one row after the other; `lengths`, shape (N,), are 0
    where a cell is empty; `wrong` has by row what stands there in place of an array of numbers.
    """

    values: np.ndarray
    lengths: np.ndarray
    wrong: dict[int, str]

    def take(self, rows: np.ndarray, length: int) -> np.ndarray:
        """Return rows, all different and of this length, shape (len(rows), length); not a copy.

        As `rows` are counted upwards, all of them are the whole.
        """
        if (self.lengths == length).all():
            whole = self.values.reshape(-1, length)
            return whole if len(rows) == len(whole) else whole[rows]
        starts = np.cumsum(self.lengths) - self.lengths
        return self.values[starts[rows][:, None] + np.arange(length)]

    def not_finite(self) -> Iterator[tuple[int, float]]:
        """Yield row and value wherever a value is NaN or infinite."""
        positions = np.flatnonzero(~np.isfinite(self.values))
        rows = np.searchsorted(np.cumsum(self.lengths), positions, side="right")
        yield from zip(rows.tolist(), self.values[positions].tolist(), strict=True)


def to_arrays(cells: np.ndarray) -> Arrays:
    """Return cells, of shape (N, m) or N texts, sequences or empty (None, NaN, '', masked).

    A row of nothing but NaN counts as empty, as in tables whose arrays have one fixed length.
    """
    if cells.ndim == 2 and cells.dtype.kind in "iuf":
        values = np.ma.filled(np.ma.asarray(cells, np.float64), np.nan)
        return _joined(list(values), {})
    objects = cells.tolist()  # None where masked
    texts = ["" if cell is None else cell for cell in objects]
    if all(isinstance(cell, (str, bytes)) for cell in texts):
        if (arrays := _read(texts)) is not None:
            return arrays
        objects = texts = [t.decode() if isinstance(t, bytes) else t for t in texts]
        arrays = _parse(texts) or _parse(list(map(_plain, texts)))
        if arrays is not None and not np.isnan(arrays.values).any():
            return arrays
        if arrays is not None:
            return _joined(np.split(arrays.values, np.cumsum(arrays.lengths)[:-1]), {})
    found = [_to_array(cell) for cell in objects]
    wrong = {row: _short(objects[row]) for row, values in enumerate(found) if values is None}
    return _joined([np.empty(0) if values is None else values for values in found], wrong)


def expected_in_place_of(wrong: str) -> str:
    """Return what was expected where a text of `Arrays.wrong` stands."""
    return WHOLE if CUT in wrong else "an array of numbers"


def _short(cell: object) -> str:
    text = " ".join(str(cell).split())
    if CUT in text[40:]:
        return f"{text[:18].rstrip('. ')} {CUT} {text[-18:].lstrip('. ')}"
    return text[:40]


def _joined(rows: list[np.ndarray], wrong: dict[int, str]) -> Arrays:
    rows = [values[:0] if np.isnan(values).all() else values for values in rows]
    return Arrays(
        np.concatenate([np.empty(0), *rows]), np.array([len(row) for row in rows], int), wrong
    )


def _read(texts: list[str | bytes]) -> Arrays | None:
    """Return texts as arrays at once, or None if one of them is written in another way than most.

    That is an empty one or numbers as JSON has them with commas between them, in one pair of
    brackets: no value is NaN or infinite. What JSON takes, `_parse` takes for the same numbers.
    """
    filled = [text if isinstance(text, bytes) else text.encode() for text in texts if text]
    if not filled or min(map(len, filled)) < 2:
        return None
    if not ({cell[0] for cell in filled} <= OPENING and {cell[-1] for cell in filled} <= CLOSING):
        return None
    at_once = max(1, DOCUMENT_BYTES // max(map(len, filled)))
    try:
        found = [_numbers(filled[i : i + at_once]) for i in range(0, len(filled), at_once)]
    except (ValueError, TypeError, RuntimeError):  # also of text that is no UTF-8
        return None
    of_rows = np.zeros(len(texts), int)
    of_rows[[bool(text) for text in texts]] = np.concatenate([lengths for _, lengths in found])
    return Arrays(np.concatenate([values for values, _ in found]), of_rows, {})


def _numbers(cells: list[bytes]) -> tuple[np.ndarray, list[int]]:
    """Return the numbers in all cells but for the brackets around each, and how many each has.

    A `ValueError`, `TypeError` or `RuntimeError` if they are no numbers as JSON has them.
    """
    inner = [cell[1:-1] for cell in cells]
    if any(b"[" in text for text in inner):
        raise ValueError("more than one pair of brackets")
    rows = PER_THREAD.parser.parse(b"[[" + b"],[".join(inner) + b"]]")
    # A new copy, of the numbers at any depth: there is but this one, as no other bracket opens.
    return np.frombuffer(rows.as_buffer(of_type="d")), list(map(len, rows))


def _parse(texts: list[str]) -> Arrays | None:
    """Return texts as arrays, or None if one of them holds something else."""
    import pyarrow as pa
    from pyarrow import compute

    try:
        cells = compute.ascii_trim(pa.array(texts, pa.large_string()), AROUND)
        lists = compute.split_pattern(cells, ",")
        lengths = compute.list_value_length(lists).to_numpy(zero_copy_only=False).astype(int)
        empty = compute.equal(cells, "").to_numpy(zero_copy_only=False)
        numbers = compute.ascii_trim(lists.flatten(), BLANKS)
        if empty.any():  # the split makes one empty text of an empty cell
            numbers = numbers.filter(pa.array(np.repeat(~empty, lengths)))
        values = numbers.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return Arrays(values, np.where(empty, 0, lengths), {})


def _to_array(cell: object) -> np.ndarray | None:
    """Return one cell as an array, of NaN if there is none; None if it holds no numbers."""
    if isinstance(cell, str):
        parsed = _parse([cell]) or _parse([_plain(cell)])
        return None if parsed is None else parsed.values
    try:
        return np.ma.filled(np.ma.asarray(cell, np.float64), np.nan).ravel()
    except (TypeError, ValueError):
        return None


def _plain(text: str) -> str:
    """Return the text of an array with commas between its values and without what is around it."""
    text = SCALAR.sub(r"\1", text.lower().strip(BLANKS))
    if call := CALL.fullmatch(text):
        text = call[1] + ")"
    inner = text.strip(AROUND).removeprefix("data=").strip(AROUND)
    if not inner:
        return ""
    if text[0] in "[({" and text[-1] in "])}" and "," not in inner:
        inner = ",".join(inner.split(";") if ";" in inner else inner.split())
    inner = inner.rstrip("," + BLANKS).replace('"', "").replace("'", "")
    inner = re.sub(
        r"(?<![^\s,])\+|(?<=\d)d(?=[+-]?\d)", lambda found: "e"[: found[0] == "d"], inner
    )
    return MISSING.sub("nan", inner)
