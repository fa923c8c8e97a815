"""Settings of the chosen runs side by side: those that differ, or all."""

import pandas as pd
import streamlit as st

from core.comparison import setting_label, setting_text, settings_table
from core.model import as_cell
from core.runs import Run
from core.spreadsheet import changed
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain


def show(runs: dict[str, Run]) -> None:
    """Draw the settings (rows) by runs (columns), which have their names."""
    everything = st.toggle("All settings", key="all_settings", bind="query-params")
    table = settings_table(list(runs.values()), differing_only=not everything)
    if table.empty:
        st.info("These runs have the same settings.", icon=":material/drag_handle:")
        return
    shown = pd.DataFrame(
        [
            [plain(setting_text(name, value)) for value in row]
            for name, row in zip(table.index, table.to_numpy(), strict=True)
        ],
        index=[setting_label(name) for name in table.index],
        columns=[plain(name) for name in runs],
    ).rename_axis("Setting")
    st.table(shown, border="horizontal", alt="Settings of every run")
    named = pd.concat(
        [pd.DataFrame([list(runs)], ["name"], table.columns), table.apply(changed, change=as_cell)]
    )
    download_table("Settings", named.rename_axis("setting").reset_index(), "compared-settings")
