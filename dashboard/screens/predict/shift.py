"""Are these spectra like those that the run learnt from."""

import streamlit as st

from dashboard.screens.predict.predicted import Predicted
from dashboard.shared import shift_report


def show(predicted: Predicted) -> None:
    """Draw the report on demand, open where the spectra differ; nothing where nothing is known."""
    found = predicted.shift
    if found is None:
        return
    title = f"Spectra and training set: AUC {found.auc:.2f}, {found.verdict}"
    with st.expander(title, icon=":material/compare:"):
        shift_report.show(found, predicted.run_id)
