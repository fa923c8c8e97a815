"""The headline numbers: value, 95 % interval and definition of each."""

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.evaluation import bins
from core.evaluation.calibration import SCORES
from core.evaluation.coverage import COVERAGE
from core.evaluation.error_by_sigma import ERROR_BY_SIGMA
from core.evaluation.high_redshift import HIGH_Z_ERROR, PRED_BIAS
from core.evaluation.metrics import HEADLINE, Definition
from dashboard.shared.judged import Judged


def choose_criterion() -> str:
    """Draw the switch of the outlier criterion and return the chosen one."""
    criteria = [metric.criterion for metric in HEADLINE.values() if metric.criterion]
    return st.segmented_control(
        "Outliers beyond |e| of",
        criteria,
        default=criteria[0],
        required=True,
        key="outliers",
        bind="query-params",
        help="0.15 as with EAZY, a stricter 0.05, or RAIL's limit, which follows the scatter of "
        "the run itself. e = (z_pred − z_spec) / (1 + z_spec).",
    )


def show_definitions() -> None:
    """Draw the button that opens every definition."""
    with st.popover("Definitions", icon=":material/function:"):
        for definition in (
            *HEADLINE.values(),
            *bins.DEFINITIONS.values(),
            HIGH_Z_ERROR,
            PRED_BIAS,
            COVERAGE,
            *SCORES.values(),
            ERROR_BY_SIGMA,
        ):
            st.markdown(f"**{definition.title}** &ensp; ${definition.formula}$")
            st.caption(f"{definition.sentence} *{definition.source}*")


def show(judged: Judged, criterion: str) -> None:
    """Draw the headline numbers of `judged`."""
    report = judged.report
    with st.grid(6, gap="small", min_column_width=150):
        for name, metric in HEADLINE.items():
            if metric.criterion in ("", criterion):
                ends = interval(report["intervals"][name], percent=metric.percent)
                show_metric(metric, number(report[name], percent=metric.percent), ends)


def show_metric(definition: Definition, value: str, below: str) -> None:
    """Draw a number with its definition as help."""
    st.metric(
        definition.title,
        value,
        delta=below,
        delta_color="off",
        delta_arrow="off",
        help=f"${definition.formula}$\n\n{definition.sentence}\n\n*{definition.source}*",
        border=True,
    )


def number(value: float, *, percent: bool = False, signed: bool = False, decimals: int = 4) -> str:
    """Return a number for people: a minus as print has it, none before a 0."""
    sign = "+" if signed else "-"
    text = f"{100 * value:{sign}z.2f} %" if percent else f"{value:{sign}z.{decimals}f}"
    return text.replace("-", "−")


def interval(ends: Sequence[float | None], **style: Any) -> str:
    """Return the ends of an interval for people, each as `number` has it; none: None or NaN."""
    low, high = ends
    if low is None or high is None or math.isnan(low):
        return "no interval"
    return f"{number(low, **style).removesuffix(' %')} to {number(high, **style)}"
