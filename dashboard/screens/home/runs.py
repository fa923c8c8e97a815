"""The runs at hand with their headline numbers."""

import pandas as pd
import streamlit as st

from core.errors import XpzError
from core.runs import Run
from core.spreadsheet import without_formulas
from dashboard.shared import state
from dashboard.shared.shown import MADE_COLUMN, MAE_COLUMN, SIGMA_COLUMN
from dashboard.shared.ways import link


def run_row(run: Run) -> dict[str, object]:
    """Return what the table says of one run; a damaged one is named as such."""
    try:
        status, summary, config = run.status(), run.summary() or {}, run.config
    except (XpzError, OSError):
        return {"run": run.run_id, "name": run.run_id, "state": "damaged"}
    result = summary.get("evaluation", {})
    return {
        "run": run.run_id,
        "name": state.annotations(run).name or config.name,
        "state": status.state,
        "galaxies": config.data.n_galaxies,
        "origin": config.data.origin,
        "mae": result.get("mae"),
        "sigma_nmad": result.get("sigma_nmad"),
        "created": pd.Timestamp(config.created) if config.created else None,
        "open": "Evaluate" if run.is_complete else None,
    }


def open_clicked(run_ids: list[str]) -> None:
    """Go to the evaluation of the run whose button was clicked."""
    click = st.session_state["home_open"]
    st.switch_page(
        "views/evaluate.py",
        query_params={state.RUN_KEY: run_ids[click.row]} | state.address_of_dataset(),
    )


def show() -> None:
    """List the runs with their headline numbers."""
    st.subheader("Runs")
    found = list(state.runs().values())
    runs = [run for run in found if not state.is_archived(run)]
    if not found:
        st.info("There are no runs yet. Train a network; it appears here with its errors.")
        return
    table = pd.DataFrame([run_row(run) for run in runs])
    number = st.column_config.NumberColumn
    st.dataframe(
        without_formulas(table),
        hide_index=True,
        alt="Runs with their state, data and errors on the test part",
        key="home_runs",
        placeholder="–",
        column_config={
            "run": None,
            "name": st.column_config.TextColumn("Run", width=290),
            "state": "State",
            "galaxies": number("Galaxies", format="localized", help="Of the data set"),
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
        },
    )
    link("runs", "Name, tag, share, archive and delete runs")
