"""The fetches at hand: watched, stopped, gone on with, and opened."""

from collections.abc import Callable

import streamlit as st

from core.amounts import n_of
from core.data import WITHOUT, FetchJob, FetchStatus
from core.jobs import resume
from dashboard.screens.archive import at_hand
from dashboard.screens.archive.form import FETCH, OPEN_BY_ITSELF
from dashboard.screens.archive.words import in_words
from dashboard.shared import state
from dashboard.shared.account import show_account
from dashboard.shared.chooser import STATE_BADGES
from dashboard.shared.live_job import cancel_button, watch
from dashboard.shared.messages import code, plain, with_code
from dashboard.shared.shown import show_log

SECONDS = 0.5
"""Between two looks at a fetch at work."""

SECONDS_OF_FEW = 0.15
"""The same, of one so small that people wait for it."""


def show(jobs: dict[str, FetchJob], onward: Callable[[FetchJob], None]) -> None:
    """Draw the chosen fetch; `onward` draws what can be done with one that is done."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        job = FETCH.choose(jobs, lambda name: title(jobs[name]))
        status = job.status()
        _buttons(job, status)
    if status.is_active:
        n_ids = job.config.n_ids
        is_small = n_ids is not None and n_ids <= OPEN_BY_ITSELF
        watch(job, _progress, status.state, SECONDS_OF_FEW if is_small else SECONDS)
        return
    _progress(job, status)
    if status.state == "done":
        _result(job)
        onward(job)


def title(job: FetchJob) -> str:
    """Return what lists call a fetch."""
    made = (job.config.created or "")[:16].replace("T", " ")
    return f"{job.config.title}, {job.config.release}, {made} UTC"


def _buttons(job: FetchJob, status: FetchStatus) -> None:
    if not state.is_own(job):
        return
    if status.is_active:
        cancel_button(job, "archive_cancel", "What has come is kept; Resume goes on from there.")
    elif job.can_resume(status) and st.button(
        "Resume",
        icon=":material/resume:",
        key="archive_resume",
        help="What has come is not asked for again.",
    ):
        resume(job)
        st.rerun()
    at_hand.delete_button(job, status)


def _progress(job: FetchJob, status: FetchStatus) -> None:
    st.markdown(f"{STATE_BADGES[status.state]} :small[from {code(job.config.archive.server)}]")
    if status.is_active:
        st.progress(status.fraction, text=plain(status.words()))
        if status.message:
            st.caption(plain(status.message))
    elif status.state == "cancelled":
        st.info(plain(status.message), icon=":material/cancel:")
    elif status.state != "done":
        st.error(with_code(in_words(status.message)), icon=":material/error:")
        show_log("Log of the fetch's process", job.log(tail=100))


def _result(job: FetchJob) -> None:
    report = job.report()
    with st.container(horizontal=True, vertical_alignment="center"):
        spectra, sources = n_of(report.n_spectra, "spectrum"), n_of(report.n_asked, "source")
        st.markdown(f"**{spectra}** of {sources}.")
        show_account(job.account())
        path = job.fetched / WITHOUT
        if (report.n_without or report.n_unknown) and path.is_file():
            st.download_button(
                "Sources without a spectrum",
                path.read_bytes(),
                f"{job.id}-without-spectra.csv",
                "text/csv",
                icon=":material/download:",
                key="archive_without",
            )
