"""What a search's trials teach: which hyperparameters matter, and what an error costs."""

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.errors import DataError
from core.model import DISSERTATION
from core.tuning import Search, pareto_front
from dashboard.figures import parallel, tuning
from dashboard.screens.tune import hyperparameters
from dashboard.shared import store
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain
from dashboard.shared.shown import beside, show_figure

# More axes than these are hard to follow; the others can be chosen.
MOST_AXES = 8
MOST_LINES = 1000
LITTLE_EXPLAINED = 0.2


def show_parallel(search: Search, done: pd.DataFrame) -> None:
    """Draw parallel coordinates of the finished trials."""
    space = search.config.space
    names = hyperparameters.choose("Axes", search, done, "axes", MOST_AXES)
    shown = done.nsmallest(MOST_LINES, "mae")
    own, beyond = space.values_of(DISSERTATION), tuning.n_beyond(shown["mae"])
    figure = parallel.parallel(shown, [one for one in space.dimensions if one.name in names], own)
    show_figure(figure, "parallel")
    where = (
        f"{parallel.OWN_SIGN} The dissertation's own network lies in this space."
        if own
        else "The dissertation's own network lies outside this space."
    )
    st.caption(
        "A line per trial, violet to red with rising MAE; the thick one is the best, and is "
        "highest on the MAE axis. Drag along an axis to keep the lines that pass there, drag an "
        f"axis by its name to move it, click beside a brush to remove it. {where}"
        + (f" Only the best {MOST_LINES:,} trials are drawn." if len(done) > MOST_LINES else "")
        + (
            f" {n_of(beyond, 'trial')} with an MAE above {tuning.axis_top(shown['mae']):.3g} "
            f"end{'s' * (beyond == 1)} at the bottom of its axis."
            if beyond
            else ""
        )
        + hyperparameters.left_out(search, names, "any can be added above")
    )
    table = shown.drop(columns="own")
    download_table("Trials drawn", table, f"{search.search_id}-parallel")


def show_importance(search: Search, done: pd.DataFrame) -> None:
    """Draw the importance of each hyperparameter, or say why there is none."""
    names = tuple(one.name for one in search.config.space.dimensions)
    try:
        found = store.importances(done[["mae", *names]], names)
    except DataError as error:
        st.info(plain(error), icon=":material/hourglass_empty:")
        return
    st.altair_chart(tuning.importances(found.table), key="importances")
    st.caption(
        "Random forests predict the rank of a trial by MAE from its hyperparameters: with "
        f"{n_of(found.n_trials, 'trial')}, {100 * max(found.explained, 0):.0f} % of the "
        "variance of the ranks of trials left out. The importance of a hyperparameter is the "
        "share lost when it is shuffled; the grey line is one standard error, from 20 "
        "partitions of the trials."
        + hyperparameters.left_out(search, list(found.table["name"]), "one value in all trials")
    )
    if found.explained < LITTLE_EXPLAINED:
        st.warning(
            "This is low: more trials are needed to see what matters.", icon=":material/help:"
        )
    download_table("Importances", found.table, f"{search.search_id}-importances")


def show_costs(search: Search, done: pd.DataFrame) -> None:
    """Draw MAE against CPU time and parameters, with what no other trial beats."""
    for column, cost in zip(beside("costs"), tuning.COST_TITLES, strict=True):
        with column:
            front = pareto_front(done[["mae", cost]].to_numpy(float))
            table = done[["trial", "mae", cost]].assign(on_front=front).sort_values(cost)
            title, name = tuning.COST_TITLES[cost].split(" [")[0], f"{search.search_id}-{cost}"
            show_figure(tuning.costs(done, cost), f"costs_{cost}", title, table, name)
    st.caption(
        "Blue: no other trial has both a lower error and a lower cost (the Pareto front). CPU time "
        "is that of all epochs of the trial; the first one compiles the network."
    )
