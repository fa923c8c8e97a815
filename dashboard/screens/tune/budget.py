"""The form of a budget: when a search ends."""

import streamlit as st

from core.tuning import SEARCH_LABELS, Budget
from dashboard.shared.chooser import choose_one
from dashboard.shared.number_field import number_field

TRIALS, MINUTES, BOTH = "Trials", "Minutes", "Both"
MOST_TRIALS, MOST_MINUTES = 1_000_000, 525_600.0
"""More than any search has use for; the minutes are a year's."""


def ends_of(budget: Budget) -> str:
    """Return which numbers of a budget count."""
    if budget.trials is None:
        return MINUTES
    return TRIALS if budget.minutes is None else BOTH


def budget_form(
    key: str, ends: str, trials: int, minutes: float, *, trials_help: str, minutes_help: str
) -> Budget:
    """Draw what ends a search, and only the numbers that count; return the budget.

    A number that does not count has no field. `key` begins the keys of the widgets; `ends`
    ('Trials', 'Minutes', 'Both') are what counts at first.
    """
    left, right = st.container(key=f"{key}_ends_row").columns(2)
    with left:
        counts = choose_one(
            "End after",
            (TRIALS, MINUTES, BOTH),
            f"{key}_ends",
            default=ends,
            persist_state="session",
            help="Both: whichever is reached first.",
        )
    most, longest = None, None
    if counts != MINUTES:
        with right:
            most = number_field(
                SEARCH_LABELS["trials"],
                f"{key}_trials",
                trials,
                1,
                MOST_TRIALS,
                help=trials_help,
            )
    if counts != TRIALS:
        with right:
            longest = number_field(
                SEARCH_LABELS["minutes"],
                f"{key}_minutes",
                minutes,
                0.5,
                MOST_MINUTES,
                help=minutes_help,
            )
    return Budget(most, longest)
