"""From the Gaia Archive: the form of a fetch, the fetches at hand, and where each leads."""

from collections.abc import Callable

import streamlit as st

from core.data import FetchJob, list_fetches
from core.runs import runs_folder
from dashboard.screens.archive import at_hand, form, monitor, training_set
from dashboard.screens.archive.form import OPENED, OPENS, UNFOLDED
from dashboard.shared.messages import errors_shown
from dashboard.shared.ways import link

TITLE, ICON = "From the Gaia Archive", ":material/travel_explore:"


def on_predict() -> None:
    """Draw the section on Predict, where a fetch opens; folded once one has."""
    jobs = _fetches()
    if any(job.is_active for job in jobs.values()) or form.FETCH.asked_for():
        st.session_state[UNFOLDED] = True
    unfolded = UNFOLDED in st.session_state or form.FETCH.is_next_chosen()
    # One that a visitor unfolded stays so; another key is another one.
    key = f"archive-{st.session_state.get(OPENED, 0)}"
    with st.expander(TITLE, icon=ICON, expanded=unfolded, key=key):
        _show(jobs, _to_predict_here)


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
        st.switch_page("views/predict.py", query_params={"fetch": job.id})
    training_set.show(job)
