"""Errors along the true and along the predicted redshift, and why the two differ."""

import streamlit as st

from core.evaluation import residual_density, running_percentiles
from dashboard.figures import errors
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged
from dashboard.shared.shown import beside, show_figure


def show(judged: Judged) -> None:
    """Draw both pictures and explain them."""
    for column, against in zip(beside("residuals"), ("z_spec", "z_pred"), strict=True):
        plane = residual_density(judged.z_spec, judged.z_pred, against)
        running = running_percentiles(judged.z_spec, judged.z_pred, against)
        with column:
            figure = errors.residuals(plane, running, against)
            show_figure(figure, f"residuals_{against}")
            with st.container(horizontal=True):
                download_table("Density", plane.to_frame(), f"{judged.stem}-residuals-{against}")
                download_table(
                    "Percentiles", running, f"{judged.stem}-residuals-{against}-percentiles"
                )
    st.markdown(
        "**Why the left picture tilts.** A low-resolution spectrum does not determine the "
        "redshift exactly. For an ambiguous one, the best estimate lies between its own redshift "
        "and that of most galaxies. Galaxies of high z_spec therefore come out too low and those "
        "of low z_spec too high, for every estimator: regression to the mean. Selected by z_pred, "
        "the only redshift that a survey has, a well-trained network is unbiased wherever it has "
        "seen enough galaxies."
    )
