"""Predict: files in, redshifts with intervals, flags and p(z) out, and a close look at each."""

import streamlit as st

from dashboard.screens.archive import opening, section
from dashboard.screens.predict import choices, detail, estimate, folder, intake, results, shift
from dashboard.shared.account import show_account

st.title("Predict")
opening.open_waiting()
taken = intake.show()
section.on_predict()
if taken is None:
    intake.show_empty()
place = st.container()
run = estimate.choose() if taken is None or taken.served else None
asked = None if run is None else choices.choose(run)
if taken is not None and taken.served and run is not None and asked is not None:
    # Spectra of another instrument are predicted only if the visitor insists.
    allowed = estimate.allowed(run, asked, taken)
    predicted = None if allowed is None else estimate.show(run, allowed, taken)
    with place:  # a prediction may find rows without a redshift that the files did not tell
        show_account((predicted or taken).account)
    if predicted is not None and allowed is not None:
        shift.show(predicted)
        opened = estimate.estimator(run, allowed)
        chosen = results.show(opened, taken, predicted)
        if chosen is not None:
            # A fragment: moving the lines draws this part anew and nothing else.
            st.fragment(detail.show)(run, opened, taken, predicted, chosen)
if run is not None and asked is not None:
    folder.show(run, asked)
