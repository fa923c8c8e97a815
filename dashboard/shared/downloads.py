"""Downloads: every figure and table can be taken along."""

import pandas as pd
import streamlit as st


def download_table(label: str, table: pd.DataFrame, name: str) -> None:
    """Offer `table` as the CSV file `name`; it is written only when asked for."""
    st.download_button(
        f"{label} (CSV)",
        data=lambda: table.to_csv(index=False).encode(),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"download-{name}-{label}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
