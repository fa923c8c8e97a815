"""A fetch made a data set to train with: redshifts given, matched on the sky, joined, used."""

import re
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from core.data import (
    ENDINGS,
    Z_UNITS,
    Account,
    Asked,
    FetchJob,
    RedshiftColumns,
    build_dataset,
    column_names,
    datasets_folder,
    match_by_id,
    match_by_place,
    parse_cuts,
)
from core.errors import DataError
from core.prediction import write_table
from dashboard.screens.data import store
from dashboard.screens.predict import folder
from dashboard.shared import state
from dashboard.shared.account import show_account
from dashboard.shared.chooser import choose_one
from dashboard.shared.messages import errors_shown, plain
from dashboard.shared.ways import link

BY_PLACE, BY_ID = "Place on the sky", "source_id"
MATCHED, BUILT = "archive_matched", "archive_built"
"""Of the session: the accounts of the match and of the data set, with the fetch they are of."""

COLUMNS = {
    "ra": "Column of right ascensions",
    "dec": "Column of declinations",
    "z": "Column of redshifts",
    "z_error": "Column of their errors",
    "source_id": "Column of source_id",
}
MAX_TABLE_MB = 200
"""Of redshifts that come through the browser."""


OPTIONS = {
    "ra": COLUMNS["ra"],
    "dec": COLUMNS["dec"],
    "z": COLUMNS["z"],
    "z-error": COLUMNS["z_error"],
    "id": COLUMNS["source_id"],
    "z-unit": "Unit of the redshifts",
    "quality": "Cuts on quality",
}
"""What this screen calls the command's options."""


def in_words(text: str) -> str:
    """Return an error with the names of this screen's fields in place of the command's options."""
    return re.sub(
        rf"--({'|'.join(OPTIONS)})(?![\w-])", lambda found: f"`{OPTIONS[found[1]]}`", text
    )


def show(job: FetchJob) -> None:
    """Draw the steps: the table of redshifts, the match, the data set, the training."""
    st.markdown("**Make a training set**")
    if not state.is_own(job):
        return
    with errors_shown():
        given = _table()
        if given is not None:
            _choose(job, *given)
    _build(job)


def _table() -> tuple[str, bytes | Path] | None:
    """Draw the choice of a table of redshifts; return its name, and its content or place."""
    file = st.file_uploader(
        "Table of spectroscopic redshifts",
        type=list(ENDINGS),
        key="archive_redshifts",
        max_upload_size=MAX_TABLE_MB,
        help="With right ascension, declination and redshift, such as SDSS's SpecObj or DESI's "
        "zcatalog; or with source_id and redshift.",
    )
    if file is not None:
        return file.name, file.getvalue()
    # Who names files here has the server read them: that is for those who sit at it.
    if not folder.is_at_home():
        return None
    place = st.text_input(
        "Or its place on this machine",
        placeholder="/data/sdss/specObj-dr17.fits",
        key="archive_redshifts_place",
        persist_state="session",
        help="For tables of any size.",
    ).strip()
    if not place:
        return None
    if not Path(place).is_file():
        raise DataError(f"{place}: there is no such file.")
    return Path(place).name, Path(place)


def _choose(job: FetchJob, name: str, table: bytes | Path) -> None:
    """Draw how a table is matched, and match it when asked to."""
    names = column_names(table, name)
    by_id = any(column.strip().lower() == "source_id" for column in names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ways = [BY_ID, BY_PLACE] if by_id else [BY_PLACE, BY_ID]
        way = choose_one("Match by", ways, f"archive_by_{by_id}", persist_state="session")
        radius = st.number_input(
            "Radius [arcsec]",
            0.1,
            60.0,
            1.0,
            step=0.5,
            key="archive_match_radius",
            disabled=way == BY_ID,
            width=140,
        )
    columns, unit, asked = _by_hand(names)
    if st.button("Match", icon=":material/join:", key="archive_match"):
        how = {"z_unit": unit, "quality": Asked(parse_cuts(asked or None))}
        by_place = None if way == BY_ID else radius
        with st.spinner("Matching"), tempfile.TemporaryDirectory() as scratch:
            path = table if isinstance(table, Path) else Path(scratch) / Path(name).name
            if isinstance(table, bytes):
                path.write_bytes(table)
            try:
                _match(job, path, by_place, RedshiftColumns(**columns), how)
            except DataError as error:
                raise DataError(in_words(str(error))) from error


def _match(
    job: FetchJob,
    redshifts: Path,
    radius: float | None,
    columns: RedshiftColumns,
    how: dict[str, Any],
) -> None:
    """Keep, with the fetch, its sources that have a redshift in a table."""
    if radius is None:
        release = job.config.release.split()[-1]
        matched = match_by_id(redshifts, columns, release=release, **how)
    else:
        matched = match_by_place(job.sources, redshifts, radius, columns, **how)
    write_table(matched.table, job.matched, matched.about)
    st.session_state[MATCHED] = job.id, matched.accounts


def _by_hand(names: tuple[str, ...]) -> tuple[dict[str, str], str | None, str]:
    """Let people choose what names and units do not tell."""
    with st.expander("Columns, unit and quality by hand"):
        chosen = {
            what: st.selectbox(
                label, names, None, placeholder="as the file tells", key=f"archive_column_{what}"
            )
            for what, label in COLUMNS.items()
        }
        unit = st.selectbox(
            "Unit of the redshifts",
            Z_UNITS,
            None,
            placeholder="as the file tells",
            key="archive_z_unit",
        )
        cuts = st.text_input(
            "Cuts on quality",
            placeholder="NQ>=3 and ZWARN==0",
            help="Beside those that the survey recommends, and in their place on the same columns.",
            key="archive_cuts",
        )
    return {what: column for what, column in chosen.items() if column is not None}, unit, cuts


def _build(job: FetchJob) -> None:
    """Draw what was matched, and the data set that is made of it."""
    if not job.matched.is_file():
        return
    of, accounts = st.session_state.get(MATCHED, ("", ()))
    if of == job.id:
        _show_accounts("Matched", accounts)
    name = st.text_input(
        "Name of the data set", job.config.title, max_chars=48, key=f"archive_name_{job.id}"
    )
    with errors_shown():
        if st.button(
            "Build the data set", type="primary", icon=":material/dataset:", key="archive_build"
        ):
            _built(job, name)
    of, built, accounts = st.session_state.get(BUILT, ("", "", ()))
    if of == job.id and built in state.datasets():
        _show_accounts(f"Data set {built}", accounts)
        link("train", "Train with it", **{state.DATA_KEY: built})


def _built(job: FetchJob, name: str) -> None:
    built = store.free_name(store.safe_name(name))
    path = datasets_folder() / f"{built}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    bar = st.progress(0.0, text="Reading the spectra")

    def report(done: int, total: int | None) -> None:
        bar.progress(done / total if total else 0.0, text=f"{done:,} spectra")

    made = build_dataset([job.fetched], path, job.matched, name=name.strip() or built,
                         progress=report)  # fmt: skip
    accounts = tuple(filter(None, (made.spectra, made.redshifts)))
    st.session_state[BUILT] = job.id, built, accounts
    state.use_dataset(built)


def _show_accounts(what: str, accounts: tuple[Account, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check: **{plain(what)}**: {accounts[0].used:,} galaxies")
        for account in accounts:
            show_account(account)
