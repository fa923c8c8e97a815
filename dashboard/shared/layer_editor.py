"""Tables of layers that people edit: convolutions, and dense layers behind them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.config import to_dict
from core.errors import ConfigError
from core.model.config import ConvLayer
from core.spectra import N_SAMPLES
from dashboard.shared.labels import LABELS

LARGEST = {
    "filters": 4096,
    "kernel_size": N_SAMPLES,
    "strides": N_SAMPLES,
    "pool_size": N_SAMPLES,
    "units": 4096,
}


def _column(name: str, default: int, help: str | None = None) -> Any:
    return st.column_config.NumberColumn(
        LABELS[name],
        min_value=1,
        max_value=LARGEST[name],
        step=1,
        default=default,
        required=True,
        help=help,
    )


CONV_COLUMNS = {
    "filters": _column("filters", 64),
    "kernel_size": _column("kernel_size", 3, "Width of the convolution [samples]."),
    "strides": _column("strides", 1, "Step between outputs [samples]; 1: every sample."),
    "pool_size": _column("pool_size", 1, "Max-pooling behind the convolution [samples]; 1: none."),
}
DENSE_COLUMNS = {"units": _column("units", 64)}


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
    """Read the convolutions from their table.

    Raises
    ------
    ConfigError
        If a cell is empty or out of range; the layer is named.
    """
    return tuple(ConvLayer(**row) for row in _rows(table, "Convolution"))


def dense_units(table: pd.DataFrame) -> tuple[int, ...]:
    """Read the units of the dense layers from their table.

    Raises
    ------
    ConfigError
        If a cell is empty or out of range; the layer is named.
    """
    return tuple(row["units"] for row in _rows(table, "Dense"))


def _editor(
    key: str, rows: list[dict[str, int]], columns: Mapping[str, Any], alt: str
) -> pd.DataFrame:
    """Draw an editable table; its edits survive a change of page."""
    base, latest = f"{key}.base", f"{key}.latest"
    if key not in st.session_state:
        # The editor's own edits are gone once another page was shown: go on from its last table.
        table = pd.DataFrame(rows, columns=list(columns)).astype("Int64")
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
    for number, row in enumerate(table.itertuples(index=False), start=1):
        for name, value in zip(table.columns, row, strict=True):
            cell = f"{kind} layer {number}: '{LABELS[name]}'"
            if pd.isna(value):
                raise ConfigError(f"{cell} is empty. Type a whole number or delete the row.")
            if not 1 <= value <= LARGEST[name]:
                raise ConfigError(f"{cell}: expected 1 to {LARGEST[name]:,}, received {value:,}.")
    return [
        {name: int(value) for name, value in zip(table.columns, row, strict=True)}
        for row in table.itertuples(index=False)
    ]
