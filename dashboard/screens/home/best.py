"""The best run at hand, and where to go with it."""

import streamlit as st

from core.runs import Run, why_best
from dashboard.shared.messages import origin_badge, plain
from dashboard.shared.ways import link


def show(best: Run, name: str) -> None:
    """Draw the best run, which is called `name`, with its errors and links."""
    st.markdown(f"{plain(name)} :small[trained on] {origin_badge(best.config.data.origin)}")
    test = ((best.summary() or {}).get("evaluation") or {}).get("mae")
    tested = "" if test is None else f", test MAE {test:.4f}"
    why = why_best(best)
    st.caption(f"{why[0].upper()}{why[1:]}{tested}")
    with st.container(horizontal=True):
        link("predict", "Predict with it", best)
        link("evaluate", run=best)
