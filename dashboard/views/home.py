"""Home: what this is, what is at hand, what is at work, where to go next."""

import streamlit as st

from dashboard.screens.home import at_work, dataset, runs
from dashboard.shared import state

NEXT = (
    ("data", "See the data", "Redshifts, spectra, the split; upload or simulate a data set."),
    ("train", "Train a network", "Start from a preset, change the settings, watch it train."),
    ("tune", "Search for a better one", "Try many settings and see which matter."),
    ("evaluate", "Judge a network", "Errors on galaxies that it has not seen, with intervals."),
    ("compare", "Compare networks", "Which is significantly best on the same galaxies?"),
    ("runs", "Manage runs", "Names, tags and notes; model cards; bundles to share."),
    ("predict", "Predict redshifts", "For your own spectra, with intervals and flags."),
)


st.title("Galaxy redshifts from Gaia BP/RP spectra")
st.markdown(
    "xpz trains neural networks that measure a galaxy's redshift from the 186 samples of its Gaia "
    "BP/RP (XP) spectrum. Explore the data, train a network, then evaluate it on galaxies that it "
    "has not seen."
)

left, right = st.columns([3, 2])
with left.container(border=True, height="stretch"):
    dataset.show()
with right.container(border=True, height="stretch"):
    st.markdown("**Running now**")
    states = at_work.states(at_work.find())
    st.fragment(at_work.show, run_every=2 if states else None)(states)

runs.show(state.runs())

st.header("Where to go next")
with st.grid(4, gap="small", min_column_width=200):
    for name, label, about in NEXT:
        with st.container(border=True, height="stretch"):
            st.page_link(f"views/{name}.py", label=f"**{label}**", icon=":material/arrow_forward:")
            st.caption(about)
