"""Downloads: every figure and table can be taken along."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.spreadsheet import to_csv


def download_file(
    label: str, data: str | bytes | Callable[[], bytes], name: str, mime: str, **how: Any
) -> None:
    """Offer a file of this name; `how` are settings of `st.download_button`."""
    st.download_button(label, data=data, file_name=name, mime=mime, **{"on_click": "ignore", **how})


def download_quietly(
    label: str, data: str | bytes | Callable[[], bytes], name: str, mime: str, key: str
) -> None:
    """Offer a file as figures and tables do, by a button without a frame."""
    icon = ":material/download:"
    download_file(label, data, name, mime, key=key, type="tertiary", icon=icon)


def download_table(label: str, table: pd.DataFrame, name: str) -> None:
    """Offer `table` as the CSV file `name`, which runs nothing, written when asked for."""

    def content() -> bytes:
        return to_csv(table).encode()

    key = f"download-{name}-{label}"
    download_quietly(f"{label} (CSV)", content, f"{name}.csv", "text/csv", key)
