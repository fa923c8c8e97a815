"""The table of runs, the best first; a click on a row chooses the run."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.comparison import BY, MIN_RUNS, SETTING, setting_label
from core.runs import ABOUT_TRAINING_TIME, TRAINING_TIME, Run
from dashboard.screens.runs import best, filters
from dashboard.screens.runs.rows import (
    NEWEST,
    differing,
    for_file,
    is_number,
    ordered,
    orders,
    rows_of,
    shown_setting,
)
from dashboard.shared.choose_several import choose_several
from dashboard.shared.chooser import RUN, choose_one
from dashboard.shared.clickable import mark_rows
from dashboard.shared.columns import MADE_COLUMN, NUMBER, TEXT, height_for, table_height, width_for
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain
from dashboard.shared.ways import link

TABLE = "runs_table"
RESULTS, SETTINGS = "Results", "Settings"
_MARKED = "runs_marked"
MOST_HEIGHT = 390
"""Of the rows, about, which scroll if they are higher [pixels]."""
WIDTH = 900
"""Of all columns, in pixels, that a window of 1280 shows beside the sidebar and the ticks."""
NAME_WIDTH, WIDEST_NAME = 228, 305
"""Of the column of names [pixels]; the larger one where long names leave room for it."""
N_SETTINGS = 6
"""Columns of settings that fit beside the name where nobody has chosen any."""
FIRST_SETTINGS = (
    *("data.n_galaxies", "network.head", "training.loss", "training.learning_rate"),
    *("training.batch_size", "training.epochs", "training.noise_augmentation", "training.seed"),
)
"""Those that people ask for first, where they differ."""


def show(runs: dict[str, Run], chosen: Run) -> None:
    """Draw order, filters and rows; that of the run `chosen` is marked."""
    everything = rows_of(runs)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = filters.find()
        by = _choose_order(everything)
        which = choose_one("Columns", [RESULTS, SETTINGS], "columns", "set of columns")
        asked = filters.choose(everything)
        archived = False
        if everything["archived"].any():
            archived = st.toggle("Archived", key="archived", bind="query-params")
    table = ordered(filters.passing(everything, words, archived=archived, **asked), by)
    columns = _results(table, by) if which == RESULTS else _settings(everything, by)
    # The marks follow the run that is shown below, whichever way it was chosen.
    marked = st.session_state.setdefault(_MARKED, [])
    if chosen.run_id not in marked:
        marked = st.session_state[_MARKED] = [chosen.run_id]
    sent = table[[name for name in table if name in columns or name in _ALWAYS]]
    for name in columns:
        if name.startswith(SETTING):
            sent = sent.assign(**{name: shown_setting(table, name)})
        elif name == "pinned":
            sent = sent.assign(pinned=["✓" if one else "" for one in table[name]])
        elif name in BY and BY[name].percent:
            sent = sent.assign(**{name: 100 * table[name]})
    row_height = height_for(table["name"], columns["name"]["width"], 30)
    mark_rows(
        sent,
        columns,
        TABLE,
        f"Runs, the pinned ones first, then the best by {_title(by)}, with {which.lower()}",
        marked=marked,
        on_choice=_choose,
        height=table_height(len(table), round(MOST_HEIGHT / row_height) or 1, row_height),
        row_height=row_height,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        download_table("These runs, all columns", for_file(table), "runs")
        best.show(table)
        _compare(table[table["run"].isin(marked)], runs)
    st.caption(_about(table, len(runs), by) + _hidden(columns))
    _say_where(table)


def _compare(ticked: pd.DataFrame, runs: Mapping[str, Run]) -> None:
    """Draw the way to Compare with the runs ticked, and say which of them cannot go there."""
    if len(ticked) < MIN_RUNS:
        return
    able = ticked["run"].map(lambda name: runs[name].is_complete)
    comparable = ticked.loc[able, "run"].to_list()
    if len(comparable) >= MIN_RUNS:
        link("compare", f"Compare {n_of(len(comparable), 'run')}", runs=comparable)
    if not able.all():
        left_out = ticked.loc[~able, ["name", "state"]].to_numpy()
        words = ", ".join(f"{plain(name)} is {state}" for name, state in left_out)
        st.caption(f"Only finished runs can be compared: {words}.")


def _choose_order(table: pd.DataFrame) -> str:
    """Draw the choice of what the best is, and return the name of its column."""
    found = orders(table)
    title = st.selectbox(
        "Best first by",
        list(found),
        key="best_first_by",
        persist_state="session",
        width=190,
        help="The validation part is there to choose by. All other numbers are of each run's own "
        "test part.",
    )
    return found.get(title, NEWEST)


def _title(by: str) -> str:
    return "the time they were made" if by == NEWEST else BY[by].compared_title


def _about(table: pd.DataFrame, n: int, by: str) -> str:
    """Return what must be known of the rows and of their order."""
    words = (
        f"{len(table):,} of {n_of(n, 'run')}. Click one to see it below; tick several to "
        "compare them. What is below is of the one ticked last."
    )
    parts = table.reindex(columns=[f"{SETTING}data.hash", f"{SETTING}split.seed"]).dropna()
    if by != NEWEST and len(parts.drop_duplicates()) > 1:
        words += (
            " These runs were validated and tested on different galaxies. To tell a small "
            "difference from chance, compare them on the same ones, on Compare."
        )
    return words


def _hidden(columns: Mapping[str, Any]) -> str:
    """Say where the columns are for which there was no room."""
    titles = [one["label"] for one in columns.values() if one.get("hidden")]
    if not titles:
        return ""
    words = plain("; ".join(titles))
    return f" Hidden for lack of room: {words}. The eye above the table shows them."


def _say_where(table: pd.DataFrame) -> None:
    """Say who works on what, since when: a column of it would push the errors out of sight."""
    works = table["state"] == "running"
    for name, where in table.loc[works, ["name", "where"]].to_numpy():
        st.caption(f":material/memory: {plain(name)}: {plain(where)}")
    waiting = table.loc[~works & table["where"].astype(bool), "where"]
    for where, n in waiting.value_counts().items():
        st.caption(f":material/hourglass_empty: {n_of(n, 'run')}: {plain(where)}")


def _results(table: pd.DataFrame, by: str) -> dict[str, Any]:
    """Return the columns that say what came out; those without content are left out."""
    metrics = dict.fromkeys(([by] if by in BY else []) + [n for n in _USUAL if n in table])
    numbers = {name: _metric_column(name) for name in metrics}
    said = _said(table, _NOTES)
    # What matters most stands within a window of 768: names and errors, then tags.
    first = [name for name in metrics if name in (by, *_FIRST)]
    columns = (
        _said(table, _NAMES) | {name: numbers.pop(name) for name in first} | said | numbers | _LATER
    )
    # Some give way, or the last one would be cut: the table's own menu shows them.
    room = WIDTH - sum(one["width"] for one in columns.values())
    for name in (name for name in _GIVES_WAY if name in columns and name != by):
        if room >= 0:
            break
        room += columns[name]["width"]
        columns[name] = columns[name] | {"hidden": True}
    width = width_for(table["name"], NAME_WIDTH, min(NAME_WIDTH + max(room, 0), WIDEST_NAME))
    columns["name"] = columns["name"] | {"width": width}
    return columns


def _settings(table: pd.DataFrame, by: str) -> dict[str, Any]:
    """Draw the choice of settings and return their columns, beside the metric that orders rows."""
    able = differing(table)
    first = [f"{SETTING}{name}" for name in FIRST_SETTINGS]
    usual = [name for name in first if name in able]
    usual += [name for name in able if name not in usual]
    if not able:
        st.caption("All runs have the same settings.")
    chosen = (
        choose_several(
            "Settings that differ",
            able,
            default=usual[:N_SETTINGS],
            format_func=lambda name: setting_label(name.removeprefix(SETTING)),
            # Others, once there are other runs, are another field.
            key=f"settings_shown {able}",
            placeholder="Choose settings",
            label_visibility="collapsed",
        )
        if able
        else []
    )
    # Its cells are pale, so it stays in sight only where the others are scrolled under it.
    names = _said(table, _NAMES)
    width = width_for(table["name"], NAME_WIDTH, WIDEST_NAME)
    names["name"] = names["name"] | {"width": width}
    if len(chosen) > N_SETTINGS:
        names["name"] = names["name"] | {"pinned": True}
    return (
        names
        | ({by: _metric_column(by)} if by in BY else {})
        | {name: _setting_column(table, name) for name in chosen}
        | _said(table, _NOTES)
    )


def _said(table: pd.DataFrame, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the columns that say something of these runs."""
    says = {
        "pinned": table["pinned"].any(),
        "state": (table["state"] != "done").any(),
        "tags": table["tags"].map(len).any(),
        "archived": table["archived"].any(),
    }
    return {name: how for name, how in columns.items() if says.get(name, True)}


def _metric_column(name: str) -> Any:
    metric = BY[name]
    form = "%.2f %%" if metric.percent else f"%.{metric.decimals}f"
    width = max(65, round(20 + 6.2 * len(metric.title)))
    return NUMBER(metric.title, format=form, help=metric.sentence, width=width)


def _setting_column(table: pd.DataFrame, name: str) -> Any:
    title = setting_label(name.removeprefix(SETTING))
    if not is_number(table[name]):
        return TEXT(title, width=100)
    whole = (table[name].dropna().astype(float) % 1 == 0).all()
    return NUMBER(title, format="localized" if whole else "%.4g")


def _choose(marked: list[str]) -> None:
    st.session_state[_MARKED] = marked
    for run_id in marked[-1:]:
        RUN.show_next(run_id)


_FIRST = ("val_mae", "mae", "sigma_nmad")
_USUAL = (*_FIRST, "outlier_fraction_eazy", "crps")
_ALWAYS = ("run", "name", "state", "tags", "shipped", "mae")
_NAMES = {
    "pinned": TEXT("Pin", width=45),
    "name": TEXT("Name", width=NAME_WIDTH),
    "state": TEXT("State", width=75),
}
_NOTES = {
    "tags": st.column_config.ListColumn("Tags", width=110),
    "archived": st.column_config.CheckboxColumn("Archived", width=75),
}
_LATER = {
    "train_seconds": NUMBER(
        f"{TRAINING_TIME} [s]", format="%.0f", help=ABOUT_TRAINING_TIME, width=115
    ),
    "created": MADE_COLUMN | {"width": 130},
}
_GIVES_WAY = ("outlier_fraction_eazy", "train_seconds", "crps", "created", "sigma_nmad")
