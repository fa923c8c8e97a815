"""The seeds of a run's recipe that are there, and the button that trains three more."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.comparison import seeds_of
from core.jobs import active
from core.runs import TRAINING_TIME, Run, runs_folder, training_time
from core.training import next_seeds, train_more_seeds
from dashboard.shared import state
from dashboard.shared.chooser import run_name, run_names
from dashboard.shared.columns import MAE_COLUMN, NUMBER, TEXT, height_for, table_height, width_for
from dashboard.shared.messages import plain
from dashboard.shared.run_row import run_row
from dashboard.shared.shown import FEW_ROWS, show_table
from dashboard.shared.start_button import StartButton

N_MORE, NAME_WIDTHS = 3, (200, 305)
BUTTON = StartButton("trainings", str, f"Train {N_MORE} more seeds")
_COLUMNS: dict[str, Any] = {
    "seed": NUMBER("Seed", format="%d", width=60),
    "name": TEXT("Run"),
    "state": TEXT("State", width=80),
    "epochs": TEXT("Epochs", width=90),
    "mae": MAE_COLUMN | {"width": 75},
}


def show(run: Run) -> None:
    """Draw the runs that differ from this one in their seed alone, and the button for more."""
    runs = seeds_of(run, state.readable_runs())
    at_work = state.states(active(runs))
    st.fragment(_list, run_every=2 if at_work else None)(runs, at_work)
    seeds = next_seeds({_seed(each) for each in runs.values()}, N_MORE)
    why_not = _why_not(run)
    left, right = st.columns([2, 5], vertical_alignment="center", gap="medium")
    with left:
        starting = BUTTON.draw(possible=not why_not)
    told = ", ".join(map(str, seeds))
    right.caption(
        why_not
        or f"Seeds {told}: the same recipe, data and split, with other weights to begin with and "
        f"another order of batches, one after another.{_cost(run)}"
    )
    BUTTON.show_refusal()
    if starting:
        BUTTON.start(lambda: _submit(run, seeds))


def _submit(run: Run, seeds: list[int]) -> None:
    entry = state.dataset_of(run.config.learnt_from)
    path = None if entry is None else entry.path
    started = train_more_seeds(run, seeds, runs_folder(), data_path=path)
    st.toast(f"Started {n_of(len(started), 'training')}.", icon=":material/play_arrow:")


def _list(runs: Mapping[str, Run], before: dict[str, str]) -> None:
    """Draw the runs by their seed, and the page anew when one of them is done."""
    names = run_names(runs)
    rows = []
    for run_id, run in runs.items():
        status = run.status()
        of = status.epochs or run.config.recipe.training.epochs
        told = f"{status.epoch} of {of}"
        rows.append(run_row(run, names[run_id]) | {"seed": _seed(run), "epochs": told})
    table = pd.DataFrame(rows).reindex(columns=list(_COLUMNS)).sort_values("seed")
    width = width_for(table["name"], *NAME_WIDTHS)
    row_height = height_for(table["name"], width, 30)
    show_table(
        table,
        _COLUMNS | {"name": _COLUMNS["name"] | {"width": width}},
        "Runs that differ in their seed alone",
        width=620,
        height=table_height(len(table), FEW_ROWS, row_height),
        row_height=row_height,
    )
    if state.states(active(dict(runs))) != before:
        st.rerun()


def _seed(run: Run) -> int:
    return run.config.recipe.training.seed


def _why_not(run: Run) -> str:
    """Say why the recipe cannot be trained again; nothing if it can."""
    if run.config.recalibrated is not None:
        return (
            "This run was calibrated anew and not trained: choose the run that its network comes "
            "from."
        )
    if state.dataset_of(run.config.data) is None and not run.data_path.is_file():
        return f"The data set that it was trained on, {plain(run.config.data.name)}, is not here."
    return ""


def _cost(run: Run) -> str:
    took = training_time(run) if run.is_complete else ""
    return f" {TRAINING_TIME} of {plain(run_name(run.run_id))}: {took}." if took else ""
