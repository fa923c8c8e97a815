"""Deleted searches, and the button that deletes one."""

import streamlit as st

from core.jobs import delete
from core.trash import KEEP_DAYS
from core.tuning import Search, given_name
from dashboard.shared.chooser import SEARCH
from dashboard.shared.messages import errors_shown
from dashboard.shared.searches import search_names, searches
from dashboard.shared.trash import Trash

TRASH = Trash(Search, SEARCH, given_name, about="Their trials are restored with them.")


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
            called = search_names(searches())[search.search_id]
            TRASH.remember(delete(search), called)
            st.rerun()
