"""The place of what is predicted and by what: open at first, one line once there are redshifts."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.amounts import n_of
from dashboard.screens.predict import intake
from dashboard.screens.predict.files import Intake
from dashboard.shared import state
from dashboard.shared.chooser import run_name
from dashboard.shared.messages import plain


def place() -> DeltaGenerator:
    """Return the place; folded, its title says what is in it."""
    taken: Intake | None = st.session_state.get(state.PREDICT_KEY)
    is_predicted = taken is not None and taken.predicted is not None
    with st.container(horizontal=True, key="setup"):
        box = st.expander(
            "Spectra and run" if taken is None or not is_predicted else title(taken),
            expanded=not is_predicted,
            icon=":material/tune:",
            width="stretch",
        )
        if is_predicted:
            intake.clear_button()
    return box


def title(taken: Intake) -> str:
    """Return, as Markdown, what was predicted by which run, and that files were refused."""
    assert taken.predicted is not None
    names = taken.predicted.file_names
    what = taken.title or (names[0] if len(names) == 1 else n_of(len(names), "file"))
    run = run_name(taken.predicted.run_id)
    words = n_of(len(taken.predicted.table), "spectrum")
    said = f"**{plain(what)}** · {words} · predicted by **{plain(run)}**"
    refused = len(taken.predicted.account.refused)
    return f"{said} · **{n_of(refused, 'file')} refused**" if refused else said
