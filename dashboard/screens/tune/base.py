"""The recipe that a space has its other settings from: what it is called, and what is in it."""

import pandas as pd
import streamlit as st

from core.model import preset_of
from core.tuning import Space, counts, label_of, name_of_space, settings_of, value_in_words
from dashboard.shared.columns import table_height
from dashboard.shared.messages import plain
from dashboard.shared.shown import show_table

MOST = 12
"""Settings that stand there in full; more scroll."""


def base_in_words(space: Space) -> str:
    """Return in Markdown what the base of a space is called: a space's own name is no recipe's."""
    preset = preset_of(space.base)
    return (
        f"the recipe *{preset}*" if preset else f"the own base of *{plain(name_of_space(space))}*"
    )


def show_base(space: Space) -> None:
    """Draw the settings that are as in the base, to be opened, unless that is a known recipe."""
    if preset_of(space.base) is not None:
        return
    base = settings_of(space.base)
    names = [name for name in base if space.dimension(name) is None and counts(name, base)]
    with st.popover("Settings of the base", icon=":material/list:"):
        rows = [(label_of(name), value_in_words(name, base[name])) for name in names]
        show_table(
            pd.DataFrame(rows, columns=["Hyperparameter", "Value"]),
            None,
            "Hyperparameters that this space does not vary, with their values",
            height=table_height(len(rows), MOST, 30),
            width=360,
        )
