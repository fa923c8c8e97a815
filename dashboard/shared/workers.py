"""Workers of the folder of runs: which there are, what is left to them, who works on what."""

from collections.abc import Callable

import streamlit as st

from core.jobs import Job, JobStatus, list_workers, resume, stop
from core.shell import command
from dashboard.shared import state
from dashboard.shared.messages import code, errors_shown, plain


def show_workers() -> None:
    """Say which workers look at the folder of runs."""
    folder = state.runs_folder().resolve()
    found = list_workers(folder)
    if not found:
        start = code(command("xpz", "worker", "--runs-dir", folder))
        st.caption(
            f":material/info: No worker is there yet. Start one where it is to work: {start}"
        )
    for one in found:
        job = f"works on {one.job}" if one.job else "is free"
        since = f"there since {one.since[:16].replace('T', ' ')} UTC"
        st.caption(
            f":material/dns: **{plain(one.host)}**, {plain(one.device)}, {plain(job)}, {since}"
        )


def start_here(job: Job) -> None:
    """Draw the button that starts what waits for a worker."""
    if st.button(
        "Start here",
        icon=":material/play_arrow:",
        key="start_here",
        help="Starts it on this machine instead of waiting for a worker.",
    ):
        with errors_shown():
            resume(job)
            st.rerun()


def leave_to_worker(job: Job, status: JobStatus, leave: Callable[[], None]) -> None:
    """Draw the button that leaves what stopped to a worker, where one looks at its folder.

    What workers lost they take on by themselves: that can be called off.
    """
    if status.for_workers and status.state == "lost":
        if st.button(
            "Cancel",
            icon=":material/stop_circle:",
            key="call_off",
            help="No worker goes on with it. What was done is kept and can be resumed.",
        ):
            with errors_shown():
                stop(job)
                st.rerun()
        return
    if list_workers(job.root) and st.button(
        "Resume on a worker",
        icon=":material/dns:",
        key="leave_to_worker",
        help="A worker of the folder of runs goes on with it.",
    ):
        with errors_shown():
            leave()
            st.rerun()


def where_line(status: JobStatus) -> str:
    """Return who works on a job, on what and since when, as a line of Markdown."""
    return f":material/memory: {where(status)}"


def where(status: JobStatus) -> str:
    """Return who works on a job or did last, or what it waits for, as a sentence of Markdown."""
    words = status.where
    if not words and status.device:
        words = f"was on {', '.join(filter(None, (status.device, status.host)))}"
    words = words or "not on a device yet"
    return plain(words[0].upper() + words[1:])
