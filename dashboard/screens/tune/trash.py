"""Deleting a search, and undoing that."""

from contextlib import suppress

import streamlit as st

from core.errors import XpzError
from core.jobs import Deleted, delete, undelete
from core.trash import KEEP_DAYS
from core.tuning import Search, given_name
from dashboard.shared.chooser import SEARCH
from dashboard.shared.messages import errors_shown, plain

_JUST_DELETED = "search_just_deleted"


def delete_button(search: Search) -> None:
    """Draw the button that moves a search, which is not active, to the trash."""
    if st.button(
        "Delete",
        icon=":material/delete:",
        key="delete_search",
        help=f"Moves it to the trash, where it can be restored for {KEEP_DAYS} days. Runs that "
        "its trials were promoted to stay.",
    ):
        with errors_shown():
            st.session_state[_JUST_DELETED] = delete(search)
            st.rerun()


def show_undo() -> None:
    """Offer to bring back the search that was deleted just now, while it is in the trash."""
    deleted: Deleted[Search] | None = st.session_state.get(_JUST_DELETED)
    if deleted is None or not deleted.job.path.is_dir():
        st.session_state.pop(_JUST_DELETED, None)
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(
            f":material/delete: Deleted **{plain(_title(deleted.job))}**. "
            ":small[Later: `xpz tune trash`.]"
        )
        if st.button("Undo", icon=":material/undo:", key="undo_search"):
            with errors_shown():
                SEARCH.show_next(undelete(deleted).search_id)
                del st.session_state[_JUST_DELETED]
                st.rerun()
        if st.button("Dismiss", key="dismiss_search", type="tertiary"):
            del st.session_state[_JUST_DELETED]
            st.rerun()


def _title(search: Search) -> str:
    """Return what people called a deleted search, else its id."""
    with suppress(XpzError, OSError):
        return given_name(search) or search.search_id
    return search.search_id
