"""Evaluate: how good is a trained network, on its test part or on another data set."""

import streamlit as st

from dashboard.screens.evaluate import page
from dashboard.shared import state
from dashboard.shared.ways import to_training

runs = state.runs()
if runs:
    page.show(runs)
else:
    st.title(page.TITLE)
    to_training("There is no run to evaluate. Train a network first.")
