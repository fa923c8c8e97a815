"""The data set in use, in a few facts."""

import streamlit as st

from dashboard.shared import state
from dashboard.shared.messages import code, origin_badge, plain


def show() -> None:
    """Describe the data set in use."""
    st.markdown("**Data set in use**")
    entry = state.current_dataset()
    if entry is None:
        st.info("There is no data set yet. Upload a table of spectra or simulate one.")
        st.page_link("views/data.py", label="Go to Data", query_params={"section": "Add data"})
        return
    card = entry.card
    st.markdown(f"{plain(card.name)} {origin_badge(card.origin)}")
    facts = {"Galaxies": f"{card.n_galaxies:,}", "Created": plain(card.created[:10])}
    if card.config_hash:
        facts["Configuration"] = code(card.config_hash[:12])
    facts["Content"] = code(card.hash[:12])
    st.table(facts, border="horizontal", alt="Facts about the data set in use")
    if card.origin == "simulated":
        st.caption(
            "*Simulated* spectra: real SDSS galaxies seen through Gaia's DR3 instrument model. "
            "Their difficulty was tuned to the published one; it is not a prediction."
        )
