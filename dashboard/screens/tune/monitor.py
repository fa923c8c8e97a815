"""How a search goes: progress, best so far, the trial under way; read from its folder alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.amounts import duration, n_of, redshift_error
from core.jobs import JobStatus, active
from core.tuning import Budget, Search, SearchStatus, name_of_space, resume
from dashboard.figures import training, tuning
from dashboard.screens.tune.budget import budget_form, ends_of
from dashboard.screens.tune.marks import with_own
from dashboard.screens.tune.space_file import show_of_search
from dashboard.screens.tune.trash import delete_button
from dashboard.shared import state
from dashboard.shared.chooser import STATE_BADGES, run_names
from dashboard.shared.downloads import download_table
from dashboard.shared.live_job import ask_to_stop, cancel_button
from dashboard.shared.messages import errors_shown, origin_badge, plain
from dashboard.shared.number_field import wrong_fields
from dashboard.shared.searches import fraction, search_names, searches
from dashboard.shared.shown import beside, show_queue
from dashboard.shared.whole_range import whole_range
from dashboard.shared.workers import leave_to_worker, start_here, where, where_line

MORE_TRIALS, MORE_MINUTES = 12, 15  # that a search with a spent budget is offered
HEIGHT = 300  # of the two pictures, so that the trials can be seen below them
BADGES = STATE_BADGES | {"paused": ":orange-badge[:material/pause_circle: paused]"}


def show_buttons(search: Search, status: SearchStatus) -> None:
    """Draw what can be done with the search as it is: its space again, pause, cancel, resume."""
    show_of_search(search)
    if not state.is_own(search):
        return
    if status.waits_for_worker:
        start_here(search)
    if status.is_active:
        st.button(
            "Pause",
            icon=":material/pause_circle:",
            key="pause_search",
            disabled=search.cancel_path.exists(),
            help="Stops after the current batch and frees the device; it can be resumed.",
            on_click=ask_to_stop,
            args=(search, "paused"),
        )
        kept = "Stops after the current batch. Finished trials are kept."
        cancel_button(search, "cancel_search", kept)
    else:
        if not status.is_used_up:
            _resume(search, status)
        delete_button(search)


def _resume(search: Search, status: SearchStatus) -> None:
    """Draw what makes a search go on, with a budget to begin with that leaves it something."""
    budget, ended = search.budget, status.trials_ended
    trials, minutes = budget.trials, budget.minutes
    if trials is None or trials <= ended:
        trials = ended + MORE_TRIALS
    if minutes is None or 60 * minutes <= status.seconds:
        minutes = round(status.seconds / 60 + MORE_MINUTES)
    label = "More trials" if status.state == "done" else "Resume"
    with st.popover(label, icon=":material/resume:"):
        with wrong_fields() as wrong:
            wanted = budget_form(
                f"resume.{search.search_id}.{ended}",
                ends_of(budget),
                trials,
                float(minutes),
                trials_help=f"Failed trials count. {ended} have ended.",
                minutes_help=f"Working time. {duration(status.seconds, exact=True)} are spent.",
            )
        if st.button(
            "Go on",
            type="primary",
            icon=":material/play_arrow:",
            key="go_on",
            disabled=bool(wrong),
        ):
            with errors_shown():
                resume(search, wanted)
                st.rerun()
        if not wrong:
            leave_to_worker(search, status, lambda: resume(search, wanted, to_workers=True))


def show_progress(search: Search, *, with_pictures: bool) -> None:
    """Draw how the search goes, in numbers and pictures too if asked to; if active, each second."""
    status = search.status()
    if status.is_active:
        _live(search, status.state, status.trials_ended, with_pictures=with_pictures)
    else:
        _draw(search, status, with_pictures=with_pictures)


@st.fragment(run_every=1)
def _live(search: Search, state_before: str, ended_before: int, *, with_pictures: bool) -> None:
    status = None
    with errors_shown():
        status = search.status()
    # Buttons, table and the timer itself belong to the page: only its rerun stops the timer. Before
    # anything is drawn, or the numbers here would be ahead of the table until it is there.
    if status is None or (status.state, status.trials_ended) != (state_before, ended_before):
        st.rerun()
    with errors_shown():
        _draw(search, status, with_pictures=with_pictures)
        _queue(search)


def _draw(search: Search, status: SearchStatus, *, with_pictures: bool) -> None:
    config, budget = search.config, search.budget
    budget = replace(budget, trials=config.most_trials(budget))
    st.markdown(
        f"{BADGES[status.state]} :gray-badge[{plain(config.algorithm)}] "
        f":gray-badge[space {plain(name_of_space(config.space))}] :small[trained on] "
        f"{origin_badge(config.data.origin)} "
        f":small[{plain(state.name_of_data(config.data))}, "
        f"{n_of(config.data.n_galaxies, 'galaxy')}]"
    )
    if status.state in ("failed", "lost"):
        st.error(plain(status.message), icon=":material/error:")
    elif status.state in ("paused", "cancelled"):
        st.info(plain(status.message), icon=":material/pause_circle:")
    elif status.state == "done" and status.message:
        st.info(plain(status.message), icon=":material/info:")
    if status.is_active:
        st.progress(fraction(status, budget), text=_progress_text(search, status))
    st.caption(where_line(status))
    trials = search.trials()
    if not with_pictures:
        return
    _numbers(status, budget, trials)
    left, right = beside("progress")
    with left:
        _history(search, trials)
    with right:
        _curves(search, trials)


def _progress_text(search: Search, status: SearchStatus) -> str:
    if search.cancel_path.exists():
        return "Stopping after the current batch"
    if status.message:
        return plain(status.message)
    if status.state == "queued":
        return where(status)
    if search.config.workers > 1:
        return _side_by_side(search)
    if status.trial is None:
        return "Between two trials"
    return f"Trial {status.trial}, epoch {status.epoch + 1} of at most {status.epochs}"


def _side_by_side(search: Search) -> str:
    """Say how far each of the trials is that are under way."""
    at_work = [
        f"{trial.number} in epoch {len(search.curves(trial.number)) + 1}"
        for trial in search.open_trials()
    ]
    return f"Trials {', '.join(at_work)}" if at_work else "Between two trials"


def _numbers(status: SearchStatus, budget: Budget, trials: pd.DataFrame) -> None:
    with st.container(key="numbers"):
        ended, best, spent, device = st.columns(4, gap="small")
    of = "" if budget.trials is None else f" / {budget.trials}"
    limit = "" if budget.minutes is None else f" / {duration(60 * budget.minutes, exact=True)}"
    failed = f"{status.trials_failed} failed" if status.trials_failed else None
    number = f"trial {best_trial(trials)}" if trials["mae"].notna().any() else None
    how: dict[str, Any] = {"height": "stretch", "border": True}
    grey: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off", **how}
    ended.metric("Trials ended", f"{status.trials_ended}{of}", failed, **grey)
    best.metric(
        "Lowest validation MAE",
        None if status.best_mae is None else redshift_error(status.best_mae),
        number,
        help=(
            "Mean |z_pred - z_spec| of the validation part in training; with p(z), before it is "
            "calibrated. The best of many is partly luck: promote it to a run, which is evaluated "
            "on the test part that no trial has seen."
        ),
        **grey,
    )
    spent.metric("Time at work", f"{duration(status.seconds, exact=True)}{limit}", **how)
    device.metric("Device", status.device or None, **how)


def best_trial(trials: pd.DataFrame) -> int:
    """Return the number of the trial with the lowest MAE; at least one must have one."""
    return int(trials.sort_values("mae")["trial"].iloc[0])


def _history(search: Search, trials: pd.DataFrame) -> None:
    ended = trials[trials["state"].isin(("done", "failed"))]
    if ended.empty:
        st.info(
            "The figure appears when the first trial has finished.", icon=":material/show_chart:"
        )
        return
    chart = tuning.history(with_own(search, ended)).properties(height=HEIGHT)
    # The description counts the trials: a specification that changes makes the chart flicker.
    chart.description = alt.Undefined
    st.altair_chart(
        chart, key="search_history", alt="Validation MAE of each trial, and the best so far"
    )
    best = ended[["trial", "state", "mae"]].assign(best=ended["mae"].cummin().ffill())
    download_table("Best so far", best, f"{search.search_id}-history")


def _curves(search: Search, trials: pd.DataFrame) -> None:
    """Draw the curves of the trial under way; of the best one where there is none."""
    under_way = trials.loc[trials["state"] == "running", "trial"].to_list()
    if under_way:
        number, words = under_way[0], "under way"
    elif trials["mae"].notna().any():
        number, words = best_trial(trials), "the best"
    else:
        return
    metrics = search.curves(number)
    if metrics.empty:
        words = "The curves appear after the first epoch."
        if not under_way:
            words = "There are no curves: no epoch was completed."
        st.info(words, icon=":material/show_chart:")
        return
    chart = training.curves(
        metrics, "mae", whole=whole_range(), title=f"Trial {number}, {words}: MAE"
    ).properties(height=HEIGHT)
    chart.description = alt.Undefined
    st.altair_chart(
        chart,
        key="search_curves",
        alt="MAE of the training and validation part per epoch, of the trial under way or the best",
    )
    download_table("Curves", metrics, f"{search.search_id}-trial-{number}-curves")


def _queue(search: Search) -> None:
    """List the other searches and the runs that train or wait."""
    jobs: dict[str, Mapping[str, JobStatus]] = {
        "search": active(searches()),
        "training": active(state.runs()),
    }
    names = {"search": search_names(searches()), "training": run_names(state.runs())}
    others = [
        {
            "job": names[kind].get(job, job),
            "kind": kind,
            "state": status.state,
            "where": status.where,
            "submitted": status.submitted,
        }
        for kind, statuses in jobs.items()
        for job, status in statuses.items()
        if (kind, job) != ("search", search.search_id)
    ]
    show_queue(
        "Other searches and trainings running or waiting",
        others,
        {"job": "Job", "kind": "Kind", "where": "Where"},
        "Searches and trainings that are running or waiting",
    )
