"""A bundle from elsewhere: checked, then a run like any other."""

import streamlit as st

from core.sharing import import_bundle
from dashboard.shared import state
from dashboard.shared.chooser import run_name, show_next
from dashboard.shared.messages import errors_shown, plain

_IMPORTED = "bundles_imported"


def show() -> None:
    """Draw the button that opens the field for a bundle."""
    with st.popover("Import a bundle", icon=":material/upload_file:", key="import"):
        st.caption(
            "A zip file that xpz exported, on this machine or another. Every file is checked "
            "against its hash; only the network is run, by ONNX Runtime, in a process of its own "
            "with little memory and time."
        )
        # A bundle that was taken over must not stay in the field: another key is an empty field.
        taken = st.session_state.setdefault(_IMPORTED, 0)
        file = st.file_uploader(
            "Bundle", type=["zip"], label_visibility="collapsed", key=f"bundle-file-{taken}"
        )
        if file is None or not st.button("Check and import", key="import_bundle", type="primary"):
            return
        with errors_shown(), st.spinner("Checking the bundle"):
            run = import_bundle(file, state.runs_folder(), others=(state.SHIPPED_RUNS,))
            st.session_state[_IMPORTED] += 1
            show_next(run)
            st.toast(f"Imported {plain(run_name(run.run_id))}.", icon=":material/check:")
            st.rerun()
