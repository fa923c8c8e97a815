"""Spaces of one's own: from a file or a search into the form; of a form or a search into a file."""

import re
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import ConfigError
from core.tuning import SPACES, Search, Space, name_of_space, space_from_json, space_to_json
from dashboard.screens.tune.space_form import reset_form
from dashboard.shared.downloads import download_file
from dashboard.shared.messages import errors_shown, plain
from dashboard.shared.ways import SPACE_KEY, VIEW_KEYS

NEW_SEARCH = "New search"
"""The tab with the form."""
OPENED, OF_SEARCH = "from a file", "of a search"
_SPACES, _READ, _POPOVER = "opened_spaces", "space_files_read", "open_space"


def spaces() -> dict[str, Space]:
    """Return what the form can begin with, by name: our spaces, and those that were opened."""
    return SPACES | st.session_state.get(_SPACES, {})


def show_opening() -> None:
    """Draw the button that opens the field for a file."""
    icon = ":material/upload_file:"
    with st.popover("Open a file", icon=icon, key=_POPOVER, on_change="rerun"):
        st.caption(
            "A space in JSON, as written by Save, by Space (JSON) of a search or by `xpz tune "
            "--show-space`. It fills the form. What you typed for another space is kept with that "
            "one."
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
    with place:
        _download("Save", space, "save_space", "Save it before a reload.")


def show_of_search(search: Search) -> None:
    """Draw what can be done with the space of a search: fill the form with it, and save it."""
    space = search.config.space
    with st.popover("Space", icon=":material/tune:", key="space_of_search"):
        st.caption(f"The trials of this search are of the space {plain(name_of_space(space))}.")
        st.button(
            "Search this space again",
            icon=":material/replay:",
            key="space_again",
            help=f"Fills the form under *{NEW_SEARCH}* with it, where you can edit it first.",
            on_click=_begin_with,
            args=(OF_SEARCH, space),
        )
        _download("Space (JSON)", space, "save_space_of_search")


def _download(label: str, space: Space | None, key: str, also: str = "") -> None:
    """Offer a space, if there is one, as a file; `also` is a sentence of its help."""
    words = [] if space is None else re.findall(r"\w+", space.name)
    download_file(
        label,
        "" if space is None else space_to_json(space),
        "-".join([*words, "space.json"]),
        "application/json",
        key=key,
        icon=":material/download:",
        disabled=space is None,
        help=f"The space as JSON, also for `xpz tune --space`. {also}".rstrip(),
    )


def _begin_with(name: str, space: Space) -> None:
    """Fill the form under a name with a space, and open it."""
    kept = st.session_state
    kept[_SPACES] = kept.get(_SPACES, {}) | {name: space}
    kept[SPACE_KEY], kept[VIEW_KEYS["tune"]] = name, NEW_SEARCH
    reset_form(name)


def _read(key: str) -> None:
    """Begin the form with the space of the file in a field, which calls this, if it holds one."""
    kept = st.session_state
    if (file := kept[key]) is None:
        return
    with suppress(ConfigError):
        _begin_with(OPENED, _space_in(file))
        kept[_POPOVER] = False
        kept[_READ] += 1


def _space_in(file: UploadedFile) -> Space:
    space = space_from_json(file.getvalue(), file.name)
    # The form leaves out what cannot count, and says so.
    space.without_idle().check()
    return space
