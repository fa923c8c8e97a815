"""The table of runs with its filters; a click on a row chooses the run."""

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.comparison import MIN_RUNS
from core.runs import STATES, Run
from dashboard.shared import state
from dashboard.shared.chooser import RUN, run_names
from dashboard.shared.clickable import mark_rows
from dashboard.shared.downloads import download_table
from dashboard.shared.run_row import DAMAGED, run_row
from dashboard.shared.shown import MADE_COLUMN, MAE_COLUMN, NUMBER, SIGMA_COLUMN, TEXT
from dashboard.shared.ways import link

TABLE = "runs_table"
_MARKED = "runs_marked"
MAX_ROWS = 12
_SEARCHED = ("run", "name", "notes", "recipe", "data")


def passing(
    table: pd.DataFrame,
    words: str = "",
    *,
    states: Sequence[str] = (),
    tags: Sequence[str] = (),
    archived: bool = False,
) -> pd.DataFrame:
    """Return the rows of `rows_of` with all words, any of the states, each tag."""

    def passes(row: dict[Hashable, Any]) -> bool:
        line = "\n".join([*(row[name] for name in _SEARCHED), *row["tags"]]).casefold()
        return (
            (archived or not row["archived"])
            and (not states or row["state"] in states)
            and set(tags) <= set(row["tags"])
            and all(word in line for word in words.casefold().split())
        )

    return table.loc[[passes(row) for row in table.to_dict("records")]]


def rows_of(runs: dict[str, Run]) -> pd.DataFrame:
    """Return a row for every run; a damaged one is named as such."""
    names = run_names(runs)
    rows = [run_row(run, names[run_id]) for run_id, run in runs.items()]
    return pd.DataFrame(rows, columns=[*COLUMNS, "notes"])


def filtered(table: pd.DataFrame) -> pd.DataFrame:
    """Draw the filters that are of use for these runs and return the rows that pass."""
    present = [name for name in (*STATES, DAMAGED) if (table["state"] == name).any()]
    tags = sorted({tag for tags in table["tags"] for tag in tags}, key=str.casefold)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Find",
            key="find",
            bind="query-params",
            type="search",
            placeholder="Name, tag, note, recipe, data set",
            width=300,
        )
        states, chosen = [], []
        if len(present) > 1:
            states = st.pills("State", present, selection_mode="multi", key="runs_states")
        if tags:
            state.check_address("tags", tags, "tag")
            chosen = st.multiselect("Tags", tags, key="tags", bind="query-params", width=260)
        archived = False
        if table["archived"].any():
            archived = st.toggle("Archived", key="archived", bind="query-params")
    return passing(table, words or "", states=states, tags=chosen, archived=archived)


def show(table: pd.DataFrame, runs: dict[str, Run], chosen: Run) -> None:
    """Draw the rows, that of the run `chosen` marked."""
    # The marks follow the run that is shown below, whichever way it was chosen.
    marked = st.session_state.setdefault(_MARKED, [])
    if chosen.run_id not in marked:
        marked = st.session_state[_MARKED] = [chosen.run_id]
    at_work = table["where"].astype(bool).any()
    mark_rows(
        table.set_axis(table["run"]),
        {name: how for name, how in COLUMNS.items() if name != "where" or at_work},
        TABLE,
        "Runs with their state, tags, errors on the test part, cost and data",
        marked=marked,
        on_choice=_choose,
        height="content" if len(table) <= MAX_ROWS else 420,
        row_height=30,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        tags = [", ".join(tags) for tags in table["tags"]]
        download_table("Runs", table.assign(tags=tags), "runs")
        st.caption(
            f"{len(table):,} of {len(runs):,} runs. Click one to see it below; tick several to "
            "compare them."
        )
        comparable = [name for name in table["run"] if name in marked and runs[name].is_complete]
        if len(comparable) >= MIN_RUNS:
            link("compare", f"Compare {len(comparable)} runs", runs=comparable)


def _choose(marked: list[str]) -> None:
    st.session_state[_MARKED] = marked
    for run_id in marked[-1:]:
        RUN.show_next(run_id)


COLUMNS = {
    # As wide as the names of the shipped runs.
    "name": TEXT("Name", width=290),
    "state": TEXT("State", width=75),
    "where": TEXT("Where", width=290, help="Who works on it, on what, since when"),
    "tags": st.column_config.ListColumn("Tags", width=110),
    "mae": MAE_COLUMN,
    "sigma_nmad": SIGMA_COLUMN,
    "cpu_seconds": NUMBER("CPU time [s]", format="%.0f", help="Time of all cores in training"),
    "created": MADE_COLUMN,
    "recipe": TEXT("Recipe", width=110),
    "parameters": NUMBER("Parameters", format="localized"),
    "data": TEXT("Data", width=250),
    "origin": TEXT("Origin", width=85),
    "run": TEXT("Run", width=330),
    "shipped": st.column_config.CheckboxColumn("Shipped", width=75, help="Came with xpz"),
    "archived": st.column_config.CheckboxColumn("Archived", width=75),
}
