"""What ended last, of every kind: how it ended, and the screen that shows it."""

from contextlib import suppress
from typing import Any

import streamlit as st

from core.amounts import redshift_error
from core.errors import XpzError
from core.jobs import Job
from core.questions import Question
from core.runs import Run, validation_mae
from dashboard.screens.home.at_work import AtWork, kinds
from dashboard.shared import state
from dashboard.shared.chooser import STATE_BADGES, run_names
from dashboard.shared.messages import plain
from dashboard.shared.ways import link


def find() -> AtWork | None:
    """Return the user's own job that ended last; None where none has."""
    ended: list[tuple[str, AtWork]] = []
    for at_hand, row in kinds():
        for job in at_hand.values():
            if (status := _ended(job)) is not None:
                ended.append((status.ended, AtWork(job, status, row)))
    return max(ended, key=lambda each: each[0], default=("", None))[1]


def _ended(job: Job) -> Any:
    """Return the status of an own job that has ended, if that can be read."""
    with suppress(XpzError, OSError):
        status = job.status()
        if state.is_own(job) and not status.is_active and status.ended:
            return status
    return None


def show(last: AtWork) -> None:
    """Say what it was and how it ended, and link to it."""
    row = last.row(last.job, last.status)
    when = f"{last.status.ended[:16].replace('T', ' ')} UTC"
    st.markdown(f"{plain(row.name)} {STATE_BADGES.get(last.status.state, '')}")
    made = _made(last.job, last.status)
    done = "" if isinstance(last.job, Question) and last.status.state == "done" else row.done
    outcome = f"Made {run_names(state.runs())[made]}" if made else _outcome(last) or done
    # A message is a sentence, or several.
    said = f"{outcome.removesuffix('.')}. " if outcome else ""
    st.caption(plain(f"{said}Ended {when}."))
    with st.container(horizontal=True):
        link(row.screen, "Open", **row.address)
        if made:
            link("evaluate", "Evaluate it", made)


def _made(job: Any, status: Any) -> str:
    """Return the run that a calibration of another one made, if it is still there; else ''."""
    # By its name: the class brings what calibrates along, which Home has no need of.
    if job.kind == "calibration" and status.state == "done":
        with suppress(XpzError, OSError):
            made = job.read().run_id
            return made if made in state.runs() else ""
    return ""


def _outcome(last: AtWork) -> str:
    """Return what came of it, where a number says that."""
    if isinstance(last.job, Run) and (mae := validation_mae(last.job)) is not None:
        return f"Validation MAE {redshift_error(mae)}"
    return str(last.status.message)
