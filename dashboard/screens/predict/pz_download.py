"""p(z) of the sources of a catalogue, to take along."""

import functools
import importlib.util

import numpy as np
import streamlit as st

from core.amounts import n_of
from core.prediction import LEVELS, Estimator
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.predicted import Predicted
from dashboard.screens.predict.predicting import MAX_DENSITIES, densities
from dashboard.shared.downloads import download_file

FORMATS = {
    "NumPy (.npz)": (".npz", "application/zip"),
    "Parquet": (".parquet", "application/vnd.apache.parquet"),
    "qp ensemble (HDF5)": (".hdf5", "application/x-hdf5"),
}


def show(estimator: Estimator, intake: Intake, predicted: Predicted, rows: np.ndarray) -> None:
    """Draw the button that opens the downloads of p(z) of these rows of the catalogue."""
    n = int(predicted.table["z"].iloc[rows].notna().sum())
    with st.popover("Download p(z)", icon=":material/area_chart:"):
        if not intake.at_hand:
            st.caption("The spectra were released; upload the files again.")
            return
        if n > MAX_DENSITIES:
            st.caption(
                f"The screen writes p(z) of {MAX_DENSITIES:,} sources at a time; these are {n:,}. "
                "Filter them, or use `xpz predict --pz FILE`, which takes any number."
            )
            return
        st.markdown(f"p(z) of {n_of(n, 'spectrum')}, those that pass the filters.")
        for name, (ending, mime) in FORMATS.items():
            missing = ending == ".hdf5" and importlib.util.find_spec("qp") is None
            download_file(
                name,
                # Made only when asked for.
                functools.partial(densities, estimator, intake, rows, ending),
                f"{predicted.run_id}-pz{ending}",
                mime,
                key=f"download-pz{ending}",
                width="stretch",
                disabled=missing or not n,
                help="Needs the package qp-prob: `pip install 'xpz[qp]'`." if missing else None,
            )
        levels = ", ".join(f"{100 * level:g}" for level in LEVELS)
        st.caption(
            f"Calibrated densities on a grid of redshift and their {levels} % quantiles; `row` "
            "is that of the catalogue with the same filters."
        )
