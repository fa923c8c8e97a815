"""Compare: which of several runs is best, on the same galaxies, and is that more than chance."""

import streamlit as st

from dashboard.screens.compare import page
from dashboard.screens.compare.choice import RUNS_KEY
from dashboard.shared import state
from dashboard.shared.ways import to_training

st.title("Compare")
complete = {run_id: run for run_id, run in state.readable_runs().items() if run.is_complete}
if complete:
    page.show(complete)
else:
    state.say_damaged(st.query_params.get_all(RUNS_KEY), "run")
    to_training("There is no complete run to compare. Train two networks first.")
