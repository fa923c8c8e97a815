"""Tables of layers that people edit: convolutions, and dense layers behind them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.config import to_dict
from core.errors import ConfigError
from core.model import UNITS, ConvLayer, Setting, settings_of
from dashboard.shared.number_cells import number_column, read_cell
from dashboard.shared.number_text import to_text

ROWS = settings_of(ConvLayer) | {"units": UNITS}


def _column(one: Setting) -> Any:
    # What is out of bounds is taken, too: `_rows` says what is wrong with it.
    return number_column(
        one.label, default=to_text(one.typical), required=True, help=one.about or None
    )


CONV_COLUMNS = {name: _column(one) for name, one in settings_of(ConvLayer).items()}
DENSE_COLUMNS = {"units": _column(UNITS)}


def conv_editor(key: str, layers: tuple[ConvLayer, ...]) -> pd.DataFrame:
    """Draw the table of convolutions, a row per layer."""
    return _editor(
        key,
        [to_dict(layer) for layer in layers],
        CONV_COLUMNS,
        "Convolution layers: filters, kernel, stride and pooling of each",
    )


def dense_editor(key: str, units: tuple[int, ...]) -> pd.DataFrame:
    """Draw the table of dense layers, a row per layer."""
    rows = [{"units": each} for each in units]
    return _editor(key, rows, DENSE_COLUMNS, "Dense layers: units of each")


def conv_layers(table: pd.DataFrame) -> tuple[ConvLayer, ...]:
    """Read the convolutions from their table; a `ConfigError` names the layer that is wrong."""
    return tuple(ConvLayer(**row) for row in _rows(table, "Convolution"))


def dense_units(table: pd.DataFrame) -> tuple[int, ...]:
    """Read the units of dense layers from their table; raises as `conv_layers`."""
    return tuple(row["units"] for row in _rows(table, "Dense"))


def _editor(
    key: str, rows: list[dict[str, int]], columns: Mapping[str, Any], alt: str
) -> pd.DataFrame:
    """Draw an editable table; its edits survive a change of page."""
    base, latest = f"{key}.base", f"{key}.latest"
    if key not in st.session_state:
        # The editor's own edits are gone once another page was shown: go on from its last table.
        table = pd.DataFrame(rows, columns=list(columns)).map(to_text).astype("string")
        st.session_state[base] = st.session_state.get(latest, table)
    st.session_state[latest] = st.data_editor(
        st.session_state[base],
        key=key,
        num_rows="dynamic",
        hide_index=True,
        column_config=columns,
        alt=alt,
    )
    return st.session_state[latest]


def _rows(table: pd.DataFrame, kind: str) -> list[dict[str, int]]:
    return [
        {
            name: _whole(ROWS[name], value, f"{kind} layer {number}: '{ROWS[name].label}'")
            for name, value in zip(table.columns, row, strict=True)
        }
        for number, row in enumerate(table.itertuples(index=False), start=1)
    ]


def _whole(one: Setting, typed: Any, cell: str) -> int:
    value = read_cell(typed, cell, one.bounds)
    if value is None:
        raise ConfigError(f"{cell} is empty. Type a whole number or delete the row.")
    if not one.at_least <= value <= (one.most or value) or not value.is_integer():
        raise ConfigError(f"{cell}: expected {one.bounds}, received {value:,.12g}.")
    return int(value)
