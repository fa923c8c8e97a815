"""The table of convolution layers that people edit."""

import pandas as pd
import streamlit as st

from core.config import to_dict
from core.errors import ConfigError
from core.model.config import ConvLayer

CONV_COLUMNS = {
    "filters": st.column_config.NumberColumn(
        "Filters", min_value=1, max_value=4096, step=1, default=64, required=True
    ),
    "kernel_size": st.column_config.NumberColumn(
        "Kernel",
        min_value=1,
        max_value=186,
        step=1,
        default=3,
        required=True,
        help="Width of the convolution [samples].",
    ),
    "strides": st.column_config.NumberColumn(
        "Stride",
        min_value=1,
        max_value=186,
        step=1,
        default=1,
        required=True,
        help="Step between outputs [samples]; 1: every sample.",
    ),
    "pool_size": st.column_config.NumberColumn(
        "Pool",
        min_value=1,
        max_value=186,
        step=1,
        default=1,
        required=True,
        help="Max-pooling behind the convolution [samples]; 1: none.",
    ),
}


def conv_editor(key: str, layers: tuple[ConvLayer, ...]) -> pd.DataFrame:
    """Draw the table of convolutions; its edits survive a change of page."""
    base, latest = f"{key}.base", f"{key}.latest"
    if key not in st.session_state:
        # The editor's own edits are gone once another page was shown: go on from its last table.
        rows = pd.DataFrame([to_dict(layer) for layer in layers], columns=list(CONV_COLUMNS))
        st.session_state[base] = st.session_state.get(latest, rows.astype("Int64"))
    st.session_state[latest] = st.data_editor(
        st.session_state[base],
        key=key,
        num_rows="dynamic",
        hide_index=True,
        column_config=CONV_COLUMNS,
        alt="Convolution layers: filters, kernel, stride and pooling of each",
    )
    return st.session_state[latest]


def conv_layers(table: pd.DataFrame) -> tuple[ConvLayer, ...]:
    """Read the layers from the table.

    Raises
    ------
    ConfigError
        If a cell is empty or out of range; the layer is named.
    """
    layers = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        for name, value in row.items():
            if pd.isna(value):
                raise ConfigError(
                    f"Convolution layer {number}: '{name}' is empty. "
                    "Type a whole number or delete the row."
                )
        try:
            layers.append(ConvLayer(**{str(name): int(value) for name, value in row.items()}))
        except ConfigError as error:
            raise ConfigError(f"Convolution layer {number}: {error}") from error
    return tuple(layers)
