"""Files for a prediction, many at once: what was recognised, and what was refused and why."""

from collections import Counter
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.data import ENDINGS, ROWS_COUNTED, ByHand
from core.spreadsheet import without_formulas
from dashboard.screens.predict import id_column, kept
from dashboard.screens.predict.predicted import MAX_KEPT, Intake
from dashboard.screens.predict.read_file import MAX_FILE_MB, MAX_SPECTRA, ReadFile, problems, read
from dashboard.shared import state
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain, with_code
from dashboard.shared.shown import NUMBER, TEXT
from dashboard.shared.ways import A_SAMPLE, TRY_KEY

SAMPLE = state.PROJECT / "data" / "samples" / "simulated-galaxies.csv"
KINDS = {"table": "table of spectra", "xp_continuous": "XP continuous spectra"}
LISTED = 8
"""Reasons to refuse a file that are shown without scrolling."""

_FILE_COLUMNS = {
    "file": "File",
    "what": "What it is",
    "spectra": "Spectra",
    "unusable": "Unusable",
    "kept": "Own columns",
    "left_out": "Left out",
}
_UPLOADER = "predict_uploader"


def upload() -> None:
    """Draw the field of files and the button of the sample, and take in what is new."""
    # As long as its button is not there, the screen is entered: later it may be cleared.
    entered = "sample" not in st.session_state and st.session_state.get(state.PREDICT_KEY) is None
    if entered and st.query_params.get(TRY_KEY) == A_SAMPLE:
        _take_sample()
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
        _show_files(intake)
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
            files = _read(uploads, known, column, again=again)
            intake = Intake(files, id_column=column)
            intake.upload = kept.keep(uploads) if intake.served else None
        id_column.choose(intake, number())
    elif intake is not None and intake.source == "upload":
        intake = None  # the field was emptied
    st.session_state[state.PREDICT_KEY] = intake
    if intake is not before and before is not None and before.predicted is not None:
        st.rerun()  # nothing is predicted any more: what was folded is open


def _read(
    uploads: list, known: dict[str, ReadFile], column: str | None, *, again: bool
) -> list[ReadFile]:
    """Read the files that are new or were refused; the others stay as they are.

    Unless all are to be read `again`: another `column` holds the ids.
    """
    files: list[ReadFile] = []
    with st.spinner("Reading"):
        for upload in uploads:
            file = known.get(upload.file_id)
            # What was refused for want of room may have it now.
            if file is None or not file.is_served or again:
                choices = () if file is None else file.may_be_ids
                file = read(
                    upload.file_id,
                    upload.name,
                    upload.getvalue(),
                    sum(before.n for before in files),
                    ByHand.of_ids(column),
                    one_of_several=len(uploads) > 1,
                )
                # Of one that is refused for the column, too, another one can be chosen.
                file = replace(file, may_be_ids=file.may_be_ids or choices)
            files.append(file)
    return files


def take(intake: Intake) -> None:
    """Put what did not come through the field in the place of what did."""
    st.session_state[_UPLOADER] = st.session_state.get(_UPLOADER, 0) + 1
    st.session_state[state.PREDICT_KEY] = intake


def _take_sample() -> None:
    take(Intake([read("sample", SAMPLE.name, SAMPLE)], source="sample"))


def _clear() -> None:
    st.session_state[_UPLOADER] = number() + 1
    st.session_state[state.PREDICT_KEY] = None


def _show_files(intake: Intake) -> None:
    if intake.title:
        st.caption(f":material/travel_explore: From the Gaia Archive: {plain(intake.title)}")
    refused = [reason for file in intake.files for reason in file.refused]
    if refused:
        listed = "\n".join(f"- {with_code(reason)}" for reason in refused)
        others = "; the others can be used" if intake.served else ""
        with st.container(height=300 if len(refused) > LISTED else "content", border=False):
            st.error(
                f"**{plain(count_refused(intake.files))}**{others}.\n\n{listed}",
                icon=":material/block:",
            )
    if not intake.served:
        return
    if intake.source == "sample":
        st.caption(
            "The sample: **simulated** galaxies (of another seed than the data sets of xpz), two "
            "without a band; black bodies for stars; noise alone."
        )
    if intake.source == "kept":
        st.caption(
            "Files that you uploaded before."
            + ("" if intake.at_hand else f" The spectra, more than {MAX_KEPT:,}, were released.")
        )
    # Of HTML, whose cells are never cut.
    table = files_table(intake.served)
    with st.container(height=300 if len(table) > LISTED else "content", border=False):
        st.table(
            table.map(_cell).rename(columns=_FILE_COLUMNS),
            border="horizontal",
            hide_index=True,
            alt="Files that were read, and the columns that were recognised",
        )
    if intake.source in ("upload", "kept"):
        kept.show(intake, _forget)
    _show_problems(problems(intake.served))
    if words := without_errors(intake.served):
        st.warning(plain(words), icon=":material/warning:")
    if words := no_errors(intake.served):
        st.info(plain(words), icon=":material/info:")
    if n := intake.account.repeated_ids:
        st.info(
            f"**{n_of(n, 'more row')} {'is' if n == 1 else 'are'} of a source that is there "
            "already.** All rows are predicted; the column `repeated` of the catalogue marks them.",
            icon=":material/content_copy:",
        )


def _forget() -> None:
    kept.forget(st.session_state[state.PREDICT_KEY])
    _clear()


def count_refused(files: list[ReadFile]) -> str:
    """Return how many files are refused, and how many of those in each archive."""
    whole = sum(not file.is_served for file in files)
    counts = [(whole, "")] if whole else []
    counts += [
        (len(file.refused), f" in {file.name}") for file in files if file.is_served and file.refused
    ]
    named = [f"{n_of(n, 'file')}{where}" for n, where in counts]
    return " and ".join(named) + " refused"


def contents(file: ReadFile) -> str:
    """Return what a file holds, in words; how many of each where it is an archive of several."""
    words = [
        (f"{n} × " if len(file.holds) > 1 else "") + f"{KINDS[kind]} ({format})"
        for (kind, format), n in Counter(file.holds).items()
    ]
    return ", ".join(words)


def files_table(files: list[ReadFile]) -> pd.DataFrame:
    """Return a row per file: what it is, how many spectra, what was recognised where."""
    table = pd.DataFrame(
        [
            {
                "file": file.name,
                "what": contents(file),
                "spectra": file.n,
                "unusable": len(file.unusable),
            }
            | {name: found for name, found in file.recognised.items() if found != "none"}
            for file in files
        ]
    )
    return table.drop(columns=["kind", "refused"], errors="ignore")


def without_errors(files: list[ReadFile]) -> str:
    """Say how many spectra have errors that are none, and what may be the cause; '' if none has."""
    held = [(file, file.spectra.notes) for file in files if file.spectra is not None]
    told = [(file, note) for file, notes in held for note in notes.values()]
    if not told:
        return ""
    n, total = len(told), sum(file.n for file, _ in held)
    file, first = told[0]
    said = (
        f"{n:,} of {n_of(total, 'spectrum')} {'has' if n == 1 else 'have'} errors that cannot "
        f"be used. The first: {file.name}, {first}"
    )
    if 2 * n > total:
        said += " So many: are flux and error swapped, or is the sign of the errors wrong?"
    return said


def no_errors(files: list[ReadFile]) -> str:
    """Say of which files no flux has errors, and why of the first; '' if there is none."""
    told = [
        (file.name, words)
        for file in files
        for words in file.account.columns.get("flux_error", "").split(" | ")
        if words.startswith("none")
    ]
    if not told:
        return ""
    name, why = told[0]
    more = f" The same holds for {n_of(len(told) - 1, 'more file')}." if told[1:] else ""
    return f"Flux errors of {name}: {why}.{more}"


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return plain(value) if isinstance(value, str) else ""  # of another file's column


def _show_problems(table: pd.DataFrame) -> None:
    if table.empty:
        return
    spectra = n_of(len(table), "spectrum")
    with st.expander(f"{spectra} cannot be used", icon=":material/warning:"):
        st.dataframe(
            without_formulas(table.head(1000)),
            hide_index=True,
            key="predict_problems",
            alt="Spectra that cannot be used, with file, row and reason",
            column_config={
                "file": "File",
                "row": NUMBER("Row", format="localized", help=ROWS_COUNTED),
                "source_id": "source_id",
                "why": TEXT("Why", width="large"),
            },
        )
        if len(table) > 1000:
            st.caption(f"The first 1,000 of {len(table):,}; the download has them all.")
        download_table("Unusable spectra", table, "unusable-spectra")
        st.caption("They stay in the catalogue, without a redshift.")
