"""Questions that processes of their own answer: how far they are, and what stops or starts them."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from core import questions
from core.amounts import n_of
from core.questions import Question, QuestionStatus
from dashboard.shared import state
from dashboard.shared.live_job import cancel_button, watch
from dashboard.shared.messages import plain

Q = TypeVar("Q", bound=Question[Any])


def answered(
    kind: type[Q], about: Any, prepare: Callable[[Q], None] = lambda question: None
) -> Q | None:
    """Ask a question unless it was asked before; return it once it is answered.

    Else draw how far it is, or why there is no answer. Everyone who asks the same shares one
    process; `prepare` brings what that needs besides.
    """
    question = questions.ask(kind, state.runs_folder(), about, prepare)
    status = question.status()
    if status.state == "done":
        return question
    if status.is_active:
        watch(question, _progress, status.state)
    else:
        _ended(question, status, prepare)
    return None


def _progress(question: Question[Any], status: QuestionStatus) -> None:
    stopping = question.cancel_path.exists()
    with st.container(border=True):
        st.progress(
            status.fraction,
            text=f"**{question.called} is at work.** {words(status, stopping=stopping)}",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            cancel_button(question, f"cancel-{question.id}")
            st.caption(
                "It goes on if you leave the screen, and everyone who asks the same sees this "
                "one. The answer is kept."
            )


def words(status: QuestionStatus, *, stopping: bool) -> str:
    """Return how far a question is, for people."""
    if stopping:
        return "Stopping"
    if status.state == "queued":
        return "Waits for the questions of others"
    if status.message:
        return plain(status.message)
    if not status.total:
        return "Reading"
    if status.done >= status.total:
        return "All spectra are predicted; finishing"
    return f"{status.done:,} of {n_of(status.total, 'spectrum')}"


def _ended(question: Q, status: QuestionStatus, prepare: Callable[[Q], None]) -> None:
    show, icon = (
        (st.info, ":material/cancel:")
        if status.state == "cancelled"
        else (st.error, ":material/error:")
    )
    show(f"**{question.called}**: {plain(status.message)}", icon=icon)
    if st.button("Start again", icon=":material/refresh:", key=f"again-{question.id}"):
        questions.ask_again(question, prepare)
        st.rerun()
