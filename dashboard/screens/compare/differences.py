"""Paired differences to one run on the same galaxies, with intervals, and what they say."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.evaluation import METRICS, PLUS_MINUS, UNRANKED, Difference, verdict
from core.spreadsheet import without_formulas
from dashboard.figures import comparison
from dashboard.screens.compare.in_files import by_key
from dashboard.shared import state
from dashboard.shared.columns import TEXT, height_for, width_for
from dashboard.shared.messages import plain
from dashboard.shared.shown import NUMBER, show_figure, show_table

VERDICTS = {"b": "better", "a": "worse", None: "not distinguished"}
NOT_RANKED = "not ranked"
N_SAID = 3
TOLD, NOT_TOLD = ":green[:material/check_circle:]", ":gray[:material/drag_handle:]"


def choose_metric(found: Mapping[str, Mapping[str, Difference]]) -> str:
    """Draw the choice of what is compared, and return the metric's name."""
    names = {METRICS[metric].title: metric for each in found.values() for metric in each}
    state.check_address("by", list(names), "metric")
    return names[st.selectbox("Metric", list(names), key="by", bind="query-params")]


def say(reference: str, found: Mapping[str, Mapping[str, Difference]], metric: str) -> None:
    """Say of every other run, by name, if it is better than the reference or lacks the metric."""
    said = [sentence(reference, name, each.get(metric), metric) for name, each in found.items()]
    for each in said[:N_SAID]:
        st.markdown(each)
    if said[N_SAID:]:
        with st.expander(f"{len(said) - N_SAID} more", key="more_verdicts"):
            for each in said[N_SAID:]:
                st.markdown(each)
    if said:
        st.caption(PLUS_MINUS)


def sentence(reference: str, name: str, found: Difference | None, metric: str) -> str:
    """Return in Markdown what a difference says; None: the run does not have the metric."""
    if found is None:
        return f":gray[:material/remove:] {plain(name)} has no {plain(METRICS[metric].title)}."
    return f"{TOLD if found.better else NOT_TOLD} {plain(verdict(reference, name, found))}"


def show(
    reference: str,
    found: Mapping[str, Mapping[str, Difference]],
    metric: str,
    keys: Mapping[str, str],
) -> None:
    """Draw the forest plot of one metric and its numbers; parameters as of `say` and `by_key`."""
    table = long_table(found)
    known, title = METRICS[metric], METRICS[metric].title_of_difference
    shown = table[table["metric"] == known.compared_name(metric)]
    decimals = comparison.decimals_of_all(known, shown)
    shown = shown.assign(**known.shown(shown[list(_NUMBERS)]))
    chart = comparison.differences(shown, title, reference, decimals)
    show_figure(chart, "paired_differences")
    width = width_for(shown["run"], *NAME_WIDTHS)
    show_table(
        without_formulas(shown),
        {
            "run": TEXT("Run", width=width),
            **{k: NUMBER(label, format=f"%.{decimals}f") for k, label in _NUMBERS.items()},
            "verdict": "Verdict",
        },
        f"Differences in {title} to {reference}, with their intervals",
        "Differences in every metric",
        by_key(table, keys).assign(reference=keys[reference]),
        "compared-differences",
        row_height=height_for(shown["run"], width, 30),
    )
    st.caption(
        "All runs meet the same resamples of the same galaxies (paired bootstrap): what makes a "
        "galaxy hard for all of them cancels. Below 0 is better, of the bias in its size. ± is "
        "one standard error. If the 95 % interval contains 0, the runs are not distinguished. "
        + UNRANKED
    )


def long_table(found: Mapping[str, Mapping[str, Difference]]) -> pd.DataFrame:
    """Return run, metric, a (reference), b, difference, standard_error, low, high, n, verdict."""
    return pd.DataFrame(
        [
            {
                "run": name,
                **difference.told(),
                "verdict": NOT_RANKED
                if not METRICS[difference.metric].ranks
                else VERDICTS[difference.better],
            }
            for name, each in found.items()
            for difference in each.values()
        ]
    )


NAME_WIDTHS = 120, 465
"""Of the column of runs, at least and at most: a window of 1280 shows the verdict [pixels]."""
_NUMBERS = {"difference": "Difference", "standard_error": "±", "low": "95 % from", "high": "to"}
