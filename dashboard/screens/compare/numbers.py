"""Every metric of every run with its interval, and what each run cost."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.comparison import FACTS, fact_text
from core.evaluation import METRICS, OF_SHARES, OWN_INTERVAL, UNRANKED, Scores, own_coverage
from core.model import as_cell
from core.spreadsheet import changed
from dashboard.screens.compare.in_files import by_key
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain
from dashboard.shared.numbers import interval, number


def show(
    scores: Mapping[str, Scores],
    predictions: Mapping[str, pd.DataFrame],
    facts: pd.DataFrame,
    keys: Mapping[str, str],
) -> None:
    """Draw metrics (rows) by runs (columns) on the same galaxies, and below them what each cost.

    All are by the runs' names; `facts` as of `core.comparison.facts_table`, `keys` as of `by_key`.
    """
    names = list(scores)
    numbers = pd.DataFrame(
        {name: [cell(scores, name, metric) for metric in metrics_of(scores)] for name in names},
        index=[METRICS[metric].title for metric in metrics_of(scores)],
    )
    inside = {name: own_coverage(predictions[name]) for name in names}
    numbers.loc[OWN_INTERVAL] = {name: share_cell(each) for name, each in inside.items()}
    st.table(
        pd.concat([numbers, cost(facts, names)]).rename(columns=plain).rename_axis("Number"),
        border="horizontal",
        alt="Metrics with 95 % intervals, and cost, of every run",
    )
    st.caption(
        f"Grey: 95 % intervals from resampled galaxies; {OF_SHARES}. Bold: the lowest by "
        "the digits shown, of the bias in its size, so that several may be; whether one is lower "
        f"by more than chance, the paired differences tell. {UNRANKED}"
    )
    with st.container(horizontal=True):
        download_table("Numbers", by_key(long_table(scores, inside), keys), "compared-numbers")
        costs = facts.apply(changed, change=as_cell).T.rename_axis("run").reset_index()
        download_table("Cost", by_key(costs, keys), "compared-cost")


def cost(facts: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return what each of the runs cost in Markdown; an estimate of another's has no cost."""
    told = {name: facts[name] if name in facts else pd.Series(dtype=object) for name in names}
    return pd.DataFrame(
        {
            name: [plain(fact_text(fact, values.get(fact))) for fact in FACTS]
            for name, values in told.items()
        },
        index=list(FACTS.values()),
    )


def share_cell(inside: Mapping[str, float]) -> str:
    """Return a share as of `own_coverage` in Markdown."""
    if not inside:
        return "–"
    value, low, high = (100 * inside[name] for name in ("value", "low", "high"))
    return f"{value:.2f} % :small[:gray[{low:.2f} to {high:.2f} %]]"


def metrics_of(scores: Mapping[str, Scores]) -> list[str]:
    """Return the metrics that any of the runs has, each once."""
    return list(dict.fromkeys(metric for each in scores.values() for metric in each.metrics))


def cell(scores: Mapping[str, Scores], name: str, metric: str) -> str:
    """Return a run's metric with its interval in Markdown, bold where no run's is better."""
    mine = scores[name]
    if metric not in mine.metrics:
        return "–"
    shown = METRICS[metric]
    style: dict[str, Any] = {"percent": shown.percent, "decimals": shown.decimals}
    value, ends = number(mine.metrics[metric], **style), interval(mine.interval(metric), **style)
    of_all = {run: each.metrics[metric] for run, each in scores.items() if metric in each.metrics}
    return f"{f'**{value}**' if name in shown.best(of_all) else value} :small[:gray[{ends}]]"


def long_table(
    scores: Mapping[str, Scores], inside: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Return run, metric, value, low, high, n: a row per run and metric, then the own interval."""
    rows: list[dict[str, Any]] = []
    for name, each in scores.items():
        for metric, value in each.metrics.items():
            ends = dict(zip(("low", "high"), each.interval(metric), strict=True))
            rows.append({"run": name, "metric": metric, "value": value, **ends, "n": each.n})
        if inside[name]:
            rows.append({"run": name, "metric": "own_interval", **inside[name], "n": each.n})
    return pd.DataFrame(rows)
