"""Slice plots: each hyperparameter of a search against the score of its trials."""

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.tuning import Search
from dashboard.figures import above_axis
from dashboard.figures.slices import most_trials, slices
from dashboard.figures.tuning import n_beyond
from dashboard.screens.tune import hyperparameters
from dashboard.shared.downloads import download_table
from dashboard.shared.shown import show_figure


def show(search: Search, done: pd.DataFrame) -> None:
    """Draw the slices of the finished trials."""
    dimensions = search.config.space.dimensions
    names = hyperparameters.choose("Hyperparameters", search, done, "slices")
    if not names:
        st.info("Choose at least one hyperparameter.", icon=":material/query_stats:")
        return
    most = most_trials(len(names))
    beyond = n_beyond(done["mae"].nsmallest(most))
    show_figure(slices(done, [one for one in dimensions if one.name in names]), "slices")
    st.caption(
        "A point per trial, later ones lighter; the best of the search is ringed. What falls to "
        "one side tells where to go on; where points scatter alike everywhere, the hyperparameter "
        "matters little. A trial, the best too, stands only where the hyperparameter had an effect "
        "in it."
        + (f" {above_axis.words(beyond)}." if beyond else "")
        + (f" Only the best {n_of(most, 'trial')} are drawn." if len(done) > most else "")
        + hyperparameters.left_out(search, names, "any can be added above")
    )
    table = done[["trial", "mae", *(one.name for one in dimensions)]]
    download_table("Slices", table, f"{search.search_id}-slices")
