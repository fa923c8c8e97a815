"""Figures: tables in, Altair or Plotly out, with what they show in words; no Streamlit."""
