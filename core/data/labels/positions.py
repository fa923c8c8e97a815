"""Right ascensions and declinations in whatever units or notation, made degrees."""

import re

import numpy as np

from core.data.row_numbers import COUNTED, number_of
from core.data.tables.cells import EMPTY_TEXT, parse_numbers, to_texts
from core.data.tables.units import convert, parse
from core.errors import DataError

SEXAGESIMAL = re.compile(r"\s*[+-]?\d+(?:[\s:hd]|deg)\s*\d+(?:\s*[\s:m']\s*\d+(?:\.\d*)?)?", re.I)
HOURS, DEGREES = ("h:m:s", "hms"), ("d:m:s", "dms")
"""'Units' of VizieR's columns of text."""


def to_degrees(cells: np.ndarray, quantity: str, unit: str, column: str, name: str) -> np.ndarray:
    """Return positions, shape (N,) [deg]; NaN where a cell is empty.

    `quantity` is 'ra' or 'dec'. Cells are numbers in the `unit` that the file declares ('': deg),
    or text such as '10:00:00.5' or '10h00m00.5s': hours in right ascension unless a sign or the
    unit says degrees. Raises a `DataError` if the unit is of no angle, or a cell is no angle.
    """
    notation = unit.strip().lower().strip('"')
    numbers, wrong = parse_numbers(cells, column, name)
    strange = [row for row, text in wrong.items() if not SEXAGESIMAL.match(text.strip("'"))]
    if strange:
        raise DataError(
            f"{name}: expected {quantity} in degrees, or as 10:00:00, in column '{column}', "
            f"received {wrong[strange[0]]} at row {number_of(strange[0])} "
            f"({COUNTED})."
        )
    if not wrong:
        unit = "" if notation in HOURS + DEGREES else unit.strip()
        return convert(numbers.astype(np.float64), unit, "deg", column, name)
    signs = any(re.search(r"d|°", text) for text in wrong.values())
    hours = quantity == "ra" and not (signs or notation in DEGREES or parse(unit) == parse("deg"))
    if hours and np.isfinite(numbers).any():
        row = int(np.argmax(np.isfinite(numbers)))
        raise DataError(
            f"{name}: expected {quantity} in one notation in column '{column}', received hours "
            f"({next(iter(wrong.values()))}) and the number {numbers[row]:g} at row "
            f"{number_of(row)} ({COUNTED}). Write all in degrees, or all as 10:00:00."
        )
    return _from_text(cells, "hourangle" if hours else "deg", quantity, column, name)


def _from_text(cells: np.ndarray, unit: str, quantity: str, column: str, name: str) -> np.ndarray:
    from astropy.coordinates import Angle

    texts = to_texts(cells)
    degrees = np.full(len(texts), np.nan)
    known = ~texts.str.lower().isin(EMPTY_TEXT).to_numpy(bool)
    try:
        degrees[known] = Angle(texts[known].tolist(), unit).deg
    except ValueError as error:
        raise DataError(
            f"{name}: expected {quantity} such as 10:00:00 in column '{column}', found what is no "
            f"angle ({error})."
        ) from error
    return degrees
