"""A search at hand: how it goes, and what its trials teach."""

import pandas as pd
import streamlit as st

from core.tuning import Search
from dashboard.screens.tune import analysis, curves, monitor, slices, trials
from dashboard.screens.tune.marks import with_own
from dashboard.shared.chooser import SEARCH, choose_one
from dashboard.shared.searches import search_names
from dashboard.shared.shown import show_log
from dashboard.shared.ways import section_key

SECTIONS = ("Trials", "Slices", "Curves", "Parallel coordinates", "Importance", "Cost")


def show(found: dict[str, Search]) -> None:
    """Draw the chosen search, as it goes or what its trials teach."""
    choice, buttons = st.columns([3, 2], vertical_alignment="bottom")
    with choice:
        search = SEARCH.choose(found, search_names(found).__getitem__)
    status = search.status()
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        monitor.show_buttons(search, status)
    section = choose_one(
        "Section", SECTIONS, section_key("tune", SECTIONS), "section", label_visibility="collapsed"
    )
    # The pictures of its progress would push what its trials teach off the first screen.
    monitor.show_progress(search, with_pictures=section == SECTIONS[0])
    table = with_own(search, search.trials())
    if len(table):
        _show_section(search, table, section)
    show_log("Log of the search's process", search.log(tail=100))


def _show_section(search: Search, table: pd.DataFrame, section: str) -> None:
    """Draw the section that the address names."""
    done = table[table["state"] == "done"]
    if section == "Trials":
        trials.show(search, table)
    elif done.empty:
        st.info("Results appear when a trial has succeeded.", icon=":material/query_stats:")
    elif section == "Slices":
        slices.show(search, done)
    elif section == "Curves":
        curves.show(search, done)
    elif section == "Parallel coordinates":
        analysis.show_parallel(search, done)
    elif section == "Importance":
        analysis.show_importance(search, done)
    else:
        analysis.show_costs(search, done)
