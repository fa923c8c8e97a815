"""The headline numbers: value, 95 % interval and definition of each."""

import streamlit as st

from core.evaluation import calibration
from core.evaluation.coverage import COVERAGE
from core.evaluation.error_by_sigma import ERROR_BY_SIGMA
from core.evaluation.high_redshift import HIGH_Z_ERROR, PRED_BIAS
from core.evaluation.metrics import DEFINITIONS
from dashboard.shared.judged import Judged
from dashboard.shared.numbers import interval, number

PLAIN_METRICS = ("mae", "bias", "sigma_nmad", "sigma_iqr", "rms")
EVERY_DEFINITION = (
    *DEFINITIONS.values(),
    HIGH_Z_ERROR,
    PRED_BIAS,
    COVERAGE,
    *calibration.DEFINITIONS.values(),
    ERROR_BY_SIGMA,
)
CRITERIA = {"0.15": "eazy", "0.05": "strict", "RAIL": "rail"}


def choose_criterion() -> str:
    """Draw the switch of the outlier criterion and return the chosen one."""
    chosen = st.segmented_control(
        "Outliers beyond |e| of",
        list(CRITERIA),
        default=next(iter(CRITERIA)),
        required=True,
        key="outliers",
        bind="query-params",
        help="0.15 as with EAZY, a stricter 0.05, or RAIL's limit, which follows the scatter of "
        "the run itself. e = (z_pred − z_spec) / (1 + z_spec).",
    )
    return CRITERIA[chosen]


def show_definitions() -> None:
    """Draw the button that opens every definition."""
    with st.popover("Definitions", icon=":material/function:"):
        for definition in EVERY_DEFINITION:
            st.markdown(f"**{definition.title}** &ensp; ${definition.formula}$")
            st.caption(f"{definition.sentence} *{definition.source}*")


def show(judged: Judged, criterion: str) -> None:
    """Draw the headline numbers of `judged`."""
    outliers = f"outlier_fraction_{criterion}"
    with st.grid(6, gap="small", min_column_width=150):
        for name in (*PLAIN_METRICS, outliers):
            definition = DEFINITIONS[name]
            st.metric(
                definition.title,
                number(judged.report[name], percent=name == outliers),
                delta=interval(judged.report["intervals"][name], percent=name == outliers),
                delta_color="off",
                delta_arrow="off",
                help=f"${definition.formula}$\n\n{definition.sentence}\n\n*{definition.source}*",
                border=True,
            )
