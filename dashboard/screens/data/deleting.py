"""The user's own data sets are deleted by one click, and come back by another."""

from typing import Any

import streamlit as st

from core.data import DatasetEntry, delete_dataset, read_card, undelete_dataset
from core.errors import RunError
from core.jobs import Job, active
from core.trash import KEEP_DAYS
from dashboard.shared import state
from dashboard.shared.messages import errors_shown, plain
from dashboard.shared.searches import searches

_JUST_DELETED = "dataset_just_deleted"


def button(entry: DatasetEntry) -> None:
    """Draw the button that deletes a data set of the user's own; nothing for a shipped one."""
    if entry.path.parent == state.SHIPPED_DATA:
        return
    at_work = jobs_on(entry)
    st.button(
        "Delete",
        icon=":material/delete:",
        key="delete_dataset",
        disabled=bool(at_work),
        help=f"{plain(at_work[0])} works with it: cancel that first."
        if at_work
        else f"It can be restored right afterwards; its file stays in .trash for {KEEP_DAYS} days.",
        on_click=_delete,
        args=(entry,),
    )


def show_undo() -> None:
    """Offer to bring back the data set that was deleted just now, while it is in the trash."""
    deleted = st.session_state.get(_JUST_DELETED)
    if deleted is None or not deleted.path.is_file():
        st.session_state.pop(_JUST_DELETED, None)
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        called = read_card(deleted.path).given_name or deleted.was.stem
        st.markdown(f":material/delete: Deleted **{plain(called)}**.")
        if st.button("Undo", icon=":material/undo:", key="undo_dataset"):
            with errors_shown():
                restored = undelete_dataset(deleted)
                del st.session_state[_JUST_DELETED]
                state.use_dataset(restored.stem)
        if st.button("Dismiss", key="dismiss_dataset", type="tertiary"):
            del st.session_state[_JUST_DELETED]
            st.rerun()


def jobs_on(entry: DatasetEntry) -> list[str]:
    """Return the trainings and searches that work with a data set."""
    jobs: dict[str, Job[Any, Any]] = {**state.runs(), **searches()}
    path = entry.path.resolve()
    return [name for name in active(jobs) if jobs[name].data_path.resolve() == path]


def _delete(entry: DatasetEntry) -> None:
    with errors_shown():
        if at_work := jobs_on(entry):  # started since the button was drawn
            raise RunError(f"{at_work[0]} works with {entry.path.name}: cancel that first.")
        st.session_state[_JUST_DELETED] = delete_dataset(entry.path)
        # Else the address would name what is no more there.
        state.use_next(next(iter(state.datasets()), ""))
