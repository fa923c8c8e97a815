"""Reproduce: the dissertation, figure by figure; ours beside the published numbers."""

import streamlit as st

from core.reproduction import ABOUT, STEPS
from dashboard.screens.reproduce import path, steps_of_data, steps_of_runs
from dashboard.shared import state
from dashboard.shared.messages import errors_shown, plain

st.title("Reproduce")
with st.expander("What this is, and how to read it", icon=":material/info:", key="about"):
    st.markdown(plain(ABOUT))
    st.markdown("The same on one page, to keep or to print:")
    st.code("xpz reproduce", language=None)
step = path.choose(STEPS)
with errors_shown():
    path.show_head(step)
    if step.key in steps_of_data.DRAWN:
        steps_of_data.show(step, state.current_dataset())
    else:
        steps_of_runs.show(step, state.readable_runs())
path.show_lessons(step)
path.show_ways_on(STEPS, step)
