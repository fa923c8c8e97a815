"""Downloads: every figure and table can be taken along."""

import contextlib
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.spreadsheet import to_csv
from dashboard.shared.messages import errors_shown

FAILED = "failed_downloads"
"""Of the state of a visit: by the key of the button, why a file could not be made."""


def download_file(
    label: str, data: str | bytes | Callable[[], bytes], name: str, mime: str, **how: Any
) -> None:
    """Offer a file of this name; `how` are settings of `st.download_button`.

    What is made only when it is asked for may fail: the page then says why, below the button.
    """
    key, failed = str(how.get("key", name)), st.session_state.setdefault(FAILED, {})
    if callable(data):
        data = _telling(data, key, failed)
    st.download_button(label, data=data, file_name=name, mime=mime, **{"on_click": "ignore", **how})
    if key in failed:
        with errors_shown():
            raise failed.pop(key)


def _telling(
    make: Callable[[], bytes], key: str, failed: dict[str, Exception]
) -> Callable[[], bytes]:
    """Return what makes the file, or notes why it fails and lets the page be drawn again."""
    context = get_script_run_ctx(suppress_warning=True)
    visit = context.session_id if context else ""

    def made() -> bytes:
        try:
            return make()
        except Exception as error:  # of any kind: Streamlit alone would not say which
            failed[key] = error
            _draw_again(visit)
            raise

    return made


def _draw_again(visit: str) -> None:
    """Run the script of a visit once more: Streamlit makes files outside of it.

    Streamlit has no open way to that; where another version lacks these, its own short line below
    the button remains.
    """
    with contextlib.suppress(AttributeError, RuntimeError):
        found = Runtime.instance()._session_mgr.get_active_session_info(visit)
        if found is not None:
            session: Any = found.session
            session._event_loop.call_soon_threadsafe(session.request_rerun, session._client_state)


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
