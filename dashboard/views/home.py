"""Home: what is at work, what ended last, the best run, the data set in use."""

import streamlit as st

from core.runs import best_run
from dashboard.screens.home import at_work, best, dataset, last_ended, runs
from dashboard.shared import state
from dashboard.shared.chooser import run_names
from dashboard.shared.messages import errors_shown
from dashboard.shared.ways import link

st.title("Galaxy redshifts from Gaia BP/RP spectra")
st.markdown(
    "xpz trains neural networks that measure a galaxy's redshift from the 186 samples of its Gaia "
    "BP/RP (XP) spectrum, and tells how sure they are."
)
found = state.runs()
states = at_work.states(at_work.find())
left, middle, right = st.columns(3, gap="small")
with left.container(border=True, height="stretch"):
    st.markdown("**Running now**")
    st.fragment(at_work.show, run_every=2 if states else None)(states)
with middle.container(border=True, height="stretch"), errors_shown():
    st.markdown("**Ended last**")
    if (last := last_ended.find()) is not None:
        last_ended.show(last)
    else:
        st.caption(
            "Nothing of yours yet. New here? Reproduce goes through the dissertation behind xpz "
            "figure by figure: learn by doing."
        )
        with st.container(horizontal=True):
            link("reproduce", "Begin with Reproduce")
            link("train", "Train a network")
with right.container(border=True, height="stretch"), errors_shown():
    st.markdown("**Best run**")
    if (chosen := best_run(found.values())) is not None:
        best.show(chosen, run_names(found)[chosen.run_id])
    else:
        st.caption("No calibrated run yet.")
runs.show(found)
with st.container(border=True):
    dataset.show()
