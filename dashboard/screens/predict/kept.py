"""Uploads that survive a reload: the address names them, and the server keeps the last ones."""

from collections.abc import Callable

import streamlit as st

from core.data import (
    MOST_UPLOADS,
    ByHand,
    Uploaded,
    find_upload,
    forget_upload,
    keep_upload,
)
from dashboard.screens.predict.predicted import Intake
from dashboard.screens.predict.read_file import ReadFile, read

KEY, IDS_KEY = "upload", "ids"
"""Of the address: what the upload is called, and the column of ids if the visitor named it."""

_SEEN, _GONE = "predict_upload_seen", "predict_upload_gone"


def asked_for(intake: Intake | None) -> Intake | None:
    """Return the upload that the address has come to name, read; None if it has not.

    Also after a reload, and on the browser's way back. One that is gone is noted.
    """
    name = st.query_params.get(KEY)
    if name is None or name in (st.session_state.get(_SEEN), intake and intake.upload):
        return None
    st.session_state[_SEEN] = name
    uploaded = find_upload(name)
    st.session_state[_GONE] = uploaded is None
    if uploaded is None:
        return None
    column = st.query_params.get(IDS_KEY)
    files: list[ReadFile] = []
    with st.spinner("Reading"):
        for number, file in enumerate(uploaded):
            files.append(
                read(
                    f"{name}/{number}",
                    file.name,
                    file.content,
                    sum(before.n for before in files),
                    ByHand.of_ids(column),
                    one_of_several=len(uploaded) > 1,
                )
            )
    return Intake(files, source="kept", id_column=column, upload=name)


def keep(uploads: list) -> str | None:
    """Keep the files of the field, and return what the upload is called, if it is kept."""
    return keep_upload([Uploaded(upload.name, upload.getvalue()) for upload in uploads])


def tell_address(intake: Intake | None) -> None:
    """Have the address name what is on the screen; say so where what it named is gone."""
    name = None if intake is None else intake.upload
    column = None if intake is None or name is None else intake.id_column
    for key, value in ((KEY, name), (IDS_KEY, column)):
        if value is None:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != value:
            st.query_params[key] = value
    st.session_state[_SEEN] = name
    if intake is not None:
        st.session_state[_GONE] = False
    elif st.session_state.get(_GONE):
        st.warning(
            "The upload that this address names is no longer kept: upload the files again.",
            icon=":material/history:",
        )


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
        f"last {MOST_UPLOADS} uploads to this server. Redshifts are made anew: download what you "
        "need."
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
