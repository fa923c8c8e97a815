"""The runs at hand with their headline numbers."""

import pandas as pd
import streamlit as st

from core.runs import Run
from core.spreadsheet import without_formulas
from dashboard.shared import state
from dashboard.shared.chooser import run_names
from dashboard.shared.run_row import run_row
from dashboard.shared.shown import MADE_COLUMN, MAE_COLUMN, NUMBER, SIGMA_COLUMN, TEXT, show_table
from dashboard.shared.ways import link


def open_clicked(run_ids: list[str]) -> None:
    """Go to the evaluation of the run whose button was clicked."""
    click = st.session_state["home_open"]
    st.switch_page(
        "views/evaluate.py",
        query_params={state.RUN_KEY: run_ids[click.row]} | state.address_of_dataset(),
    )


def show(found: dict[str, Run]) -> None:
    """List the runs at hand with their headline numbers."""
    st.header("Runs")
    runs = [run for run in found.values() if not state.annotations(run).archived]
    if not found:
        st.info("There are no runs yet. Train a network; it appears here with its errors.")
        return
    columns = {
        "name": TEXT("Run", width=290),
        "state": "State",
        "galaxies": NUMBER("Galaxies", format="localized", help="Of the data set"),
        "origin": "Origin",
        "mae": MAE_COLUMN,
        "sigma_nmad": SIGMA_COLUMN,
        "created": MADE_COLUMN,
        "open": st.column_config.ButtonColumn(
            "",
            key="home_open",
            on_click=open_clicked,
            args=([run.run_id for run in runs],),
            type="tertiary",
        ),
    }
    names = run_names(found)
    rows = pd.DataFrame(
        [run_row(run, names[run.run_id]) for run in runs], columns=["run", *columns]
    )
    show_table(
        without_formulas(rows),
        columns,
        "Runs with their state, data and errors on the test part",
        key="home_runs",
        height="auto",
        row_height=None,
    )
    link("runs", "Name, tag, share, archive and delete runs")
