"""The choice of how much curves are smoothed."""

from typing import Any

import streamlit as st

SMOOTHINGS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95)


def choose_smoothing(key: str, **how: Any) -> float:
    """Draw the choice and return the weight of the past in a moving average."""
    return float(
        st.select_slider(
            "Smoothing",
            SMOOTHINGS,
            format_func=lambda weight: f"{weight:g}" if weight else "none",
            key=key,
            persist_state="session",
            help="Weight of the past in a moving average. The CSV file has the curves without it.",
            **how,
        )
    )
