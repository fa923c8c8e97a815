"""Which runs are the best by each metric."""

import pandas as pd
import streamlit as st

from core.comparison import BY, best_by
from core.spreadsheet import without_formulas
from dashboard.shared.columns import TEXT
from dashboard.shared.shown import show_table

N_BEST = 2
"""Runs that are named of those that are the best by a metric; its file has them all."""


def show(table: pd.DataFrame) -> None:
    """Draw which run is best by each metric, to be opened."""
    found = best_by(table)
    if found.empty:
        return
    with st.popover("Best by each metric", icon=":material/trophy:"):
        found.insert(2, "name", found["run"].map(table["name"]))
        shown = [
            {
                "metric": BY[str(metric)].compared_title,
                "name": _some_of(alike["name"].tolist()),
                "value": BY[str(metric)].text(alike["value"].iloc[0]).replace("-", "−"),
            }
            for metric, alike in found.groupby("metric", sort=False)
        ]
        columns = {"metric": "Metric", "name": TEXT("Run", width=220), "value": "Value"}
        show_table(
            without_formulas(pd.DataFrame(shown)),
            columns,
            "The best of these runs by each metric",
            "Best by each metric",
            found.assign(metric=[BY[name].compared_name(name) for name in found["metric"]]),
            "best-runs",
            width=460,
        )
        if len(shown) < len(found):
            st.caption("Several runs are the best where the digits shown do not tell them apart.")


def _some_of(names: list[str]) -> str:
    """Return runs that no digit shown tells apart: a few names, and how many more there are."""
    few = ", ".join(names[:N_BEST])
    return f"{few} and {len(names) - N_BEST:,} more" if names[N_BEST:] else few
