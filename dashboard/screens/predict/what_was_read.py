"""What the files for a prediction hold: what was recognised, and what was refused and why."""

from collections import Counter
from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.data import ROWS_COUNTED
from core.spreadsheet import without_formulas
from dashboard.screens.predict import id_column, kept
from dashboard.screens.predict.files import MAX_KEPT, Intake
from dashboard.screens.predict.read_file import ReadFile, problems
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain, with_code
from dashboard.shared.options import with_fields
from dashboard.shared.shown import NUMBER, TEXT

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


def show(intake: Intake, on_forget: Callable[[], None]) -> None:
    """Say what each file is, which were refused and why, and what to check."""
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
            "without a band; black bodies for stars; noise alone. The galaxies are, by chance, "
            "harder than most: Evaluate judges runs on thousands. After a reload the sample is "
            "here again, and its redshifts are computed again."
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
        kept.show(intake, on_forget)
    _show_problems(problems(intake.served))
    for words in intake.account.warned():
        st.warning(with_code(with_fields(words, {"id": id_column.LABEL})), icon=":material/tag:")
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
