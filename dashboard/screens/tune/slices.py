"""Slice plots: each hyperparameter of a search against the score of its trials."""

import pandas as pd
import streamlit as st

from core.tuning import Search, label_of
from dashboard.figures import above_axis
from dashboard.figures.slices import slices
from dashboard.figures.tuning import n_beyond
from dashboard.shared.choose_several import choose_several
from dashboard.shared.downloads import download_table
from dashboard.shared.shown import show_figure

MOST = 12
"""Hyperparameters at first: three rows."""


def show(search: Search, done: pd.DataFrame) -> None:
    """Draw the slices of the finished trials."""
    dimensions = search.config.space.dimensions
    varied = [one.name for one in dimensions if len(done[one.name].unique()) > 1]
    names = choose_several(
        "Hyperparameters",
        [one.name for one in dimensions],
        default=varied[:MOST],
        format_func=label_of,
        key=f"slices.{search.search_id}",
    )
    if not names:
        st.info("Choose at least one hyperparameter.", icon=":material/query_stats:")
        return
    beyond = n_beyond(done["mae"])
    show_figure(slices(done, [one for one in dimensions if one.name in names]), "slices")
    st.caption(
        "A point per trial, later ones lighter; the best of the search is ringed. What falls to "
        "one side tells where to go on; where points scatter alike everywhere, the hyperparameter "
        "matters little. A trial, the best too, stands only where the hyperparameter had an effect "
        "in it." + (f" {above_axis.words(beyond)}." if beyond else "")
    )
    download_table("Slices", done[["trial", "mae", *names]], f"{search.search_id}-slices")
