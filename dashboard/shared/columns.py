"""Columns of tables that several screens show."""

import streamlit as st

NUMBER, TEXT = st.column_config.NumberColumn, st.column_config.TextColumn
# Of a run, wherever a table lists some.
MAE_COLUMN = NUMBER("MAE", format="%.4f", help="Mean |z_pred - z_spec| of the test part")
SIGMA_COLUMN = NUMBER(
    "σ NMAD", format="%.4f", help="1.4826 median |e - median e|, e = (z_pred - z_spec)/(1 + z_spec)"
)
MADE_COLUMN = st.column_config.DatetimeColumn("Made (UTC)", format="YYYY-MM-DD HH:mm")
