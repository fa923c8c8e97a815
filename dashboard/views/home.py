"""Home: what this is, what is at hand, what runs now."""

import streamlit as st

st.title("Galaxy redshifts from Gaia BP/RP spectra")
