"""What is wanted from the archive: ids, what lies around a place, some galaxies, or a query."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.amounts import n_of
from core.data import (
    ENDINGS,
    RELEASES,
    check_query,
    find_place,
    is_position,
    parse_ids,
    read_position,
)
from dashboard.shared.chooser import choose_one
from dashboard.shared.messages import errors_shown
from dashboard.shared.number_field import number_field, row_of_fields, wrong_fields

IDS, IDS_FILE = "Source ids", "File of ids"
PLACE, GALAXIES, ADQL = "Name or position", "Galaxies", "ADQL"
WAYS = (IDS, IDS_FILE, PLACE, GALAXIES, ADQL)
MAX_GALAXIES = 1_000_000
MAX_IDS_MB = 50
PLACES = "archive_places"
"""Of the session: what Sesame said of names, RA and Dec [deg]."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is wanted: `asked` is as `core.data.ask` takes it, the title is for lists."""

    title: str
    release: str
    asked: dict[str, Any]


def choose_way() -> str:
    """Draw the choice of `WAYS` to ask, and return it."""
    return choose_one("Ask for", WAYS, "archive_way", persist_state="session")


def choose_release() -> str:
    """Draw the choice of the release, and return it."""
    return st.selectbox(
        "Release", RELEASES, key="archive_release", persist_state="session", width=130
    )


def choose(way: str, release: str) -> Wanted | None:
    """Draw the fields of a way to ask; None where something is still to be given."""
    found = None
    with errors_shown():
        found = _CHOICES[way](release)
    return None if found is None else Wanted(found[0], release, found[1])


Found = tuple[str, dict[str, Any]] | None


def _ids(release: str) -> Found:
    text = st.text_area(
        "Source ids",
        placeholder="4111834567779557376, 4111834567779557377",
        key="archive_ids",
        persist_state="session",
        height=100,
        help="Separated by spaces, commas or new lines. Names as 'Gaia DR3 4111834567779557376' "
        "are understood, too.",
    )
    return _listed(parse_ids(text, release.split()[-1])) if text.strip() else None


def _ids_file(release: str) -> Found:
    file = st.file_uploader(
        "File of source ids",
        type=[".txt", ".list", *ENDINGS],
        key="archive_ids_file",
        max_upload_size=MAX_IDS_MB,
        help="A list of one id per line, or a table with the column source_id.",
    )
    if file is None:
        return None
    return _listed(parse_ids(file.getvalue(), release.split()[-1], file.name))


def _listed(ids: np.ndarray) -> Found:
    return (f"Source {ids[0]}" if len(ids) == 1 else n_of(len(ids), "source id")), {"ids": ids}


def _place(release: str) -> Found:
    known: dict[str, tuple[float, float]] = st.session_state.setdefault(PLACES, {})
    with row_of_fields() as wrong:
        text = st.text_input(
            "Name, or right ascension and declination",
            placeholder="M 87, or 187.706 12.391, or 12:30:49 +12:23:28",
            key="archive_place",
            persist_state="session",
            width=380,
        ).strip()
        radius = number_field("Radius [deg]", "archive_radius", 0.5, 0.001, 180, width=130)
        is_name = bool(text) and not is_position(text)
        if is_name and st.button(
            "Look up",
            icon=":material/travel_explore:",
            key="archive_look_up",
            help="Asks Sesame, the service of names at the CDS, where this is.",
        ):
            with st.spinner("Asking Sesame"):
                known[text] = find_place(text)
    if not text or wrong:
        return None
    if is_name and text not in known:
        st.caption("A name: press Look up. Nothing is asked of anyone before.")
        return None
    ra, dec = known[text] if is_name else read_position(text)
    said = "Sesame says: " if is_name else ""
    st.caption(f"{said}RA {ra:.5f}°, Dec {dec:+.5f}° (ICRS). Galaxies with spectra around it.")
    return f"{text}, {radius:g} deg", {"cone": (ra, dec, radius)}


def _galaxies(release: str) -> Found:
    with wrong_fields() as wrong:
        n = number_field(
            "Number of galaxies",
            "archive_galaxies",
            1000,
            1,
            MAX_GALAXIES,
            width=200,
            help="Of the purer sample with spectra and a redshift of Gaia's UGC, spread over the "
            "sky; the same ones each time.",
        )
    if wrong:
        return None
    return n_of(n, "galaxy"), {"galaxies": n}


def _adql(release: str) -> Found:
    table = f"{release.lower().replace(' ', '')}.gaia_source"
    query = st.text_area(
        "ADQL",
        placeholder=f"SELECT source_id, ra, dec, phot_g_mean_mag FROM {table} WHERE ...",
        key="archive_adql",
        persist_state="session",
        height=130,
        help="A query that selects source_id; all else that it selects is kept.",
    ).strip()
    if not query:
        return None
    check_query(query)
    return f"ADQL {' '.join(query.split())[:40]}", {"adql": query}


_CHOICES = {IDS: _ids, IDS_FILE: _ids_file, PLACE: _place, GALAXIES: _galaxies, ADQL: _adql}
