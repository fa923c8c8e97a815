"""The headline numbers: value, 95 % interval and definition of each."""

import streamlit as st

from core import evaluation
from dashboard.shared.chooser import choose_one
from dashboard.shared.judged import Judged
from dashboard.shared.numbers import interval, number
from dashboard.shared.shown import show_number


def choose_criterion() -> str:
    """Draw the switch of the outlier criterion and return the chosen one."""
    criteria = [metric.criterion for metric in evaluation.HEADLINE.values() if metric.criterion]
    st.markdown(
        ":small[Outliers: |e| >]",
        width="content",
        help="0.15 as with EAZY, a stricter 0.05, or RAIL's limit, which follows the scatter of "
        "the run itself. e = (z_pred − z_spec) / (1 + z_spec).",
    )
    return choose_one("Outliers beyond |e| of", criteria, "outliers", label_visibility="collapsed")


def show_definitions() -> None:
    """Draw the button that opens every definition."""
    with st.popover("Definitions", icon=":material/function:"):
        for definition in (
            *evaluation.HEADLINE.values(),
            *evaluation.bins.DEFINITIONS.values(),
            evaluation.HIGH_Z_ERROR,
            evaluation.PRED_BIAS,
            evaluation.COVERAGE,
            *evaluation.SCORES.values(),
            evaluation.ERROR_BY_SIGMA,
        ):
            st.markdown(f"**{definition.title}** &ensp; ${definition.formula}$")
            st.caption(f"{definition.sentence} *{definition.source}*")


def show(judged: Judged, criterion: str) -> None:
    """Draw the headline numbers of `judged`, all in one strip."""
    report = judged.report
    metrics = {
        name: metric
        for name, metric in evaluation.HEADLINE.items()
        if metric.criterion in ("", criterion)
    }
    with st.container(border=True, key="strip"):
        for column, (name, metric) in zip(st.columns(len(metrics)), metrics.items(), strict=True):
            ends = interval(report["intervals"][name], percent=metric.percent)
            with column:
                value = number(report[name], percent=metric.percent)
                show_number(metric, value, ends, border=False)
