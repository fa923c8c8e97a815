"""Predicted against true redshift, and both distributions."""

import streamlit as st

from core.evaluation.histograms import histogram2d, paired_histogram
from dashboard.downloads import download_table
from dashboard.figures import density, errors
from dashboard.judged import Judged

BIN_WIDTH = 0.01


def show(judged: Judged) -> None:
    """Draw the 2D histogram and the pair of histograms side by side."""
    plane = histogram2d(judged.z_spec, judged.z_pred)
    left, right = st.columns(2, gap="medium")
    with left:
        figure = density.predicted_vs_true(plane)
        st.plotly_chart(figure, key="predicted_against_true", alt=figure.layout.meta["alt"])
        download_table("2D histogram", plane.to_frame(), f"{judged.stem}-predicted-and-true-2d")
    with right:
        table = paired_histogram(judged.z_spec, judged.z_pred, BIN_WIDTH)
        st.altair_chart(errors.true_and_predicted(table), key="true_and_predicted")
        download_table("Histograms", table, f"{judged.stem}-predicted-and-true")
