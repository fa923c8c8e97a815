"""Files for a prediction, many at once: how they come in, by the field, an address or a click."""

import streamlit as st

from core.data import ENDINGS
from dashboard.screens.predict import id_column, kept, what_was_read
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.read_file import MAX_FILE_MB, MAX_SPECTRA, read
from dashboard.screens.predict.read_upload import read_upload
from dashboard.shared import state
from dashboard.shared.ways import A_SAMPLE, TRY_KEY

SAMPLE = state.PROJECT / "data" / "samples" / "simulated-galaxies.csv"
_UPLOADER = "predict_uploader"


def upload() -> None:
    """Draw the field of files and the button of the sample, and take in what is new."""
    # As long as its button is not there, the screen is entered: later it may be cleared.
    entered = "sample" not in st.session_state and st.session_state.get(state.PREDICT_KEY) is None
    if entered and st.query_params.get(TRY_KEY) == A_SAMPLE:
        _take_sample(at_once=kept.was_predicted())
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    with left:
        # An emptied field is another one: what is in it can be taken out in no other way.
        uploads = st.file_uploader(
            "Files of spectra",
            type=list(ENDINGS),
            accept_multiple_files=True,
            key=f"predict-files-{number()}",
            max_upload_size=MAX_FILE_MB,
            help=f"Several at once; up to {MAX_SPECTRA:,} spectra in all. For more, the command "
            "`xpz predict` streams files of any length.",
        )
    with right:
        st.button(
            "Try a sample",
            icon=":material/science:",
            on_click=_take_sample,
            key="sample",
            width="stretch",
        )
    _keep_up(uploads)


def bring_back() -> None:
    """Take in the upload that the address has come to name."""
    if found := kept.asked_for(st.session_state.get(state.PREDICT_KEY)):
        take(found)


def taken() -> Intake | None:
    """Return what was taken in, from wherever, and draw what it is; None where nothing was."""
    intake: Intake | None = st.session_state.get(state.PREDICT_KEY)
    kept.tell_address(intake)
    if intake is not None:
        if intake.source == "kept" and intake.upload is not None:
            _choose_ids(intake, intake.upload)
        what_was_read.show(intake, _forget)
    return intake


def number() -> int:
    """Return what tells the spectra on the screen from those before them."""
    return st.session_state.setdefault(_UPLOADER, 0)


def without_field() -> None:
    """Keep what was uploaded where the field of files is not drawn."""
    intake: Intake | None = st.session_state.get(state.PREDICT_KEY)
    if intake is not None and intake.source == "upload":
        intake.source = "kept"


def clear_button() -> None:
    """Draw what empties the screen."""
    st.button("Clear", icon=":material/close:", on_click=_clear, key="predict_clear")


def show_empty() -> None:
    """Say what to bring, and where it comes from."""
    st.info(
        "Drop files above, or try the sample: simulated galaxies, and some spectra that no "
        "network should be used on.",
        icon=":material/upload_file:",
    )
    left, right = st.columns(2, gap="medium")
    left.markdown(
        "**From the Gaia Archive.** XP continuous spectra exactly as delivered (DataLink, "
        "`XP_CONTINUOUS`, data structure `RAW`; CSV, ECSV, FITS or VOTable). Or choose **Gaia "
        "Archive** above and have them fetched, by source ids, name, position or ADQL; `xpz fetch` "
        "does the same."
    )
    right.markdown(
        "**Tables of your own.** 186 flux columns, one array column (80 BP, then 106 RP "
        "samples, e-/s per sample) or one of each band; optional `source_id`, `flux_error`, `z`, "
        "`g_mag`. All other columns are copied to the catalogue, with their units."
    )


def _keep_up(uploads: list) -> None:
    """Bring the session's intake in line with the files in the field."""
    before: Intake | None = st.session_state.get(state.PREDICT_KEY)
    intake = before
    if uploads:
        known = {file.file_id: file for file in intake.files} if intake else {}
        column = id_column.asked(number())
        again = intake is not None and intake.id_column != column
        if intake is None or again or list(known) != [upload.file_id for upload in uploads]:
            contents = {upload.file_id: kept.as_uploaded(upload) for upload in uploads}
            files, column = read_upload(contents, column, known, again=again)
            if column is None:
                id_column.let_go(number())
            intake = Intake(files, id_column=column)
            intake.upload = kept.keep(uploads) if intake.served else None
        id_column.choose(intake, number())
    elif intake is not None and intake.source == "upload":
        intake = None  # the field was emptied
    st.session_state[state.PREDICT_KEY] = intake
    if intake is not before and before is not None and before.predicted is not None:
        st.rerun()  # nothing is predicted any more: what was folded is open


def _choose_ids(intake: Intake, name: str) -> None:
    """Let another column of a kept upload be that of the ids."""
    column = id_column.choose(intake, number())
    if column == intake.id_column:
        return
    if (again := kept.read_kept(name, column, intake.files)) is None:
        st.warning(
            "These files are no longer kept: upload them again to choose another column.",
            icon=":material/history:",
        )
        return
    st.session_state[state.PREDICT_KEY] = again
    st.rerun()


def take(intake: Intake) -> None:
    """Put what did not come through the field in the place of what did."""
    st.session_state[_UPLOADER] = st.session_state.get(_UPLOADER, 0) + 1
    st.session_state[state.PREDICT_KEY] = intake


def _take_sample(*, at_once: bool = False) -> None:
    files = [read("sample", SAMPLE.name, SAMPLE)]
    take(Intake(files, source="sample", at_once=at_once))


def _clear() -> None:
    st.session_state[_UPLOADER] = number() + 1
    st.session_state[state.PREDICT_KEY] = None


def _forget() -> None:
    kept.forget(st.session_state[state.PREDICT_KEY])
    _clear()
