"""The choice of how far the axis of training curves reaches: one for every screen with curves."""

import streamlit as st


def whole_range() -> bool:
    """Draw the choice and return whether every value is to be inside the axis."""
    return st.toggle(
        "Whole range",
        key="curves_whole",
        persist_state="session",
        help="Off, the axis ends where the first epochs would press all others together: "
        "lines leave the plot towards what lies above it, ▲ marks where, the pointer tells how "
        "far.",
    )
