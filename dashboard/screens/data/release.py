"""Of which release of Gaia spectra are, where their file does not tell: stated by the user."""

from dataclasses import replace

import streamlit as st

from core.data import NOT_TOLD, RELEASES, Dataset, DatasetEntry, state_release
from dashboard.screens.data.deleting import jobs_on
from dashboard.shared import state
from dashboard.shared.messages import errors_shown, plain

_OF_FILE, _OF_SAVED = "upload_release", "saved_release"


def choose(file_id: str, unchosen: str) -> str | None:
    """Draw the field of an upload's release, which shows `unchosen` until it is stated."""
    return _field(_OF_FILE + file_id, unchosen)


def of_upload(dataset: Dataset, file_id: str) -> Dataset:
    """Ask for the release of spectra that do not tell it; return the data set with the answer."""
    known = dataset.card.known_instrument
    if known.is_told:
        return dataset
    release = choose(file_id, "not told")
    if release is None:
        return dataset
    card = replace(dataset.card, instrument=replace(known, release=release))
    return replace(dataset, card=card)


def warn(dataset: Dataset) -> None:
    """Say before a data set is saved that nobody told its release."""
    if not dataset.card.known_instrument.is_told:
        st.warning(f"{NOT_TOLD} If you know it, choose it above.", icon=":material/satellite_alt:")


def of_saved(entry: DatasetEntry) -> None:
    """Let the release be stated of a data set of the user's own that does not tell it."""
    if entry.card.known_instrument.is_told or entry.path.parent == state.SHIPPED_DATA:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        release = _field(_OF_SAVED + entry.path.stem, "not told", width=220)
        at_work = jobs_on(entry)
        clicked = st.button(
            "Save the release",
            key="save_release",
            disabled=release is None or bool(at_work),
            help=f"{plain(at_work[0])} works with it: wait until it has ended."
            if at_work
            else "The card of the data set is written anew; its galaxies stay as they are.",
        )
    if clicked and release is not None:
        with errors_shown():
            state_release(entry.path, release)
            st.rerun()


def _field(key: str, unchosen: str, width: int | None = None) -> str | None:
    return st.selectbox(
        "Gaia release",
        RELEASES,
        None,
        placeholder=unchosen,
        key=key,
        width=width or "stretch",
        help="Of the spectra, where the file does not tell it. A network knows the instrument of "
        "one release alone, and xpz checks that spectra to predict are of the same.",
    )
