"""The table of redshifts that a fetch is matched with: which one, and how."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.data import (
    BY_POSITIONS,
    ENDINGS,
    Z_UNITS,
    FetchJob,
    RedshiftColumns,
    column_names,
    start_match,
)
from core.errors import DataError
from dashboard.screens.predict import folder
from dashboard.shared.chooser import choose_one
from dashboard.shared.number_field import number_field, row_of_fields
from dashboard.shared.options import with_fields

BY_HAND = "Columns, unit and quality by hand"
MATCH_BY = "Match by"
BY_PLACE, BY_ID = "Place on the sky", "source_id"

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
    text = text.replace(BY_POSITIONS, f"Choose `{BY_PLACE}` under `{MATCH_BY}`.")
    # A cut of one's own stands in the place of the survey's, and this screen makes all others.
    text = text.replace(
        "--no-quality keeps all rows", "A cut on the same column in --quality takes its place"
    )
    return with_fields(text, OPTIONS, f"These fields are under `{BY_HAND}`.")


def show(fetch: FetchJob, *, possible: bool) -> None:
    """Draw the choice of a table and of how it is matched, and match it when asked to.

    `possible` is whether a match can be started now.
    """
    given = _table()
    if given is None:
        return
    name, table = given
    names = column_names(table if isinstance(table, Path) else table.getvalue(), name)
    by_id = any(column.strip().lower() == "source_id" for column in names)
    with row_of_fields() as wrong:
        ways = [BY_ID, BY_PLACE] if by_id else [BY_PLACE, BY_ID]
        way = choose_one(MATCH_BY, ways, f"archive_by_{by_id}", persist_state="session")
        radius = None
        if way == BY_PLACE:
            key = "archive_match_radius"
            radius = number_field("Radius [arcsec]", key, 1.0, 0.1, 60, width=140)
    columns, unit, cuts = _by_hand(names)
    possible = possible and not wrong
    if st.button("Match", icon=":material/join:", key="archive_match", disabled=not possible):
        start_match(
            fetch,
            table if isinstance(table, Path) else (name, table),
            radius,
            RedshiftColumns(**columns),
            z_unit=unit,
            cuts=cuts or None,
        )
        st.rerun()


def _table() -> tuple[str, Any] | None:
    """Draw the choice of a table of redshifts; return its name, and its place or content."""
    file = st.file_uploader(
        "Table of spectroscopic redshifts",
        type=list(ENDINGS),
        key="archive_redshifts",
        max_upload_size=MAX_TABLE_MB,
        help="With right ascension, declination and redshift, such as SDSS's SpecObj or DESI's "
        "zcatalog; or with source_id and redshift.",
    )
    if file is not None:
        return file.name, file
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


def _by_hand(names: tuple[str, ...]) -> tuple[dict[str, str], str | None, str]:
    """Let people choose what names and units do not tell."""
    with st.expander(BY_HAND):
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
            persist_state="session",
        )
        cuts = st.text_input(
            "Cuts on quality",
            placeholder="NQ>=3 and ZWARN==0",
            help="Beside those that the survey recommends, and in their place on the same columns.",
            key="archive_cuts",
            persist_state="session",
        )
    return {what: column for what, column in chosen.items() if column is not None}, unit, cuts
