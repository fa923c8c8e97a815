"""Tables whose rows are chosen: by a click anywhere on one, the arrow keys, the tick before it.

Streamlit's table chooses a row by its tick alone. Here it takes cells as well, and the row of a
cell is the row that is meant; the keys of the grid then lead from row to row. A row is known by its
label in the table's index, so that it stays chosen wherever a filter or an order puts it.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.spreadsheet import without_formulas

Then = Callable[[list[Any]], None]


def choose_row(
    table: pd.DataFrame,
    columns: Mapping[str, Any] | None,
    key: str,
    alt: str,
    *,
    on_choice: Callable[[Any], None] | None = None,
    chosen: Hashable = None,
    **how: Any,
) -> Any:
    """Draw a table of which one row is chosen and return its label; None where it has no rows.

    `columns` are shown as they say and in this order, None: all, as they are; `alt` says in words
    what the table shows. `on_choice` is called with the label before the page is drawn anew.
    `chosen` is the row that the page wants marked, none: that of the last click, else the first.
    `how` are further settings of `st.dataframe`.
    """
    if table.empty:
        return None
    last = f"{key}.chosen"
    wanted = st.session_state.get(last) if chosen is None else chosen
    label = wanted if wanted in table.index else table.index[0]

    def then(labels: list[Any]) -> None:
        if labels:
            st.session_state[last] = labels[0]
            if on_choice is not None:
                on_choice(labels[0])

    _draw(table, columns, key, alt, "single-row-required", [label], then, how)
    return label


def mark_rows(
    table: pd.DataFrame,
    columns: Mapping[str, Any] | None,
    key: str,
    alt: str,
    *,
    marked: Sequence[Hashable],
    on_choice: Then,
    **how: Any,
) -> None:
    """Draw a table of which several rows, those `marked`, are chosen.

    A click on a row marks it alone; one on its tick adds it to the others, or takes it out.
    `on_choice` is called with the labels, the newest last; the rest is as in `choose_row`.
    """
    _draw(table, columns, key, alt, "multi-row", marked, on_choice, how)


def _draw(
    table: pd.DataFrame,
    columns: Mapping[str, Any] | None,
    key: str,
    alt: str,
    mode: Any,
    chosen: Sequence[Hashable],
    then: Then,
    how: Mapping[str, Any],
) -> None:
    about = {} if columns is None else {"column_config": columns, "column_order": list(columns)}
    usual: dict[str, Any] = {"hide_index": True, "height": "content", "placeholder": "–"}
    rows = [int(row) for row in table.index.get_indexer(pd.Index(list(chosen))) if row >= 0]
    # Written only where it differs: the grid would put its cursor back in the midst of keys.
    shown = [name for name in about.get("column_order", table.columns) if name in table]
    seen_rows, seen_cells = _seen(key)
    cells = [cell for cell in seen_cells if cell[0] in rows and cell[1] in table]
    if sorted(rows) != sorted(seen_rows) or cells != seen_cells:
        _put(key, rows, cells)
    st.dataframe(
        without_formulas(table.reset_index(drop=True)),
        key=key,
        alt=alt,
        on_select=lambda: _follow(key, table.index, rows, shown, then),
        selection_mode=(mode, "single-cell"),
        **{**usual, **about, **how},
    )


def _follow(
    key: str, index: pd.Index, before: Sequence[int], shown: Sequence[str], then: Then
) -> None:
    """Take the row of a cell newly chosen, else the ticks, before the page is drawn.

    A tick, and a sort in the browser, leave the row without the cell from which the keys go on: it
    gets one of the columns `shown`. The grid scrolls to it; where that takes the row out of which
    it was sorted out of view, the browser gives the keys to the page until the next click.
    """
    ticked, cells = _seen(key)
    last = st.session_state.get(f"{key}.cells")
    if cells and cells != last:
        rows = [cells[0][0]]
    else:
        # Of several rows the cell is let go: the next click on it is a new one.
        rows = sorted(ticked, key=lambda row: row not in before)
        beside = [[(row, name)] for row in rows for name in shown] if len(rows) == 1 else []
        # Not the one of before: the grid passes over what it was last told, and has lost it.
        cells = next((cell for cell in beside if cell != last), [])
    _put(key, rows, cells)
    then([index[row] for row in rows if row < len(index)])


def _seen(key: str) -> tuple[list[int], list[tuple[int, str]]]:
    """Return the rows and the cell that the grid marks."""
    if key not in st.session_state:
        return [], []
    now = st.session_state[key]["selection"]
    return list(now["rows"]), [(row, name) for row, name in now["cells"]]


def _put(key: str, rows: list[int], cells: list[tuple[int, str]]) -> None:
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": cells}}
    st.session_state[f"{key}.cells"] = cells
