"""Predict: spectra in, redshifts with intervals, flags and p(z) out, and a close look at each."""

import streamlit as st

from dashboard.screens.archive import opening, section
from dashboard.screens.predict import (
    choices,
    detail,
    estimate,
    folder,
    intake,
    results,
    setup,
    shift,
    where,
    without,
)
from dashboard.shared.account import show_account
from dashboard.shared.chooser import badges

st.title("Predict")
opening.open_waiting()
intake.bring_back()
asked = None
with setup.place():
    # Each in a place that never moves: a field that does leaves the page's address.
    what, by_what = st.container(), st.container()
with what:
    way = where.choose(section.is_asked_for, section.is_at_work)
    if way == where.UPLOAD:
        intake.upload()
    else:
        intake.without_field()
    if way == where.ARCHIVE:
        section.on_predict()
    taken = intake.taken()
    if taken is None and way == where.UPLOAD:
        intake.show_empty()
    if taken is not None and taken.predicted is None:
        with st.container(horizontal=True):
            if taken.served:
                show_account(taken.account)
            intake.clear_button()
with by_what:
    left, right = st.columns([4, 5], gap="medium")
    with left:
        run = estimate.choose(taken) if taken is None or taken.served else None
    if run is not None:
        with right:
            asked = choices.choose(run)
            st.markdown(badges(run, run.status()))
    if way == where.FOLDER and run is not None and asked is not None:
        folder.show(run, asked)
if taken is not None and taken.served:
    without.show(taken)
if taken is not None and taken.served and run is not None and asked is not None:
    # Files of another instrument are predicted only if the visitor insists.
    allowed = estimate.allowed(run, asked, taken)
    predicted = None
    if allowed is not None:
        asked, served = allowed
        predicted = estimate.show(run, asked, taken, served)
    if predicted is not None:
        if shift.is_seen(predicted):
            shift.show(predicted)
        opened = estimate.estimator(run, asked)
        chosen, beside = results.show(opened, served, predicted)
        if chosen is not None:
            # A fragment: moving the lines draws this part anew and nothing else.
            with beside:
                st.fragment(detail.show)(run, opened, served, predicted, chosen)
        if not shift.is_seen(predicted):
            shift.show(predicted)
