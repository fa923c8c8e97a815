"""A job on a page while it works: drawn again and again, and asked to stop."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.jobs import Job, JobStatus, stop
from dashboard.shared.messages import errors_shown

SECONDS = 1.0
"""Between two looks at a job."""


def watch(
    job: Job[Any, Any], draw: Callable[[Any, Any], None], state: str, seconds: float = SECONDS
) -> None:
    """Call `draw` with the job and its status while it is in this state, then draw the page anew.

    Only a rerun of the page brings its buttons up to date, and stops the timer.
    """
    st.fragment(_look, run_every=seconds)(job, draw, state)


def _look(job: Job[Any, Any], draw: Callable[[Any, Any], None], before: str) -> None:
    with errors_shown():
        status: JobStatus = job.status()
        if status.state == before:
            draw(job, status)
            return
    st.rerun()


def cancel_button(job: Job[Any, Any], key: str, help: str | None = None) -> None:
    """Draw the button that asks a job to stop."""
    st.button(
        "Cancel",
        icon=":material/stop_circle:",
        disabled=job.cancel_path.exists(),
        key=key,
        help=help,
        on_click=ask_to_stop,
        args=(job,),
    )


def ask_to_stop(job: Job[Any, Any], state: str = "cancelled") -> None:
    """Ask a job to stop, unless another was faster or it has just ended."""
    with errors_shown():  # a button calls this, above the page
        if job.status().is_active:
            stop(job, state)
