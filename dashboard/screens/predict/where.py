"""Where the spectra come from: files to upload, the Gaia Archive, a folder on this machine."""

import streamlit as st

from dashboard.screens.archive import section
from dashboard.screens.predict import folder
from dashboard.shared.chooser import choose_one

UPLOAD, ARCHIVE, FOLDER = "Upload files", "Gaia Archive", "Folder on this machine"
KEY = "spectra"


def choose() -> str:
    """Draw the choice and return it; it opens on what is at work or was asked for elsewhere."""
    ways = [UPLOAD, ARCHIVE] + [FOLDER] * folder.is_at_home()
    usual = UPLOAD
    if section.is_asked_for():
        st.session_state[KEY] = ARCHIVE
    elif KEY not in st.session_state:
        if section.is_at_work():
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
