"""From the Gaia Archive: the form of a fetch, the fetches at hand, and where each leads."""

from collections.abc import Callable

import streamlit as st

from core.data import FetchJob, list_fetches
from core.runs import runs_folder
from dashboard.screens.archive import at_hand, form, monitor, training_set
from dashboard.screens.archive.form import OPENS
from dashboard.shared.messages import errors_shown
from dashboard.shared.ways import link, open_screen

TITLE, ICON = "From the Gaia Archive", ":material/travel_explore:"


def on_predict() -> None:
    """Draw the section on Predict, where a fetch opens."""
    with st.container(border=True, key="archive"):
        _show(_fetches(), _to_predict_here)


def is_asked_for() -> bool:
    """Whether a fetch is named by the page's address, or was just started or chosen."""
    asked_for = bool(form.FETCH.asked_for()) or form.FETCH.is_next_chosen()
    return asked_for and bool(_fetches())


def is_at_work() -> bool:
    """Whether something is being fetched."""
    return any(job.is_active for job in _fetches().values())


def on_data() -> None:
    """Draw the section on Data, where a fetch becomes a data set to train with."""
    with st.container(border=True, key="archive"):
        st.markdown(f"{ICON} **{TITLE}**")
        _show(_fetches(), _to_training)


def _fetches() -> dict[str, FetchJob]:
    return {job.id: job for job in list_fetches(runs_folder())}


def _show(jobs: dict[str, FetchJob], onward: Callable[[FetchJob], None]) -> None:
    with errors_shown():
        form.show()
    if not jobs:
        at_hand.show(jobs)
        return
    st.divider()
    with errors_shown():
        at_hand.show(jobs)
        monitor.show(jobs, onward)


def _to_predict_here(job: FetchJob) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Open in Predict",
            icon=":material/online_prediction:",
            type="primary",
            key="archive_open",
            on_click=_open,
            args=(job.id,),
        )
        link(
            "data",
            "Make a training set of it",
            section="Add data",
            fetch=job.id,
        )


def _open(job_id: str) -> None:
    st.session_state[OPENS] = job_id, True


def _to_training(job: FetchJob) -> None:
    if st.button("Open in Predict", icon=":material/online_prediction:", key="archive_open"):
        _open(job.id)
        open_screen("predict", fetch=job.id)
    training_set.show(job)
