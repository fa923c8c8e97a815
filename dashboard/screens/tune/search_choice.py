"""Choosing a search: the page's address names it, so that a reload and a link show the same one."""

import streamlit as st

from core.errors import XpzError
from core.tuning.search import ACTIVE, Search, SearchStatus, list_searches
from dashboard.shared import state

SEARCH_KEY = "search"
_NEXT = "next_search"
_LAST = "last_search"
_WRITTEN = "search_in_address"


def searches() -> dict[str, Search]:
    """Return the searches at hand by id, newest first."""
    found: dict[str, Search] = {}
    for search in list_searches(*state.run_roots()):
        found.setdefault(search.search_id, search)
    return found


def active_searches() -> dict[str, SearchStatus]:
    """Return how the searches go that wait or work, by id; an unreadable one does neither."""
    found = {}
    for search_id, search in searches().items():
        try:
            status = search.status()
        except (XpzError, OSError):
            continue
        if status.state in ACTIVE:
            found[search_id] = status
    return found


def asked_for() -> str | None:
    """Return the search that a link, a reload or the browser's way back newly asks for."""
    asked = st.query_params.get(SEARCH_KEY)
    return None if asked == st.session_state.get(_WRITTEN) else asked


def choose_search(found: dict[str, Search]) -> Search:
    """Draw the choice among the searches (not none) and return the chosen one, else the newest."""
    asked = asked_for()
    if _NEXT in st.session_state:
        chosen = st.session_state.pop(_NEXT)
    elif asked is not None:
        state.check_address(SEARCH_KEY, list(found), "search")
        chosen = asked
    else:
        chosen = st.session_state.get(SEARCH_KEY, st.session_state.get(_LAST))
    st.session_state[SEARCH_KEY] = chosen if chosen in found else next(iter(found))
    search_id = st.selectbox("Search", list(found), key=SEARCH_KEY)
    # Not bound to the address: see `dashboard.shared.chooser`.
    if search_id != st.query_params.get(SEARCH_KEY):
        st.query_params[SEARCH_KEY] = search_id
    st.session_state[_LAST] = st.session_state[_WRITTEN] = search_id
    return found[search_id]


def show_next(search: Search) -> None:
    """Choose `search` in the next run of the page."""
    st.session_state[_NEXT] = search.search_id


def name_no_search() -> None:
    """Take the search out of the page's address."""
    st.session_state.pop(_WRITTEN, None)
    st.query_params.pop(SEARCH_KEY, None)
