"""The run that predicts, what to know about it, and the button that starts it."""

from dataclasses import replace

import streamlit as st

from core import questions
from core.amounts import n_of
from core.errors import DamagedError, DataError
from core.prediction import (
    Estimator,
    OtherInstrumentError,
    lack_of_calibration,
    n_seen,
    of_intervals,
    of_origin,
    of_predicted,
)
from core.questions import AboutSpectra, Catalogue, about_spectra, cost
from core.runs import Run, best_run_for
from dashboard.screens.predict.choices import Choices
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.intake import SAMPLE
from dashboard.screens.predict.predicted import Predicted
from dashboard.screens.predict.predicting import catalogue, predict
from dashboard.shared import own_calibration, state, store
from dashboard.shared.chooser import choose_best_run, run_name
from dashboard.shared.instrument import insist
from dashboard.shared.messages import plain, show_notices
from dashboard.shared.questions import answered
from dashboard.shared.ways import to_training


def choose(intake: Intake | None) -> Run | None:
    """Draw the choice among the complete runs; None where there is none.

    It opens on the best one that knows the instrument of the spectra, if there is one.
    """
    runs = _complete()
    if not runs:
        to_training("There is no trained run yet. Train a network first.", ":material/school:")
        return None
    return choose_best_run(runs, instruments=() if intake is None else intake.instruments)


def _complete() -> dict[str, Run]:
    return {run_id: run for run_id, run in state.runs().items() if run.is_complete}


def allowed(run: Run, choices: Choices, intake: Intake) -> tuple[Choices, Intake] | None:
    """Return what the run may predict, and the choices for it; None until a visitor insists.

    As with the command, files of another instrument are left out, and the others served.
    """
    expected, refused = store.expected(run), dict[str, OtherInstrumentError]()
    for file, spectra in zip(intake.served, intake.parts, strict=True):
        try:
            expected.others(spectra, file.name)
        except OtherInstrumentError as error:
            refused[file.file_id] = error
    if not refused:
        return choices, intake
    best = best_run_for(_complete().values(), intake.instruments)
    n_others = len(intake.served) - len(refused)
    better = None if best == run else best
    if insist(list(refused.values()), len(intake.files), n_others, better):
        return replace(choices, other_instrument=True), intake
    if not n_others:
        return None
    return choices, intake.leave_out({name: str(error) for name, error in refused.items()})


def show(run: Run, choices: Choices, intake: Intake, served: Intake) -> Predicted | None:
    """Warn of what must be known, predict when asked to; return what this run predicted.

    What it may predict of the `intake`, which keeps the redshifts, is `served`. Many spectra a
    process of its own predicts, whose progress is drawn.
    """
    warn(run, choices, served)
    versions, asked = store.files_of(run), choices.key
    if intake.predicted is not None and intake.predicted_with == (versions, asked):
        return intake.predicted
    about, known = None, False
    if not cost.is_small(cost.to_predict([run], served.n)):
        about = about_spectra(
            run,
            served.contents,
            served.n,
            choices.prior,
            choices.answer,
            other_instrument=choices.other_instrument,
        )
        # Also before a reload, or by another visitor who brought the same spectra.
        known = questions.find(Catalogue, state.runs_folder(), about) is not None
    if not served.at_hand and not known:
        todo = "open the fetch" if intake.title else "upload the files"
        st.info(f"The spectra were released; {todo} again to predict again.")
        return None
    # Another question to the same run is answered at once.
    asks_again = intake.predicted is not None and intake.predicted_with[0] == versions
    if intake.predicted is not None and not asks_again and not known:
        if intake.predicted.run_id == run.run_id:
            st.caption("The run has changed since it predicted: press Predict.")
        else:
            st.caption(
                "Another run: press Predict for its redshifts, or choose "
                f"**{plain(run_name(intake.predicted.run_id))}** again for those that are there."
            )
    if (
        known
        or asks_again
        or intake.at_once
        or st.button(
            f"Predict {n_of(served.n_usable, 'redshift')}"
            if served.n_usable
            else "Show the spectra, without redshifts",
            type="primary",
            icon=":material/play_arrow:",
            key="predict_start",
        )
    ):
        found = (
            _predict(run, choices, served) if about is None else _ask(run, choices, served, about)
        )
        if found is None:
            return None
        intake.predicted, intake.predicted_with = found, (versions, asked)
        intake.at_once = False
        # Without the button and the bar, which have done their part.
        st.rerun()
    return None


def _predict(run: Run, choices: Choices, intake: Intake) -> Predicted:
    bar = st.progress(0.0, text="Predicting")

    def report(done: int, total: int) -> None:
        bar.progress(done / total, text=f"{done:,} of {n_of(total, 'spectrum')}")

    return predict(estimator(run, choices), intake, report)


def _ask(run: Run, choices: Choices, intake: Intake, about: AboutSpectra) -> Predicted | None:
    def bring(question: Catalogue) -> None:
        if not intake.at_hand:
            raise DataError("The spectra were released: upload the files again, then start again.")
        question.bring(intake.parts)

    question = answered(Catalogue, about, bring)
    return None if question is None else catalogue(estimator(run, choices), intake, question.read())


def warn(run: Run, choices: Choices, intake: Intake) -> None:
    """Say what limits the answer: simulated training spectra, no calibration for the prior."""
    # Also where somebody uploads it.
    simulated = intake.source == "sample" or {each.name for each in intake.served} == {SAMPLE.name}
    show_notices(of_origin(run, "simulated" if simulated else "unknown"))
    try:
        n = n_seen(intake.source_ids, store.seen(run))
        show_notices(of_predicted(run_name(run.run_id), n, intake.n))
    except DamagedError as error:  # redshifts take none of it
        st.warning(plain(str(error)), icon=":material/warning:")
    calibration = store.calibration(run)
    known = of_intervals(run, calibration, choices.prior)
    show_notices(store.expected(run).notices + known)
    if calibration is None:
        own_calibration.offer(run, plain(lack_of_calibration(run)))


def estimator(run: Run, choices: Choices) -> Estimator:
    """Return the run's estimator, kept as long as its files stay as they are."""
    return store.estimator(
        run, choices.key, choices.prior, choices.answer, choices.other_instrument
    )
