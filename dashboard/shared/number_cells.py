"""Numbers in the cells of editable tables, taken as they are typed.

Streamlit's own cell of a number makes 3 of a typed 1e3, and 35 of 3,5. Here cells are text, and
what is in them is read, or refused, as it stands.
"""

import math
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import ConfigError


def number_column(label: str, **how: Any) -> Any:
    """Return the column of a table whose cells `to_text` filled; `how` are settings of its own."""
    # To the left: of a number longer than its cell the first digits are seen.
    return st.column_config.TextColumn(label, alignment="left", **how)


def to_text(value: float | None) -> str | None:
    """Return what the cell of a number shows, of which `to_number` makes the same number."""
    if value is None:
        return None
    short = f"{value:g}"
    return short if float(short) == value else str(value)


def to_number(
    cell: Any, what: str, expected: str = "a number", *, whole: bool = False
) -> float | None:
    """Return the number in a cell, None where it is empty.

    Raises a `ConfigError` if it is none, or not `whole`; `what` says which cell it is.
    """
    text = "" if pd.isna(cell) else str(cell).strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (whole and not number.is_integer()):
        raise ConfigError(f"{what}: expected {expected}, received '{text}'.")
    return number
