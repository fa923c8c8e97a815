"""The curves of a run, live or ended: loss, error, learning rate, time; a second run over them."""

import altair as alt
import pandas as pd
import streamlit as st

from core.errors import XpzError
from core.runs import Run, Status
from dashboard.figures import training
from dashboard.shared.chooser import run_labels, run_name, run_names
from dashboard.shared.downloads import download_table
from dashboard.shared.log_toggle import log_toggle
from dashboard.shared.messages import plain
from dashboard.shared.shown import beside
from dashboard.shared.smoothing import choose_smoothing
from dashboard.shared.whole_range import whole_range

ANOTHER_LOSS = (
    " It was trained with another loss, whose values cannot be compared: its loss is not drawn."
)


def show(run: Run, status: Status, metrics: pd.DataFrame, others: dict[str, Run]) -> None:
    """Draw what can be chosen about the curves, then the curves as the run's folder has them."""
    if metrics.empty:
        words = "The curves appear after the first epoch."
        if not status.is_active:
            words = "There are no curves: no epoch was completed."
        st.info(words, icon=":material/show_chart:")
        return
    choice, smooth, how_far = st.columns([4, 2, 2], vertical_alignment="bottom", gap="medium")
    with choice:
        second = _second(run, others)
    with smooth:
        smoothing = choose_smoothing("curves_smoothing")
    with how_far:
        whole = whole_range()
    _draw(run, status, metrics, second, smoothing, whole=whole)


def _draw(
    run: Run,
    status: Status,
    metrics: pd.DataFrame,
    second: Run | None,
    smoothing: float,
    *,
    whole: bool,
) -> None:
    kept, word = _best(run, status, metrics)
    pair, same_loss = _beside(run, second)
    if pair is not None:
        another = "" if same_loss else ANOTHER_LOSS
        st.caption(f"Solid: **{plain(pair[0])}**. Dashed: **{plain(pair[1])}**.{another}")
    for column, quantity in zip(beside("curves"), ("loss", "mae"), strict=True):
        # Losses of two kinds share no axis.
        drawn = pair if quantity == "mae" or same_loss else None
        values = training.values_of(metrics, quantity)
        with column:
            log = log_toggle(values, f"curves_log_{quantity}")
        chart = training.curves(
            metrics,
            quantity,
            log=log,
            smoothing=smoothing,
            best_epoch=kept,
            mark=word,
            whole=whole,
            beside=drawn,
        )
        # The description counts the epochs: a specification that changes makes the chart flicker.
        chart.description = alt.Undefined
        column.altair_chart(
            chart,
            key=f"curve_{quantity}",
            alt=f"{training.TITLES[quantity]} of the training and validation part per epoch",
        )
    for column, (name, title) in zip(beside("courses"), training.COURSES.items(), strict=True):
        chart = training.course(metrics, name, pair, whole=whole)
        chart.description = alt.Undefined
        column.altair_chart(chart, key=f"course_{name}", alt=f"{title} per epoch")
    if second is None or pair is None:
        download_table("Curves", metrics, f"{run.run_id}-curves")
        return
    parts = zip((run, second), pair[:2], (metrics, pair[2]), strict=True)
    both = [table.assign(run=of.run_id, name=name) for of, name, table in parts]
    table = pd.concat(both, ignore_index=True)
    table = table[["run", "name", *metrics.columns]]
    download_table("Curves", table, f"{run.run_id}-curves")


def _second(run: Run, others: dict[str, Run]) -> Run | None:
    """Draw the choice of a run whose curves are laid over."""
    labels = {each: name for each, name in run_labels(others).items() if each != run.run_id}
    key = "curves_beside"
    if st.session_state.get(key) not in labels:
        st.session_state.pop(key, None)
    chosen = st.selectbox(
        "Compare the curves with",
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        placeholder="None",
        key=key,
        persist_state="session",
    )
    return None if chosen is None else others[chosen]


def _beside(run: Run, second: Run | None) -> tuple[training.Beside | None, bool]:
    """Return the second run as the figures take it, and whether its loss is the first's."""
    if second is None:
        return None, True
    try:
        metrics = second.metrics()
        same = second.config.recipe.loss_settings == run.config.recipe.loss_settings
    except XpzError as error:
        st.warning(plain(error), icon=":material/broken_image:")
        return None, True
    if metrics.empty:
        st.caption(f"{plain(run_name(second.run_id))} has no epoch yet.")
        return None, True
    mine, theirs = run_names({each.run_id: each for each in (run, second)}).values()
    return (mine, theirs, metrics), same


def _best(run: Run, status: Status, metrics: pd.DataFrame) -> tuple[int, str]:
    """Return the epoch with the lowest validation loss, and what it is called."""
    epoch = int(metrics["epoch"].iloc[metrics["val_loss"].argmin()])
    if status.is_active:
        return epoch, "best so far"
    return epoch, "kept" if run.config.recipe.training.restore_best_weights else "best"
