"""The runs at hand with their headline numbers; the chosen one leads to its screens."""

import pandas as pd
import streamlit as st

from core.runs import Run
from dashboard.shared import state
from dashboard.shared.chooser import run_names
from dashboard.shared.clickable import choose_row
from dashboard.shared.messages import plain
from dashboard.shared.run_row import run_row
from dashboard.shared.shown import MADE_COLUMN, MAE_COLUMN, NUMBER, SIGMA_COLUMN, TEXT
from dashboard.shared.ways import link

COLUMNS = {
    "name": TEXT("Run", width=290),
    "state": "State",
    "galaxies": NUMBER("Galaxies", format="localized", help="Of the data set"),
    "origin": "Origin",
    "mae": MAE_COLUMN,
    "sigma_nmad": SIGMA_COLUMN,
    "created": MADE_COLUMN,
}


def show(found: dict[str, Run]) -> None:
    """List the runs at hand with their headline numbers."""
    st.header("Runs")
    runs = {name: run for name, run in found.items() if not state.annotations(run).archived}
    if not found:
        st.info("There are no runs yet. Train a network; it appears here with its errors.")
        return
    names = run_names(found)
    told = [run_row(run, names[run_id]) for run_id, run in runs.items()]
    rows = pd.DataFrame(told, columns=["run", *COLUMNS])
    chosen = choose_row(
        rows.set_axis(rows["run"]),
        COLUMNS,
        "home_runs",
        "Runs with their state, data and errors on the test part; a chosen one is linked below",
        height="auto",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if chosen is not None:
            st.markdown(f"**{plain(names[chosen])}**", width="content")
            _lead(runs[chosen])


def _lead(run: Run) -> None:
    """Draw the links to what can be done with a run."""
    if run.damage() is None:
        if run.is_complete:
            link("evaluate", run=run)
            link("predict", run=run)
            link("compare", runs=run.run_id)
        link("train", "Training", run)
    link("runs", "Notes and files", run)
