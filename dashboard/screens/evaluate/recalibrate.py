"""A run calibrated with the galaxies that it is judged on: made, and where it leads."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core import questions
from core.amounts import n_of
from core.comparison import NAME as UGC
from core.data import DatasetEntry
from core.prediction import (
    BeforeAfter,
    before_and_after,
    changes,
    stored_before_and_after,
)
from core.questions import Recalibration, about_data
from core.runs import Run
from dashboard.shared import state, store
from dashboard.shared.chooser import run_names
from dashboard.shared.messages import plain
from dashboard.shared.questions import answered
from dashboard.shared.shown import show_table
from dashboard.shared.store import FileVersion
from dashboard.shared.ways import link

TITLE = "Calibrate this run with these galaxies"


def show(run: Run, entry: DatasetEntry) -> None:
    """Draw what calibrates a run with a data set, and what came of it."""
    if run.config.recalibrated is not None or store.calibration(run) is None:
        return  # it has just been done, or there is nothing to change
    about = about_data([run], entry.path)
    asked = questions.find(Recalibration, state.runs_folder(), about)
    with st.expander(TITLE, icon=":material/straighten:", expanded=asked is not None):
        st.caption(
            "Redshifts, intervals and p(z) become those of galaxies like "
            f"*{plain(state.dataset_name(entry))}*, in a run of its own. Nothing is trained, and "
            "this run stays as it is; 300 galaxies that it was not trained with suffice."
        )
        if asked is None:
            if st.button(
                "Calibrate", type="primary", icon=":material/straighten:", key="calibrate"
            ):
                questions.ask(Recalibration, state.runs_folder(), about)
                st.rerun()
            return
        question = answered(Recalibration, about)
        if question is not None:
            _show_made(question, entry)


def _show_made(question: Recalibration, entry: DatasetEntry) -> None:
    made = question.read()
    names = run_names(state.runs())
    if made.run_id not in names:
        st.info(f"The run that came of it, {plain(made.run_id)}, has been deleted.")
        if st.button("Calibrate again", icon=":material/straighten:", key="calibrate"):
            questions.forget(question)
            st.rerun()
        return
    st.markdown(
        f":material/check: Made: **{plain(names[made.run_id])}**. {plain(' '.join(made.sentences))}"
    )
    _show_numbers(before_and_after(made.before, made.after, made.covered), int(made.after["n"]))
    with st.container(horizontal=True):
        link("evaluate", "Evaluate it", made.run_id)
        if store.ugc(FileVersion.of(entry.path)) is not None:
            # On these galaxies: its predictions of them are by calibrations without them.
            link("compare", f"Compare with {UGC}", runs=[made.run_id, UGC])
        link("predict", "Predict with it", made.run_id)


def show_changes(run: Run, summary: dict[str, Any]) -> None:
    """Draw what the calibration changed of a run that was calibrated anew, else nothing."""
    if run.config.recalibrated is None:
        return  # nor is its calibration read, whose damage is none of its settings
    calibration = store.calibration(run)
    said = () if calibration is None else changes(calibration)
    if not said:
        return
    st.markdown(f"**Calibration**  \n{plain(' '.join(said))}")
    if rows := stored_before_and_after(summary):
        _show_numbers(rows, summary["n_test"])


def _show_numbers(rows: Sequence[BeforeAfter], n: int) -> None:
    show_table(
        pd.DataFrame(
            [(row.title, *(text.replace("-", "−") for text in row.texts)) for row in rows],
            columns=["", "Before", "After"],
        ),
        None,
        "Numbers of the run before and after it was calibrated with these galaxies",
        key="recalibrated",
        width="content",
    )
    st.caption(
        f"Of {n_of(n, 'galaxy')} that the run was not trained with, each by a calibration that it "
        "had no part in."
    )
