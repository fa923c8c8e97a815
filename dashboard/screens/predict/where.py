"""Where the spectra come from: files to upload, the Gaia Archive, a folder on this machine."""

from collections.abc import Callable

import streamlit as st

from dashboard.screens.predict import folder
from dashboard.shared.chooser import choose_one

UPLOAD, ARCHIVE, FOLDER = "Upload files", "Gaia Archive", "Folder on this machine"
KEY = "spectra"


def choose(is_fetch_asked_for: Callable[[], bool], is_fetching: Callable[[], bool]) -> str:
    """Draw the choice and return it; it opens on what is at work or was asked for elsewhere."""
    ways = [UPLOAD, ARCHIVE] + [FOLDER] * folder.is_at_home()
    usual = UPLOAD
    if is_fetch_asked_for():
        st.session_state[KEY] = ARCHIVE
    elif KEY not in st.session_state:
        if is_fetching():
            usual = ARCHIVE
        elif FOLDER in ways and folder.is_at_work():
            usual = FOLDER
    return choose_one(
        "Where are the spectra?",
        ways,
        KEY,
        "place of spectra",
        default=usual,
        width="stretch",
    )
