"""Runs: every run at hand; what people write on them; bundles, archive, trash, model cards."""

import streamlit as st

from core.jobs import active
from core.runs import Run, best_run
from dashboard.screens.runs import card, details, intake, table
from dashboard.screens.runs.trash import TRASH
from dashboard.shared import more_seeds, state
from dashboard.shared.chooser import RUN, badges, choose_run
from dashboard.shared.messages import errors_shown
from dashboard.shared.ways import section_key, to_training

NOTES, CARD, SEEDS = "Notes and files", "Model card", "Seeds"


def show_toolbar() -> None:
    """Draw the buttons that concern no single run."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        TRASH.show()
        intake.show()


def show_table(chosen: Run, active_before: dict[str, str]) -> None:
    """Draw order, filters and table as the folders have them now."""
    if RUN.is_next_chosen():
        # A click on a row draws this part anew, what is below belongs to the page.
        st.rerun()
    with errors_shown():
        runs = state.runs()
        table.show(runs, chosen)
        if state.states(active(runs)) != active_before:
            st.rerun()


title, tools = st.columns([2, 3], vertical_alignment="bottom")
title.title("Runs")
with tools:
    show_toolbar()
TRASH.show_undo()
runs = state.runs()
if runs:
    above = st.container()
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        best = best_run(runs.values())
        run = choose_run(runs, default=best.run_id if best else None, damaged_too=True)
    if run.damage() is None:
        right.markdown(badges(run, run.status()))
    at_work = state.states(active(runs))
    with above:
        st.fragment(show_table, run_every=2 if at_work else None)(run, at_work)
    sections = [NOTES, CARD, SEEDS]
    notes, model, seeds = st.tabs(
        sections, key=section_key("runs", sections), on_change="rerun", bind="query-params"
    )
    if notes.open:
        with notes, errors_shown():
            details.show(run)
    if model.open:
        with model, errors_shown():
            card.show(run)
    if seeds.open:
        with seeds, errors_shown():
            if damage := run.damage():
                raise damage
            more_seeds.show(run)
else:
    to_training("There is no run yet. Train a network, or import the bundle of one.")
