"""Numbers in the cells of editable tables, taken as they are typed."""

from typing import Any

import pandas as pd
import streamlit as st

from core.errors import ConfigError
from dashboard.shared.number_text import received, to_number


def number_column(label: str, **how: Any) -> Any:
    """Return the column of a table whose cells `to_text` filled; `how` are settings of its own."""
    # To the left: of a number longer than its cell the first digits are seen.
    return st.column_config.TextColumn(label, alignment="left", **how)


def read_cell(
    cell: Any, what: str, expected: str = "a number", *, whole: bool = False
) -> float | None:
    """Return the number in a cell, None where it is empty.

    Raises a `ConfigError` if it is none, or not `whole`; `what` says which cell it is.
    """
    text = "" if pd.isna(cell) else str(cell).strip()
    if not text:
        return None
    number = to_number(text, whole=whole)
    if number is None:
        raise ConfigError(f"{what}: expected {expected}, {received(text, whole=whole)}")
    return number
