"""What survives a reload: the address names it, and the server keeps the last uploads."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.data import (
    MOST_UPLOADS,
    Uploaded,
    find_upload,
    forget_upload,
    keep_upload,
)
from dashboard.screens.predict.files import MAX_KEPT, Intake
from dashboard.screens.predict.read_file import ReadFile
from dashboard.screens.predict.read_upload import read_upload
from dashboard.shared.ways import A_SAMPLE, TRY_KEY

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

KEY, IDS_KEY = "upload", "ids"
"""Of the address: what the upload is called, and the column of ids if the visitor named it."""
PREDICTED_KEY, YES = "predicted", "1"
"""Of the address: that redshifts were on the screen, which a reload is to bring back."""

_SEEN, _GONE = "predict_upload_seen", "predict_upload_gone"
_CLOSE = "predict_gone_close"


def asked_for(intake: Intake | None) -> Intake | None:
    """Return the upload that the address has come to name, read; None if it has not.

    Also after a reload, and on the browser's way back. One that is gone is noted.
    """
    name = st.query_params.get(KEY)
    if _CLOSE not in st.session_state:
        st.session_state.pop(_GONE, None)  # the screen is entered: that was said before
    if name is None or name in (st.session_state.get(_SEEN), intake and intake.upload):
        return None
    st.session_state[_SEEN] = name
    asked = st.query_params.get(IDS_KEY)
    found = read_kept(name, asked)
    st.session_state[_GONE] = found is None
    if found is not None:
        found.at_once = was_predicted() and found.n <= MAX_KEPT
    if found is not None and found.id_column != asked:
        st.warning(
            "The address names a column of ids that these files do not have; it is not used.",
            icon=":material/link_off:",
        )
    return found


def read_kept(name: str, column: str | None, before: Sequence[ReadFile] = ()) -> Intake | None:
    """Return an upload by its name, read with this column of ids; None if it is gone.

    Of files that were read `before`, the columns are known that can be chosen.
    """
    uploaded = find_upload(name)
    if uploaded is None:
        return None
    files = {f"{name}/{number}": file for number, file in enumerate(uploaded)}
    known = dict(zip(files, before, strict=bool(before)))
    found, column = read_upload(files, column, known, again=True)
    return Intake(found, source="kept", id_column=column, upload=name)


def was_predicted() -> bool:
    """Whether the address says that what it names was predicted, and is to be again."""
    return st.query_params.get(PREDICTED_KEY) == YES


def keep(uploads: list) -> str | None:
    """Keep the files of the field, and return what the upload is called, if it is kept."""
    return keep_upload([as_uploaded(upload) for upload in uploads])


def as_uploaded(upload: "UploadedFile") -> Uploaded:
    """Return name and content of a file of the field."""
    return Uploaded(upload.name, upload.getvalue())


def tell_address(intake: Intake | None) -> None:
    """Have the address name what is on the screen; say so where what it named is gone."""
    name = None if intake is None else intake.upload
    column = None if intake is None or name is None else intake.id_column
    sample = A_SAMPLE if intake is not None and intake.source == "sample" else None
    predicted = None
    if intake is not None and (name or sample) and (intake.predicted or intake.at_once):
        predicted = YES
    told = {KEY: name, IDS_KEY: column, TRY_KEY: sample, PREDICTED_KEY: predicted}
    for key, value in told.items():
        if value is None:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != value:
            st.query_params[key] = value
    st.session_state[_SEEN] = name
    if intake is not None:
        st.session_state[_GONE] = False
    elif st.session_state.get(_GONE):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(
                "The upload that this address names is no longer kept: upload the files again.",
                icon=":material/history:",
            )
            st.button("Close", icon=":material/close:", key=_CLOSE, on_click=_close)


def _close() -> None:
    st.session_state.pop(_GONE, None)


def show(intake: Intake, on_forget: Callable[[], None]) -> None:
    """Say how long files and redshifts are there, and draw what has them forgotten."""
    if intake.upload is None:
        st.caption(
            "Files and redshifts are kept until you close or reload this page: download what you "
            "need."
        )
        return
    words, button = st.columns([6, 1], vertical_alignment="center")
    words.caption(
        "This page's address brings the files back, after a reload too, while they are among the "
        f"last {MOST_UPLOADS} uploads to this server. Redshifts are computed again then: download "
        "what you need."
    )
    button.button(
        "Forget",
        icon=":material/delete:",
        on_click=on_forget,
        key="predict_forget",
        width="stretch",
        help="Removes these files from the server; the address leads nowhere then.",
    )


def forget(intake: Intake) -> None:
    """Remove what is kept of the files on the screen."""
    if intake.upload is not None:
        forget_upload(intake.upload)
    intake.upload = None
