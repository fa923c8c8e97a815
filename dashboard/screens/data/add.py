"""Choose among the data sets at hand, upload one, or simulate one."""

import pandas as pd
import streamlit as st

from core.spreadsheet import without_formulas
from dashboard.screens.archive import section
from dashboard.screens.data.simulation import simulate
from dashboard.screens.data.upload import upload
from dashboard.shared import state


def show() -> None:
    """Draw the section; the list, though below, first: a simulation holds up what comes after."""
    above = st.container()
    list_sets()
    left, right = above.columns(2, gap="medium")
    with above:
        section.on_data()
    with left.container(border=True, height="stretch"):
        upload()
    with right.container(border=True, height="stretch"):
        simulate()


def list_sets() -> None:
    """List the data sets at hand; a button uses one."""
    st.header("Available data sets")
    entries = state.datasets()
    if not entries:
        st.info("None yet: upload a table or simulate a data set above.")
        return
    names = state.dataset_names(entries)
    in_use = st.session_state.get(state.DATA_KEY)
    rows = [
        {
            "name": names[stem],
            "origin": entry.card.origin,
            "galaxies": entry.card.n_galaxies,
            "created": entry.card.created[:10],
            "configuration": (entry.card.config_hash or "")[:12],
            "hash": entry.card.hash[:12],
            "use": "In use" if stem == in_use else "Use",
        }
        for stem, entry in entries.items()
    ]
    st.dataframe(
        without_formulas(pd.DataFrame(rows)),
        hide_index=True,
        key="sets",
        alt="Available data sets with origin and number of galaxies",
        column_config={
            "name": "Data set",
            "origin": "Origin",
            "galaxies": st.column_config.NumberColumn("Galaxies", format="localized"),
            "created": "Created",
            "configuration": "Configuration",
            "hash": "Content",
            "use": st.column_config.ButtonColumn(
                "Use", key="use_set", on_click=use_clicked, args=(list(entries),), type="tertiary"
            ),
        },
    )


def use_clicked(names: list[str]) -> None:
    """Use the data set whose button was clicked."""
    st.session_state[state.DATA_KEY] = names[st.session_state["use_set"].row]
