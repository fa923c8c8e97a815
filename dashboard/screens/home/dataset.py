"""The data set in use, in a line."""

import streamlit as st

from core.amounts import n_of
from dashboard.shared import state
from dashboard.shared.messages import code, origin_badge, plain
from dashboard.shared.ways import link, to_data


def show() -> None:
    """Describe the data set in use."""
    entry = state.current_dataset()
    if entry is None:
        st.markdown("**Data set in use**")
        to_data()
        return
    card = entry.card
    facts = [n_of(card.n_galaxies, "galaxy"), f"made {plain(card.created[:10])}"]
    if card.config_hash:
        facts.append(f"configuration {code(card.config_hash[:12])}")
    facts.append(f"content {code(card.hash[:12])}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**Data set in use** {plain(state.dataset_name(entry))} {origin_badge(card.origin)}",
            width="content",
        )
        link("data", "Explore")
    st.caption(", ".join(facts))
    if card.origin == "simulated":
        st.caption(
            "*Simulated* spectra: real SDSS galaxies seen through Gaia's DR3 instrument model. "
            "Their difficulty was tuned to the published one; it is not a prediction."
        )
