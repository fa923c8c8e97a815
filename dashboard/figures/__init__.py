"""Figures: arrays and tables in, an Altair chart or a Plotly figure out; no Streamlit.

Every figure says in words what it shows: `chart.description` in Altair,
`figure.layout.meta["alt"]` in Plotly.
"""
