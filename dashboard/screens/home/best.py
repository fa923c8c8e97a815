"""The best run at hand, and where to go with it."""

import streamlit as st

from core.runs import Run, validation_mae
from dashboard.shared.messages import origin_badge, plain
from dashboard.shared.ways import link


def show(best: Run, name: str) -> None:
    """Draw the best run, which is called `name`, with its errors and links."""
    st.markdown(f"{plain(name)} :small[trained on] {origin_badge(best.config.data.origin)}")
    test = ((best.summary() or {}).get("evaluation") or {}).get("mae")
    tested = "" if test is None else f", test MAE {test:.4f}"
    st.caption(f"Lowest validation MAE of the calibrated runs, {validation_mae(best):.4f}{tested}")
    with st.container(horizontal=True):
        link("predict", "Predict with it", best)
        link("evaluate", run=best)
