"""Predicted against true redshift, both distributions, and the galaxies selected in the plane."""

from typing import Any

import numpy as np
import streamlit as st

from core.evaluation import Histogram2D, histogram2d, paired_histogram
from core.runs import Run
from dashboard.figures import density, errors
from dashboard.screens.evaluate import selection
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged
from dashboard.shared.shown import beside, show_figure, show_plotly

BIN_WIDTH = 0.01
_CLEARED = "plane_cleared"


def show(run: Run, judged: Judged) -> None:
    """Draw the 2D histogram, large, beside it the pair of histograms, below them the selection."""
    plane = histogram2d(judged.z_spec, judged.z_pred)
    left, right = beside("plane", [3, 2])
    with left:
        figure = density.predicted_vs_true(plane)
        # A chart forgets its selection only as another chart.
        key = f"predicted_against_true-{judged.stem}-{st.session_state.get(_CLEARED, 0)}"
        name = f"{judged.stem}-predicted-and-true-2d"
        modes = ("points", "box", "lasso")
        event = show_plotly(figure, key, name, on_select="rerun", selection_mode=modes)
        download_table("2D histogram", plane.to_frame(), name)
    with right:
        table = paired_histogram(judged.z_spec, judged.z_pred, BIN_WIDTH)
        figure, name = errors.true_and_predicted(table), f"{judged.stem}-predicted-and-true"
        show_figure(figure, "true_and_predicted", "Histograms", table, name)
    rows = selected_rows(plane, judged, event["selection"]["points"])
    if not len(rows):
        right.caption(
            "Click a cell of the plane, with Shift to add one, or take the box or the lasso from "
            "the tools at its top right and draw it around several: their galaxies appear below, "
            "with spectra, magnitudes and a table."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Selected galaxies", anchor=False)
        st.button("Clear", icon=":material/close:", on_click=_clear, key="clear_selection")
    selection.show(run, judged, rows)


def selected_rows(plane: Histogram2D, judged: Judged, points: list[dict[str, Any]]) -> np.ndarray:
    """Return the rows of the galaxies in the cells that a selection holds, rising."""
    places = [each["point_index"] for each in points if each["curve_number"] == density.CELLS]
    cells = plane.occupied[[place for place in places if place < len(plane.occupied)]]
    return np.flatnonzero(plane.in_cells(judged.z_spec, judged.z_pred, cells))


def _clear() -> None:
    st.session_state[_CLEARED] = st.session_state.get(_CLEARED, 0) + 1
