"""Training curves of the chosen runs over each other."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.runs import Run
from dashboard.figures import comparison_curves
from dashboard.figures.training import values_of
from dashboard.screens.compare.in_files import by_key
from dashboard.shared.chooser import choose_one
from dashboard.shared.downloads import download_table
from dashboard.shared.log_toggle import log_toggle
from dashboard.shared.shared_loss import sharing_loss
from dashboard.shared.shown import beside
from dashboard.shared.smoothing import choose_smoothing
from dashboard.shared.whole_range import whole_range

ALONG = {title: name for name, title in comparison_curves.ALONG.items()}


def show(runs: dict[str, Run], keys: Mapping[str, str]) -> None:
    """Draw loss and error of the runs, by their names; `keys` as of `by_key`."""
    metrics = {name: run.metrics() for name, run in runs.items()}
    drawn = {name: table for name, table in metrics.items() if len(table)}
    if not drawn:
        st.info("None of these has training curves.", icon=":material/show_chart:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        along = choose_one("Along", list(ALONG), "curves_along")
        smoothing = choose_smoothing("compare_smoothing", width=200)
        log_x = st.toggle("Log x axis", key="compare_log_x", persist_state="session")
        both = st.toggle("Training part", key="compare_training", persist_state="session")
        whole = whole_range()
    recipes = {name: runs[name].config.recipe for name in drawn}
    same_loss = sharing_loss(recipes, "runs", "compare_kind")
    parts = {"mae": drawn, "loss": {name: drawn[name] for name in same_loss}}
    for column, (quantity, part) in zip(beside("curves"), parts.items(), strict=True):
        with column:
            values = [each for table in part.values() for each in values_of(table, quantity)]
            log_y = log_toggle(values, f"compare_log_{quantity}", "Log y axis")
            chart = comparison_curves.curves(
                part,
                quantity,
                names=list(drawn),
                along=ALONG[along],
                log_x=log_x,
                log_y=log_y,
                smoothing=smoothing,
                with_training=both,
                whole=whole,
            )
            st.altair_chart(chart, key=f"compare_{quantity}")
    st.caption("Of each run's own validation part.")
    table = pd.concat([each.assign(run=name) for name, each in drawn.items()], ignore_index=True)
    download_table("Curves", by_key(table, keys), "compared-curves")
