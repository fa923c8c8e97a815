"""Deleted runs: undo right after, the trash later."""

from contextlib import suppress

import streamlit as st

from core.amounts import n_of
from core.errors import XpzError
from core.jobs import Deleted, empty_trash, list_deleted
from core.runs import Run, undelete
from core.trash import KEEP_DAYS
from dashboard.shared import state
from dashboard.shared.chooser import show_next
from dashboard.shared.messages import errors_shown, plain

_JUST_DELETED = "just_deleted"
MAX_SHOWN = 20


def remember(deleted: Deleted[Run], tuned: list[str]) -> None:
    """Offer an undo on the next run of the page; `tuned` began with the deleted run's network."""
    st.session_state[_JUST_DELETED] = (deleted, tuned)
    # Where one deletes, the top of the page may be out of sight.
    st.toast(
        f"Deleted {plain(_title(deleted))}. Undo is at the top of this page.",
        icon=":material/delete:",
        duration="long",
    )


def _title(deleted: Deleted[Run]) -> str:
    """Return what people called a deleted run, else its id; a damaged one lies there, too."""
    with suppress(XpzError, OSError):
        return deleted.job.title
    return deleted.job.run_id


def show_undo() -> None:
    """Offer to bring back the run that was deleted just now, while it is in the trash."""
    deleted, tuned = st.session_state.get(_JUST_DELETED, (None, []))
    if deleted is None or not deleted.job.path.is_dir():
        st.session_state.pop(_JUST_DELETED, None)
        return
    began = (
        f" {plain(', '.join(tuned))} started from its network and keeps its own." if tuned else ""
    )
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f":material/delete: Deleted **{plain(_title(deleted))}**.{began}")
        if st.button("Undo", icon=":material/undo:", key="undo"):
            _bring_back(deleted)
        if st.button("Dismiss", key="dismiss", type="tertiary"):
            del st.session_state[_JUST_DELETED]
            st.rerun()


def show_trash() -> None:
    """Draw the button that opens the trash, where there is something in it."""
    found = list_deleted(Run, state.runs_folder())
    if not found:
        return
    with st.popover(f"Trash ({len(found)})", icon=":material/delete:", key="trash"):
        st.caption(
            f"Runs stay here for {KEEP_DAYS} days, or until the trash is emptied. Names, tags and "
            "notes are restored with them."
        )
        for number, deleted in enumerate(found[:MAX_SHOWN]):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"{plain(_title(deleted))} :small[:gray[{deleted.deleted:%Y-%m-%d %H:%M} UTC]]"
                )
                if st.button("Restore", key=f"restore-{number}", icon=":material/undo:"):
                    _bring_back(deleted)
        if len(found) > MAX_SHOWN:
            st.caption(f"And {n_of(len(found) - MAX_SHOWN, 'older one')}.")
        if st.button(
            "Empty for good",
            key="empty",
            icon=":material/delete_forever:",
            help="Nothing in it can be restored afterwards.",
        ):
            with errors_shown():
                empty_trash(Run, state.runs_folder())
                st.rerun()


def _bring_back(deleted: Deleted[Run]) -> None:
    with errors_shown():
        show_next(undelete(deleted))
        st.session_state.pop(_JUST_DELETED, None)
        st.rerun()
