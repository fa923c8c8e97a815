"""Paired differences to one run on the same galaxies, with intervals, and what they say."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.evaluation.comparison import DEFINITIONS, Difference, verdict
from dashboard.downloads import download_table
from dashboard.figures import comparison
from dashboard.messages import plain

VERDICTS = {"b": "better", "a": "worse", None: "not told apart"}


def show(reference: str, found: Mapping[str, Mapping[str, Difference]]) -> None:
    """Draw the forest plot of one metric and a sentence per run.

    Parameters
    ----------
    reference : str
        Name of the run that the others are compared with.
    found : mapping
        As `core.evaluation.comparison.differences(reference, other)` returns, by the other's name.
    """
    metrics = list(dict.fromkeys(metric for each in found.values() for metric in each))
    metric = st.selectbox(
        "Metric",
        metrics,
        format_func=lambda name: DEFINITIONS[name].title,
        key="difference",
        bind="query-params",
        width=260,
    )
    told = {name: each[metric] for name, each in found.items() if metric in each}
    left, right = st.columns([3, 2], gap="medium")
    with left:
        title = "|Bias|" if metric == "bias" else DEFINITIONS[metric].title
        st.altair_chart(
            comparison.differences(
                long_table({n: {metric: d} for n, d in told.items()}), title, reference
            ),
            key="paired_differences",
        )
        download_table(
            "Differences", long_table(found).assign(reference=reference), "compared-differences"
        )
    with right:
        for name, difference in told.items():
            st.markdown(sentence(reference, name, difference))
    st.caption(
        "All runs meet the same resamples of the same galaxies (paired bootstrap): what makes a "
        "galaxy hard for all of them cancels. Below 0 is better, of the bias in its size. Beside "
        "±: the standard error. An interval that holds 0 tells nothing apart."
    )


def sentence(reference: str, name: str, difference: Difference) -> str:
    """Return in Markdown what a difference says, with a sign in front."""
    icon = {
        "better": ":green[:material/trending_down:]",
        "worse": ":orange[:material/trending_up:]",
        "not told apart": ":gray[:material/drag_handle:]",
    }[VERDICTS[difference.better]]
    return f"{icon} {plain(verdict(reference, name, difference))}"


def long_table(found: Mapping[str, Mapping[str, Difference]]) -> pd.DataFrame:
    """Return run, metric, a (reference), b, difference, standard_error, low, high, n, verdict."""
    return pd.DataFrame(
        [
            {"run": name, **vars(difference), "verdict": VERDICTS[difference.better]}
            for name, each in found.items()
            for difference in each.values()
        ]
    )
