"""A step from a fetch to a data set, which a job takes: watched, stopped, gone on with."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.data import Build, BuildStatus, Match
from core.jobs import JobStatus, resume
from dashboard.shared.live_job import cancel_button, watch
from dashboard.shared.messages import plain, with_code
from dashboard.shared.shown import show_log

SECONDS = 0.5
"""Between two looks at a step."""

Step = Match | Build


def show(step: Step, key: str, in_words: Callable[[str], str]) -> bool:
    """Draw how a step goes, if it was ever begun; return whether it is done.

    `key` begins those of its buttons, `in_words` puts an error in the words of the screen.
    """
    if not step.exists:
        return False
    status = step.status()
    if status.is_active:
        watch(step, partial(_progress, key=key), status.state, SECONDS)
    elif status.state != "done":
        show_end = st.info if status.state == "cancelled" else st.error
        icon = "cancel" if status.state == "cancelled" else "error"
        show_end(with_code(in_words(status.message)), icon=f":material/{icon}:")
        if status.state != "failed" and st.button(
            "Resume", icon=":material/resume:", key=f"archive_resume_{key}"
        ):
            resume(step)
            st.rerun()
        if status.state == "lost" or "unexpected" in status.message:
            show_log(f"Log of the {step.kind}'s process", step.log(tail=100))
    return status.state == "done"


def _progress(step: Step, status: JobStatus, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        words = status.message or (status.words() if isinstance(status, BuildStatus) else "")
        share = status.fraction if isinstance(status, BuildStatus) else 0.0
        st.progress(share, text=plain(words or "Waiting"))
        cancel_button(step, f"archive_cancel_{key}")
