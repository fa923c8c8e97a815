"""Runs that differ in the seed alone: how far their numbers scatter."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.comparison import MAX_RUNS, names_of, seed_groups, seed_table
from core.evaluation import METRICS
from core.runs import Run
from dashboard.screens.compare.choice import choose_next
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain
from dashboard.shared.shown import NUMBER, show_table


def show(
    runs: Mapping[str, Run], metrics: Mapping[str, Mapping[str, float]], at_hand: Mapping[str, Run]
) -> None:
    """Draw mean and spread of every metric over runs of the same settings; offer more `at_hand`."""
    table = seed_table(runs, metrics)
    if table.empty:
        st.info(
            "No two of these runs have the same settings with different seeds. Two trainings "
            "of the same recipe differ by chance: train it again with other seeds to see how much.",
            icon=":material/casino:",
        )
    else:
        for _, group in table.groupby("group"):
            names, numbers = group["runs"].iloc[0], group["seeds"].iloc[0]
            each = ", ".join(
                f"{plain(name)} (seed {seed})" for name, seed in zip(names, numbers, strict=True)
            )
            st.markdown(f"**{len(names)} runs of the same settings**: {each}")
            show_table(
                group.assign(metric=group["metric"].map(lambda name: METRICS[name].title)),
                _COLUMNS,
                "Mean and spread of every metric over runs that differ in their seed alone",
            )
        st.caption(
            "Runs whose settings are the same but for the seed of weights and batches. Spread: "
            "standard deviation over the runs (n − 1). Intervals elsewhere on this screen are "
            "over galaxies: they do not include this scatter."
        )
        download_table("Seeds", table, "compared-seeds")
    _offer_repeats([run.run_id for run in runs.values()], at_hand)


def _offer_repeats(chosen: list[str], at_hand: Mapping[str, Run]) -> None:
    """Offer the runs that repeat a chosen one with another seed."""
    more = [
        name
        for group in seed_groups(at_hand)
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
    "mean": NUMBER("Mean", format="%.5f"),
    "std": NUMBER("Spread", format="%.5f"),
    "lowest": NUMBER("Lowest", format="%.5f"),
    "highest": NUMBER("Highest", format="%.5f"),
}
