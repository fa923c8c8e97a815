"""Tables as CSV that a spreadsheet shows and never runs."""

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

# How a formula begins, also in the wide signs of Asian keyboards; a tab or the end of a line
# before it is skipped.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
# Numbers, sexagesimal ones and a lone sign begin so, and run nothing.
_NUMBER = re.compile(r"[+-]((\d+[: ]){0,2}\d*\.?\d*([eE][+-]?\d+)?|inf)")


def as_text(value: Any) -> Any:
    """Return a cell; text that a spreadsheet would take for a formula gets a leading apostrophe.

    By which spreadsheets tell text (OWASP, "CSV Injection"). Lists are returned with their
    items so treated.
    """
    if isinstance(value, list):
        return [as_text(each) for each in value]
    is_formula = isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text cells and names of columns are as `as_text` returns them."""
    safe = table.set_axis([as_text(name) for name in table.columns], axis=1)
    for i, kind in enumerate(table.dtypes):
        if kind.kind == "O":  # text, lists and categories
            safe.isetitem(i, changed(table.iloc[:, i], as_text).array)
    return safe


def changed(column: pd.Series, change: Callable[[Any], Any]) -> pd.Series:
    """Return a column with every cell changed, each a number of its own kind.

    `map` would make a column of numbers alone decimals: 4 beside 0.5 would be 4.0.
    """
    cells = [change(value) for value in column.tolist()]
    return pd.Series(cells, column.index, dtype=object, name=column.name)


def to_csv(table: pd.DataFrame) -> str:
    """Return a table as comma-separated values that run nothing."""
    return without_formulas(table).to_csv(index=False)
