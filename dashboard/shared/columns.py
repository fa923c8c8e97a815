"""Columns of tables that several screens show."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Literal

import streamlit as st

NUMBER, TEXT = st.column_config.NumberColumn, st.column_config.TextColumn
# Of a run, wherever a table lists some.
MAE_COLUMN = NUMBER("Test MAE", format="%.4f", help="Mean |z_pred - z_spec| of the test part")
SIGMA_COLUMN = NUMBER(
    "σ NMAD", format="%.4f", help="1.4826 median |e - median e|, e = (z_pred - z_spec)/(1 + z_spec)"
)
MADE_COLUMN = st.column_config.DatetimeColumn("Made (UTC)", format="YYYY-MM-DD HH:mm")
PADDING, LINE, GAP = 16, 18, 4
"""Of a table, in pixels: both sides of a cell or of a list's value; a line; between two values."""
LETTERS = {
    2.7: " ",
    3.5: "',.:;|Iijl",
    4.1: "!()-[]f{}",
    4.6: "/\\rt",
    5.8: '"*?Jcsz',
    6.6: "0123456789#$+<=>^_~FLYaegkvxy",
    7.3: "`ACESTVXZbdhnopqu",
    8.1: "&BDGKPR",
    8.8: "HNOQU",
    11.2: "%@MWmw",
}
"""Width of the letters of a table's font, Source Sans of 13.125 pixels, rounded up [pixels]."""
_WIDTHS = {letter: width for width, letters in LETTERS.items() for letter in letters}
OTHER = 14.0
"""Width that no other letter exceeds [pixels]."""
HEADER, ROW = 36, 35
"""Height of a table's header with its frame, and of a row of no other height [pixels]."""
WRAPS = 66
"""Height from which on Streamlit breaks a cell's text into lines [pixels]."""


def width_for(names: Iterable[str], least: int = 0, most: int | None = None) -> int:
    """Return the width of a column in which the longest of some names stands in a line [pixels].

    It is `least` at least, and `most` at most: longer names have several lines.
    """
    width = max(least, PADDING + math.ceil(max(map(_width, names), default=0)))
    return width if most is None else min(width, most)


def width_for_list(values: Sequence[str]) -> int:
    """Return the width of a column in which the values of a list stand whole [pixels]."""
    return PADDING // 2 + sum(width_for([value]) for value in values) + GAP * (len(values) - 1)


def height_for(names: Iterable[str], width: int, one_line: int) -> int:
    """Return the height of rows in which the longest of some names stands whole [pixels].

    `width` is that of their column, `one_line` the height of a row where a line is enough.
    """
    lines = max((_lines(name, width - PADDING) for name in names), default=1)
    return one_line if lines <= 1 else max(one_line + LINE * (lines - 1), WRAPS)


def _width(text: str) -> float:
    return sum(_WIDTHS.get(letter, OTHER) for letter in text)


def _lines(text: str, width: float) -> int:
    """Return the number of lines of a text, which is broken at its spaces and hyphens."""
    if _width(text) <= width:
        return 1
    lines, left = 0, 0.0
    for part in re.findall(r"[ -]?[^ -]*", text):
        needed = _width(part)
        if needed > left:
            more = math.ceil(needed / width)
            lines, left = lines + more, more * width
        left -= needed
    return lines


def table_height(n: int, most: int, row_height: int = ROW) -> Literal["content"] | int:
    """Return the height of a table of `n` rows, which scroll beyond `most`: no row is cut."""
    return "content" if n <= most else HEADER + most * row_height
