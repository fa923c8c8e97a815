"""How a run goes: progress, curves and log, read from the run's folder alone."""

import contextlib
from typing import Any

import pandas as pd
import streamlit as st

from core.amounts import duration, n_of, redshift_error
from core.comparison import BY, VALIDATION_MAE
from core.errors import XpzError
from core.jobs import active, resume
from core.prediction import of_calibration, shortage_of
from core.runs import (
    ABOUT_TRAINING_TIME,
    TRAINING_TIME,
    Run,
    Status,
    training_time,
    validation_mae,
)
from dashboard.shared import run_curves, state, store
from dashboard.shared.chooser import badges, choose_run, run_names
from dashboard.shared.live_job import cancel_button
from dashboard.shared.messages import errors_shown, plain, show_notices
from dashboard.shared.shown import show_log, show_queue
from dashboard.shared.store import FileVersion
from dashboard.shared.ways import link
from dashboard.shared.workers import leave_to_worker, start_here, where, where_line


def monitor(runs: dict[str, Run]) -> None:
    """Draw the chosen run; while any run is active, what moves is drawn anew every second."""
    choice, buttons = st.columns([3, 2], vertical_alignment="bottom")
    with choice:
        run = choose_run(runs)
    status = run.status()
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        _buttons(run, status)
    at_work = active(runs)
    if at_work:
        _live(run, runs, state.states(at_work))
    else:
        _progress(run, runs)


@st.fragment(run_every=1)
def _live(run: Run, runs: dict[str, Run], active_before: dict[str, str]) -> None:
    with errors_shown():
        _progress(run, runs)
    at_work: dict[str, Status] = {}
    with errors_shown():
        at_work = active(state.runs())
        names = run_names(runs)
        others = {each: at_work[each] for each in at_work if each != run.run_id}
        _queue({names.get(each, each): status for each, status in others.items()})
    if state.states(at_work) != active_before:
        # The buttons and the timer itself belong to the page: only its rerun stops the timer.
        st.rerun()


def _buttons(run: Run, status: Status) -> None:
    ours = state.is_own(run)
    if status.waits_for_worker and ours:
        start_here(run)
    if status.is_active and ours:
        kept = "Stops after the current batch. The training so far is kept and can be resumed."
        cancel_button(run, "cancel_training", kept)
    elif run.can_resume(status) and ours:
        if st.button(
            "Resume",
            icon=":material/resume:",
            help=f"Goes on after epoch {status.epoch} of {status.epochs}."
            if status.epoch
            else "Begins again: no epoch was finished.",
        ):
            resume(run)
            st.rerun()
        leave_to_worker(run, status, lambda: resume(run, to_workers=True))
    elif run.is_complete:
        link("evaluate", run=run)


def _progress(run: Run, runs: dict[str, Run]) -> None:
    """Draw state, progress, curves and log of the run as its folder has them now."""
    status, metrics = run.status(), run.metrics()
    data, start = run.config.data, run.config.start
    begun = ""
    if start is not None:
        begun = f", from the network of {run_names(runs).get(start.run_id, start.run_id)}"
    found = f", found by {run.config.found_by}" if run.config.found_by else ""
    galaxies = f"{state.name_of_data(data)}, {n_of(data.n_galaxies, 'galaxy')}{begun}{found}"
    st.markdown(f"{badges(run, status)} :small[· {plain(galaxies)}]")
    if status.state in ("failed", "lost"):
        st.error(plain(status.message), icon=":material/error:")
    if status.state == "cancelled":
        st.info(plain(status.message), icon=":material/cancel:")
    if status.state == "done" and shortage_of(run):
        show_notices(of_calibration(run))
    if status.is_active:
        with contextlib.suppress(XpzError, OSError):  # the process itself says what is wrong
            show_notices(store.training_notices(FileVersion.of(run.data_path), run.config.split))
        st.progress(status.fraction, text=_progress_text(run, status))
    result = run.result()
    took = training_time(run, status)
    _numbers(run, status, metrics, result, took)
    # Once there is a test error, that has the time's place.
    beside = f". {TRAINING_TIME}: {took}" if result and took else ""
    st.caption(f"{where_line(status)}{beside}", help=ABOUT_TRAINING_TIME if beside else None)
    run_curves.show(run, status, metrics, runs)
    show_log("Log of the training process", run.log(tail=100))


def _progress_text(run: Run, status: Status) -> str:
    if run.cancel_path.exists():
        return "Stopping after the current batch"
    if status.message:  # what it does before and after its epochs
        return plain(status.message)
    if status.state == "queued":
        return where(status)
    if status.fraction == 1:
        return "Exporting the network and predicting the test part"
    place = f"Epoch {status.epoch + 1} of {status.epochs}, step {status.step:,} of {status.steps:,}"
    left = status.seconds_left
    return place if left is None else f"{place}, about {duration(left, exact=True)} left"


def _numbers(
    run: Run, status: Status, metrics: pd.DataFrame, summary: dict[str, Any] | None, took: str
) -> None:
    best = metrics.iloc[metrics["val_loss"].argmin()] if len(metrics) else None
    definition, finished = BY[VALIDATION_MAE], validation_mae(run)
    numbers = (
        ("Epochs done", f"{status.epoch} / {status.epochs}", None),
        (
            "Lowest validation loss",
            None if best is None else f"{best['val_loss']:#.3g}".removesuffix("."),
            "Lowest so far; its weights are kept if the recipe keeps the best epoch. Lower is "
            "better, below zero too: a likelihood's loss is minus the logarithm of p(z).",
        ),
        (
            "Validation MAE at that epoch",
            None if best is None else redshift_error(best["val_mae"]),
            "Mean |z_pred - z_spec| of the validation part, after the same epoch. With p(z) it is "
            "that of its mean before calibration, which the finished run has and which may change "
            "it much after few epochs.",
        )
        if finished is None
        else (definition.title, redshift_error(finished), definition.sentence),
        (TRAINING_TIME, took or None, ABOUT_TRAINING_TIME)
        if summary is None
        else (
            "Test MAE",
            redshift_error(summary["evaluation"]["mae"]),
            "Mean |z_pred - z_spec| of the test part, which was not used in training.",
        ),
    )
    with st.container(key="numbers"):
        columns = st.columns((3, 4, 5, 3), gap="small")  # the longest label is cut else
    for column, (label, value, about) in zip(columns, numbers, strict=True):
        column.metric(label, value, help=about, border=True)


def _queue(others: dict[str, Status]) -> None:
    rows = [
        {
            "run": name,
            "progress": 100 * each.fraction,
            "state": each.state,
            "where": each.where,
            "submitted": each.submitted,
        }
        for name, each in others.items()
    ]
    progress = st.column_config.ProgressColumn("Progress", format="%.0f %%", max_value=100)
    show_queue(
        "Other runs running or waiting",
        rows,
        {"run": "Run", "progress": progress, "where": "Where"},
        "Runs that are training or waiting",
    )
