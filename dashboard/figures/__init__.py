"""Figures: arrays and tables in, an Altair chart or a Plotly figure out; no Streamlit.

Each says in words what it shows: Altair's `description`, Plotly's `figure.layout.meta["alt"]`.
"""
