"""Columns of tables that several screens show."""

import math
from collections.abc import Iterable
from typing import Literal

import streamlit as st

NUMBER, TEXT = st.column_config.NumberColumn, st.column_config.TextColumn
# Of a run, wherever a table lists some.
MAE_COLUMN = NUMBER("MAE", format="%.4f", help="Mean |z_pred - z_spec| of the test part")
SIGMA_COLUMN = NUMBER(
    "σ NMAD", format="%.4f", help="1.4826 median |e - median e|, e = (z_pred - z_spec)/(1 + z_spec)"
)
MADE_COLUMN = st.column_config.DatetimeColumn("Made (UTC)", format="YYYY-MM-DD HH:mm")
CHARACTER, PADDING, LINE = 6, 16, 18
"""Of a table's text, in pixels: a character, both sides of a cell, a line."""
HEADER, ROW = 36, 35
"""Height of a table's header with its frame, and of a row of no other height [pixels]."""
WRAPS = 66
"""Height from which on Streamlit breaks a cell's text into lines [pixels]."""


def width_for(names: Iterable[str]) -> int:
    """Return the width of a column in which the longest of some names stands in a line [pixels]."""
    return PADDING + CHARACTER * max(map(len, names), default=0)


def height_for(names: Iterable[str], width: int, one_line: int) -> int:
    """Return the height of rows in which the longest of some names stands whole [pixels].

    `width` is that of their column, `one_line` the height of a row where a line is enough.
    """
    lines = math.ceil((width_for(names) - PADDING) / (width - PADDING))
    return one_line if lines <= 1 else max(one_line + LINE * (lines - 1), WRAPS)


def table_height(n: int, most: int, row_height: int = ROW) -> Literal["content"] | int:
    """Return the height of a table of `n` rows, which scroll beyond `most`: no row is cut."""
    return "content" if n <= most else HEADER + most * row_height
