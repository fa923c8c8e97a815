"""Predict: files in, redshifts with intervals and flags out, and a close look at each."""

import streamlit as st

from dashboard.predict_sections import detail, estimate, intake, results

st.title("Predict")
taken = intake.show()
if taken is None:
    intake.show_empty()
run = estimate.choose() if taken is None or taken.served else None
if taken is not None and taken.served and run is not None:
    predicted = estimate.show(run, taken)
    if predicted is not None:
        chosen = results.show(predicted)
        if chosen is not None:
            # A fragment: moving the lines draws this part anew and nothing else.
            st.fragment(detail.show)(run, estimate.estimator(run), taken, predicted, chosen)
