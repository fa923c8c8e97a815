"""Errors along the true and the predicted redshift, why the two differ, and along magnitude."""

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation import MIN_COUNT, Histogram2D, residual_density, running_percentiles
from dashboard.figures import errors
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged
from dashboard.shared.shown import beside, show_figure

BIN_MAG = 0.25


def show(judged: Judged) -> None:
    """Draw the pictures and explain them."""
    pair = judged.z_spec, judged.z_pred
    for column, against in zip(beside("residuals"), ("z_spec", "z_pred"), strict=True):
        with column:
            plane = residual_density(*pair, against)
            _show_one(judged, against, plane, running_percentiles(*pair, against))
    st.markdown(
        "**Why the left picture tilts.** A low-resolution spectrum does not determine the "
        "redshift exactly. For an ambiguous one, the best estimate lies between its own redshift "
        "and that of most galaxies. Galaxies of high z_spec therefore come out too low and those "
        "of low z_spec too high, for every estimator: regression to the mean. Selected by z_pred, "
        "the only redshift that a survey has, a well-trained network is unbiased wherever it has "
        "seen enough galaxies."
    )
    g_mag = judged.predictions.get("g_mag")
    if g_mag is None or not np.isfinite(g_mag).any():
        st.caption("No G magnitude of these galaxies is known, so no errors along it are drawn.")
    else:
        plane = residual_density(*pair, g_mag=g_mag)
        running = running_percentiles(*pair, width=BIN_MAG, g_mag=g_mag)
        _show_one(judged, "G", plane, running)
        st.caption("The fainter a galaxy, the noisier its spectrum.")


def _show_one(judged: Judged, against: str, plane: Histogram2D, running: pd.DataFrame) -> None:
    show_figure(errors.residuals(plane, running, against), f"residuals_{against}")
    with st.container(horizontal=True):
        download_table("Density", plane.to_frame(), f"{judged.stem}-residuals-{against}")
        if running.empty:
            st.caption(f"No running percentiles: no bin holds {MIN_COUNT} galaxies.")
        else:
            download_table("Percentiles", running, f"{judged.stem}-residuals-{against}-percentiles")
