"""The best run at hand, and where to go with it."""

import streamlit as st

from core.amounts import n_of
from core.runs import Run, n_validation, validation_mae
from dashboard.shared.messages import origin_badge, plain
from dashboard.shared.ways import link


def show(best: Run, name: str) -> None:
    """Draw the best run, which is called `name`, with its errors and links."""
    st.markdown(f"{plain(name)} :small[trained on] {origin_badge(best.config.data.origin)}")
    test = ((best.summary() or {}).get("evaluation") or {}).get("mae")
    tested = "" if test is None else f", test MAE {test:.4f}"
    n = n_validation(best)
    judged = f" ({n_of(n, 'galaxy')})" if n else ""
    st.caption(
        f"Lowest validation MAE of comparable calibrated runs, {validation_mae(best):.4f}{judged}"
        f"{tested}"
    )
    with st.container(horizontal=True):
        link("predict", "Predict with it", best)
        link("evaluate", run=best)
