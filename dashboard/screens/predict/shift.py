"""Are these spectra like those that the run learnt from."""

import streamlit as st

from dashboard.screens.predict.predicted import Predicted
from dashboard.shared import shift_report


def is_seen(predicted: Predicted) -> bool:
    """Whether the spectra differ, which is to be known before their redshifts are looked at."""
    return predicted.shift is not None and predicted.shift.is_seen


def show(predicted: Predicted) -> None:
    """Draw the verdict, and the report once it is opened; nothing where nothing is known."""
    found = predicted.shift
    if found is None:
        return
    title = f"Spectra and training set: AUC {found.auc:.2f}, {found.verdict}"
    box = st.expander(title, icon=":material/compare:", key="shift", on_change="rerun")
    if box.open:
        with box:
            shift_report.show(found, predicted.run_id)
