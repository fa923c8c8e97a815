"""Spaces of one's own: one from a file to begin the form with, and that of the form into a file."""

import re
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import ConfigError
from core.tuning import SPACES, Space, space_from_json, space_to_json
from dashboard.screens.tune.space_form import reset_form
from dashboard.shared.downloads import download_file
from dashboard.shared.messages import errors_shown
from dashboard.shared.ways import SPACE_KEY

OPENED = "from a file"
_SPACE, _READ, _POPOVER = "opened_space", "space_files_read", "open_space"


def spaces() -> dict[str, Space]:
    """Return what the form can begin with, by name: our spaces, and that of a file, once opened."""
    opened = st.session_state.get(_SPACE)
    return SPACES if opened is None else SPACES | {OPENED: opened}


def show_opening() -> None:
    """Draw the button that opens the field for a file."""
    icon = ":material/upload_file:"
    with st.popover("Open a file", icon=icon, key=_POPOVER, on_change="rerun"):
        st.caption(
            "A space in JSON, as written by Save or by `xpz tune --show-space`. It fills the "
            "form. What you typed for another space is kept with that one."
        )
        # One that was read must not stay in the field: another key is an empty field.
        key = f"space_file_{st.session_state.setdefault(_READ, 0)}"
        file = st.file_uploader(
            "Space",
            type=["json"],
            key=key,
            label_visibility="collapsed",
            max_upload_size=1,
            on_change=_read,
            args=(key,),
        )
        if file is not None:  # it could not be read: here is why
            with errors_shown():
                _space_in(file)


def show_saving(space: Space | None, place: DeltaGenerator) -> None:
    """Draw the button that saves the space of the form; None where it is none."""
    words = [] if space is None else re.findall(r"\w+", space.name)
    with place:
        download_file(
            "Save",
            "" if space is None else space_to_json(space),
            "-".join([*words, "space.json"]),
            "application/json",
            key="save_space",
            icon=":material/download:",
            disabled=space is None,
            help="The space as JSON, also for `xpz tune --space`. Save it before a reload.",
        )


def _read(key: str) -> None:
    """Begin the form with the space of the file in a field, which calls this, if it holds one."""
    kept = st.session_state
    if (file := kept[key]) is None:
        return
    with suppress(ConfigError):
        kept[_SPACE] = _space_in(file)
        kept[SPACE_KEY], kept[_POPOVER] = OPENED, False
        kept[_READ] += 1
        reset_form(OPENED)


def _space_in(file: UploadedFile) -> Space:
    space = space_from_json(file.getvalue(), file.name)
    # The form leaves out what cannot count, and says so.
    space.without_idle().check()
    return space
