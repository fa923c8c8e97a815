"""A page with a tab to start a job and one for the jobs at hand."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.data import DatasetEntry
from dashboard.shared import state
from dashboard.shared.chooser import Choice
from dashboard.shared.start_button import StartButton
from dashboard.shared.ways import VIEW_KEYS, last_view_key, to_data


def show(
    choice: Choice,
    start: StartButton,
    tabs: tuple[str, str],
    screen: str,
    form: Callable[[DatasetEntry], None],
    at_hand: Callable[[], dict[str, Any]],
    monitor: Callable[[dict[str, Any]], None],
    **words: str,
) -> None:
    """Draw the tab that is open: the form of a new job, or the jobs.

    Which one it is, is kept for each `screen` ('train' or 'tune'); `words` say what a data set is
    for (`purpose`), which `part` of a job is shown, and the `icon` of that.
    """
    kept, (new, old) = st.session_state, tabs
    view_key, last = VIEW_KEYS[screen], last_view_key(screen)
    if view_key not in kept:
        # The page is entered: what its widgets said is gone, what was about to start is called off.
        start.forget()
        kept[view_key] = old if choice.key in st.query_params else kept.get(last, new)
    if choice.asked_for() or choice.is_next_chosen():
        kept[view_key] = old
    first, second = st.tabs(tabs, key=view_key, on_change="rerun")
    kept[last] = old if second.open else new
    if first.open:
        # The address names a job where one is shown, and only there.
        choice.name_none()
        with first:
            if entry := state.current_dataset():
                form(entry)
            else:
                to_data(words["purpose"])
    if second.open:
        with second:
            if found := at_hand():
                monitor(found)
            else:
                st.info(
                    f"There is no {choice.key} yet. Start one under '{new}'; its {words['part']} "
                    "then shown here.",
                    icon=words["icon"],
                )
