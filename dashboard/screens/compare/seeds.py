"""Runs that differ in the seed alone: how far their numbers scatter."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.comparison import (
    MAX_RUNS,
    names_of,
    of_repetition,
    repetitions,
    seed_groups,
    seed_table,
)
from core.evaluation import METRICS, Metric, Scores
from core.model import as_cell
from core.runs import Run
from dashboard.figures import seeds as figures
from dashboard.screens.compare.choice import choose_next
from dashboard.shared import more_seeds
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain
from dashboard.shared.shown import TEXT, show_figure, show_table


def show(
    runs: Mapping[str, Run],
    scored: Mapping[str, Scores],
    metric: str,
    at_hand: Mapping[str, Run],
    keys: Mapping[str, str],
) -> None:
    """Draw how far every metric scatters over runs of the same settings; offer more of them.

    `scored` are by the runs' names; `metric` is the one that is drawn, `at_hand` all complete runs;
    `keys` are what files call the runs, by their names.
    """
    table = seed_table(runs, {name: each.metrics for name, each in scored.items()})
    for names in repetitions(runs):
        st.info(plain(of_repetition(names)), icon=":material/content_copy:")
    if table.empty:
        st.info(
            "No two of these runs have the same settings with different seeds. Two trainings "
            "of the same recipe differ by chance: train it again with other seeds to see how much.",
            icon=":material/casino:",
        )
    for number, group in table.groupby("group"):
        _show_group(number, group, scored, metric)
    if len(table):
        st.caption(
            "Runs whose settings are the same but for the seed of weights and batches. Dashed line "
            "and band: mean and spread, the standard deviation over the runs (n − 1). Bars, as all "
            "intervals elsewhere on this screen, are over galaxies: they do not include this "
            "scatter."
        )
        ids = table["runs"].map(lambda names: as_cell([keys[name] for name in names]))
        in_file = table.assign(runs=ids, seeds=table["seeds"].map(as_cell))
        in_file.insert(2, "names", table["runs"].map(as_cell))
        download_table("Seeds", in_file, "compared-seeds")
    _offer_seeds([run.run_id for run in runs.values()], at_hand)
    st.header("More seeds")
    more_seeds.show(runs[st.selectbox("Of the recipe of", list(runs), key="seeds_of", width=400)])


def _show_group(
    number: Any, group: pd.DataFrame, scored: Mapping[str, Scores], metric: str
) -> None:
    """Draw the runs of a group by the chosen metric, and the spread of every one."""
    names, seeds = group["runs"].iloc[0], group["seeds"].iloc[0]
    each = ", ".join(
        f"{plain(name)} (seed {seed})" for name, seed in zip(names, seeds, strict=True)
    )
    st.markdown(f"**{n_of(len(names), 'run')} of the same settings**: {each}")
    drawn = group[group["metric"] == metric]
    if len(drawn):
        values = [scored[name].metrics[metric] for name in names]
        low, high = zip(*(scored[name].interval(metric) for name in names), strict=True)
        numbers = METRICS[metric].shown(pd.DataFrame({"value": values, "low": low, "high": high}))
        chart = figures.scatter(
            numbers.assign(run=names, seed=seeds),
            METRICS[metric].title + " [%]" * METRICS[metric].percent,
            *METRICS[metric].shown(drawn[["mean", "std"]].iloc[0]),
        )
        show_figure(chart, f"seeds_{number}")
    told = {
        name: [
            _text(METRICS[metric], name, value)
            for metric, value in zip(group["metric"], group[name], strict=True)
        ]
        for name in _COLUMNS
        if name != "metric"
    }
    show_table(
        group.assign(metric=group["metric"].map(lambda name: METRICS[name].title), **told),
        _COLUMNS,
        "Mean and spread of every metric over runs that differ in their seed alone",
    )


def _text(metric: Metric, column: str, value: float) -> str:
    tell = metric.spread_text if column == "std" else metric.text
    return tell(value, decimals=5).replace("-", "−")


def _offer_seeds(chosen: list[str], at_hand: Mapping[str, Run]) -> None:
    """Offer the runs that have a chosen one's settings and a seed that no chosen one has."""
    # Of runs of one seed the first is in a group: the chosen ones come first.
    in_order = {name: at_hand[name] for name in chosen if name in at_hand} | dict(at_hand)
    more = [
        name
        for group in seed_groups(in_order)
        if not set(group).isdisjoint(chosen)
        for name in group
        if name not in chosen
    ][: MAX_RUNS - len(chosen)]
    if more:
        names = names_of([at_hand[name] for name in more])
        st.markdown(f"Other seeds of the same settings: {', '.join(map(plain, names))}.")
        st.button("Compare them too", icon=":material/add:", on_click=choose_next, args=(more,))


_COLUMNS: dict[str, Any] = {
    "metric": "Metric",
    "mean": TEXT("Mean", alignment="right"),
    "std": TEXT("Spread", alignment="right"),
    "lowest": TEXT("Lowest", alignment="right"),
    "highest": TEXT("Highest", alignment="right"),
}
