"""How long the training of the form may take, known or measured before it starts."""

import streamlit as st

from core import questions
from core.errors import XpzError
from core.model import Recipe
from core.questions import AboutTime, Expected, QuestionStatus, TrainingTime, about_time
from dashboard.shared import state
from dashboard.shared.job_form import Asked
from dashboard.shared.live_job import cancel_button, watch
from dashboard.shared.messages import errors_shown, plain


def question_of(
    recipe: Recipe, how: Asked, n_train: float, n_validation: float
) -> AboutTime | None:
    """Return the question to this machine; None where another one is to work."""
    if how.to_workers or n_train < 1:
        return None
    return about_time(recipe, n_train, n_validation, how.device)


def expected(recipe: Recipe, n_train: float, about: AboutTime | None) -> Expected | None:
    """Return the time as it was measured here, else as an ended run tells; None if none does.

    Nobody is made to measure: that takes Keras and some 15 s of a processor, for each visitor who
    only looks. What trainings here took is kept anyway, and the shipped runs tell the first time.
    """
    runs = state.readable_runs().values()
    return questions.expected(
        recipe,
        n_train,
        None if about is None else _asked(about),
        [run for run in runs if state.is_own(run)],
        [run for run in runs if not state.is_own(run)],
    )


def show_measuring(about: AboutTime | None, known: Expected | None) -> None:
    """Draw what measures the time, or how far that is; nothing where it was measured."""
    question = None if about is None else _asked(about)
    status = None if question is None else question.status()
    if question is not None and status is not None and status.is_active:
        watch(question, _progress, status.state)
        return
    if about is None or (known is not None and known.measured):
        return
    st.button(
        "Measure it here",
        icon=":material/timer:",
        key="measure_time",
        width="stretch",
        help="How long this training takes on this machine, by some steps on made spectra in a "
        "process of its own: it takes some 15 s. The answer is kept for all recipes of this pace.",
        on_click=_measure,
        args=(about,),
    )
    if status is not None and status.state in ("failed", "lost"):
        st.markdown(f":small[:red[{plain(status.message)}]]")


def _measure(about: AboutTime) -> None:
    with errors_shown():  # a button calls this, above the page
        question = questions.ask(TrainingTime, state.runs_folder(), about)
        if question.can_resume(question.status()):
            questions.ask_again(question)


def _asked(about: AboutTime) -> TrainingTime | None:
    try:
        return questions.find(TrainingTime, state.runs_folder(), about)
    except XpzError:  # a folder that cannot be read: the training itself says so
        return None


def _progress(question: TrainingTime, status: QuestionStatus) -> None:
    words = "Stopping" if question.cancel_path.exists() else status.message or "Waiting"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/timer: {plain(words)}", width="stretch")
        cancel_button(question, f"cancel-{question.id}")
