"""The best of the runs at hand with their headline numbers; the chosen one leads to its screens."""

import math

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.runs import Run, validation_mae
from dashboard.shared import state
from dashboard.shared.chooser import run_names
from dashboard.shared.clickable import choose_row
from dashboard.shared.columns import (
    MADE_COLUMN,
    MAE_COLUMN,
    NUMBER,
    SIGMA_COLUMN,
    TEXT,
    height_for,
    width_for,
)
from dashboard.shared.messages import plain
from dashboard.shared.run_row import run_row
from dashboard.shared.ways import link

MOST = 8
"""Runs that are listed; the Runs screen has all."""

NAME_WIDTHS = 260, 465
"""Of the column of names: with the others it fits into a window of 768, or 1280 [pixels]."""

COLUMNS = {
    "name": TEXT("Run"),
    "state": TEXT("State", width=62),
    "galaxies": NUMBER("Galaxies", format="localized", help="Of the data set", width=66),
    "origin": TEXT("Origin", width=72),
    "mae": MAE_COLUMN | {"width": 65},
    "sigma_nmad": SIGMA_COLUMN | {"width": 62},
    "created": MADE_COLUMN | {"width": 110},
}


def show(found: dict[str, Run]) -> None:
    """List the runs at hand with their headline numbers."""
    st.header("Runs")
    runs = {name: run for name, run in found.items() if not state.annotations(run).archived}
    if not found:
        st.info("There are no runs yet. Train a network; it appears here with its errors.")
        return
    names = run_names(found)
    shown = sorted(runs, key=lambda run_id: _place(runs[run_id]))[:MOST]
    told = [run_row(runs[run_id], names[run_id]) for run_id in shown]
    rows = pd.DataFrame(told, columns=["run", *COLUMNS])
    width = width_for(rows["name"], *NAME_WIDTHS)
    chosen = choose_row(
        rows.set_axis(rows["run"]),
        COLUMNS | {"name": COLUMNS["name"] | {"width": width}},
        "home_runs",
        "Runs, those of the lowest validation MAE first, with their state, data and errors on the "
        "test part; a chosen one is linked below",
        height="content",
        row_height=height_for(rows["name"], width, 33),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if chosen is not None:
            st.markdown(f"**{plain(names[chosen])}**", width="content")
            _lead(runs[chosen])
        if len(found) > len(shown):
            link("runs", f"All {n_of(len(found), 'run')}")


def _place(run: Run) -> tuple[bool, float]:
    """Return what puts pinned runs first, then those of the lowest error of the validation part."""
    error = validation_mae(run)
    return not state.annotations(run).pinned, math.inf if error is None else error


def _lead(run: Run) -> None:
    """Draw the links to what can be done with a run."""
    if run.damage() is None:
        if run.is_complete:
            link("evaluate", run=run)
            link("predict", run=run)
            link("compare", runs=run.run_id)
        link("train", "Training", run)
    link("runs", "Notes and files", run)
