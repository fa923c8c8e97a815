"""Choosing several of a list, by clicks or by a part of a name and Enter."""

from collections.abc import Sequence
from typing import Any

import streamlit as st


def choose_several(label: str, options: Sequence[Any], **how: Any) -> Any:
    """Draw a choice of several and return them; `how` are settings of `st.multiselect`.

    Enter takes the first option that holds what was typed. Streamlit's own search takes all that
    hold its letters in their order, so that a name in full brings others with it.
    """
    return st.multiselect(label, options, filter_mode="contains", select_all=False, **how)
