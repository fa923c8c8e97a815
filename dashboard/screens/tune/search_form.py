"""The form of a search: algorithm, budget, and how long a trial may take."""

from typing import Any

import streamlit as st

from core.model import SETTINGS
from core.tuning import ALGORITHMS, MAX_WORKERS, PATIENCE, SEARCH_LABELS
from dashboard.screens.tune.budget import TRIALS, budget_form
from dashboard.shared.number_field import number_field

ALGORITHM_HELP = (
    "Bayesian: a Gaussian process fitted to the trials so far chooses the next one. Random: "
    "random draws. Hyperband: many short trials, of which the best continue. Grid: every "
    "combination in turn."
)


def search_form(epochs_of_recipe: int) -> dict[str, Any]:
    """Draw algorithm, budget, and how long a trial may take."""
    st.markdown("**Search**")
    first, second = st.columns(2, vertical_alignment="bottom")
    with first:
        algorithm = st.selectbox(
            SEARCH_LABELS["algorithm"],
            ALGORITHMS,
            format_func=str.capitalize,
            key="algorithm",
            persist_state="session",
            help=ALGORITHM_HELP,
        )
    with second:
        what = "The same seed gives the same first combinations."
        seed = number_field(SEARCH_LABELS["seed"], "search_seed", 0, 0, 2**32 - 1, help=what)
    budget = budget_form(
        "budget",
        TRIALS,
        12,
        15.0,
        trials_help="Failed ones count.",
        minutes_help="Working time, without the time in the queue.",
    )
    first, second = st.columns(2, vertical_alignment="bottom")
    with first:
        what = "Maximum. A promoted trial is trained for as long as the recipe of its space says."
        key = f"search_epochs.{epochs_of_recipe}"
        most = SETTINGS["epochs"].most
        epochs = number_field(SEARCH_LABELS["epochs"], key, epochs_of_recipe, 1, most, help=what)
    with second:
        what = "A trial ends after this number of epochs without a lower validation loss; 0: never."
        patience = number_field(
            SEARCH_LABELS["patience"], "search_patience", PATIENCE, 0, most, help=what
        )
    first, _ = st.columns(2)
    with first:
        what = (
            "Each is a process of its own, with about 1 GB of memory. Of several, a Bayesian "
            "search depends on which trial ends first; each trial by itself does not."
        )
        side = SEARCH_LABELS["workers"]
        workers = number_field(side, "search_workers", 1, 1, MAX_WORKERS, help=what)
    return {
        "algorithm": algorithm,
        "budget": budget,
        "epochs": epochs,
        "patience": patience or None,
        "seed": seed,
        "workers": workers,
    }
