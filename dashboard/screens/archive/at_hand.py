"""The list of fetches: what each holds, how it goes, how much it takes; and deleting one."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.data import FetchJob, FetchStatus, build_of, delete_fetch, match_of, size_of_fetch
from core.errors import XpzError
from core.spreadsheet import without_formulas
from dashboard.screens.archive.form import FETCH
from dashboard.shared.columns import MADE_COLUMN
from dashboard.shared.messages import errors_shown, plain
from dashboard.shared.run_row import DAMAGED
from dashboard.shared.shown import show_table

_DELETED = "archive_deleted"
"""Of the session: what was deleted just now."""

_COLUMNS = {
    "title": "Fetch",
    "release": "Release",
    "state": "State",
    "sources": st.column_config.NumberColumn("Sources", format="localized"),
    "spectra": st.column_config.NumberColumn("Spectra", format="localized"),
    "holds": "Made of it",
    "bytes": st.column_config.NumberColumn("Size", format="bytes"),
    "made": MADE_COLUMN,
}


def show(jobs: Mapping[str, FetchJob]) -> None:
    """Draw the list, once it is opened: it looks at every file."""
    if st.session_state.get(_DELETED):
        st.success(f"Deleted: {plain(st.session_state.pop(_DELETED))}.", icon=":material/delete:")
    if len(jobs) < 2:
        return
    listed = st.expander(
        f"All {n_of(len(jobs), 'fetch')}",
        icon=":material/list:",
        key="archive_list",
        on_change="rerun",
    )
    if not listed.open:
        return
    names = list(jobs)
    table = pd.DataFrame([_row(job) for job in jobs.values()])
    button = st.column_config.ButtonColumn(
        "", key="archive_show", on_click=_show, args=(names,), type="tertiary"
    )
    with listed:
        show_table(
            without_formulas(table.assign(show="Show")),
            {**_COLUMNS, "show": button},
            "Fetches with what they hold, their state and size",
            key="archive_fetches",
        )


def _row(job: FetchJob) -> dict[str, Any]:
    row: dict[str, Any] = {
        "title": job.config.title,
        "release": job.config.release,
        "state": DAMAGED,
        "sources": None,
        "spectra": None,
        "holds": "",
        "bytes": size_of_fetch(job),
        "made": pd.to_datetime(job.config.created or "", utc=True, errors="coerce"),
    }
    with suppress(XpzError):
        status = job.status()
        row |= {"state": status.state, "sources": status.total or None}
        if status.state == "done":
            row["spectra"] = job.report().n_spectra
        done = {"redshifts": match_of(job).is_done, "data set": build_of(job).is_done}
        row["holds"] = ", ".join(what for what, is_there in done.items() if is_there)
    return row


def _show(names: list[str]) -> None:
    FETCH.show_next(names[st.session_state["archive_show"].row])


def delete_button(job: FetchJob, status: FetchStatus) -> None:
    """Draw what deletes a fetch, once it is confirmed."""
    with st.popover(
        "Delete",
        icon=":material/delete:",
        key="archive_delete",
        disabled=status.is_active,
        help="Cancel it first." if status.is_active else None,
    ):
        st.markdown(
            f"**{plain(job.config.title)}** goes for good, with its spectra"
            + (" and the redshifts matched with them" if match_of(job).exists else "")
            + ". Data sets that were built of it stay; the archive can be asked again."
        )
        if st.button(
            "Delete for good",
            icon=":material/delete_forever:",
            type="primary",
            key="archive_delete_for_good",
        ):
            with errors_shown():
                delete_fetch(job)
                st.session_state[_DELETED] = job.config.title
                FETCH.name_none()
                st.rerun()
