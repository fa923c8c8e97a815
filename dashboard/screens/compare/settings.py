"""Settings of the chosen runs side by side: those that differ, or all."""

import re

import pandas as pd
import streamlit as st

from core.comparison import settings_table
from core.model import LABELS, as_text, in_words
from core.runs import Run
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain

_OTHER_LABELS = {
    "data.name": "Data set",
    "data.origin": "Origin of the data",
    "data.n_galaxies": "Galaxies",
    "data.hash": "Hash of the data",
    "split.test_fraction": "Test part",
    "split.validation_fraction": "Validation part, of the rest",
    "split.seed": "Seed of the split",
    "start.run_id": "Started from",
    "start.hash": "Hash of the start",
}
_LAYER = re.compile(r"network\.conv_layers\[(\d+)\]")


def show(runs: dict[str, Run]) -> None:
    """Draw the settings (rows) by runs (columns)."""
    everything = st.toggle("All settings", key="all_settings", bind="query-params")
    table = settings_table(list(runs.values()), differing_only=not everything)
    if table.empty:
        st.info("These runs have the same settings.", icon=":material/drag_handle:")
        return
    shown = pd.DataFrame(
        [
            [plain(text(name, value)) for value in row]
            for name, row in zip(table.index, table.to_numpy(), strict=True)
        ],
        index=[label(name) for name in table.index],
        columns=[plain(name) for name in table],
    ).rename_axis("Setting")
    st.table(shown, border="horizontal", alt="Settings of every run")
    download_table("Settings", table.map(as_text).reset_index(), "compared-settings")


def label(setting: str) -> str:
    """Return what people call a setting of `core.comparison.settings`."""
    layer = _LAYER.fullmatch(setting)
    if layer:
        return f"Convolution {int(layer[1]) + 1}"
    return _OTHER_LABELS.get(setting) or LABELS.get(setting.split(".")[-1], setting)


def text(setting: str, value: object) -> str:
    """Return a setting's value for people."""
    if value is None:
        return "–"
    words = in_words(setting.split(".")[-1], value)
    return words[:12] if setting.endswith(".hash") else words
