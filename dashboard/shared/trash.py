"""Deleted jobs on a page: undo right after, the trash later."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

import streamlit as st

from core import jobs
from core.amounts import n_of
from core.errors import XpzError
from core.jobs import Deleted, Job
from core.names import distinct_names
from core.trash import KEEP_DAYS
from dashboard.shared import state
from dashboard.shared.chooser import Choice
from dashboard.shared.messages import errors_shown, plain

MAX_SHOWN = 20

J = TypeVar("J", bound=Job[Any, Any])


class Trash(Generic[J]):
    """The trash of one `kind` of job, whose `choice` shows what is put back.

    `title` tells what people called a job, "" if nothing; `about` is a sentence on what lies there.
    """

    def __init__(
        self,
        kind: type[J],
        choice: Choice,
        title: Callable[[J], str],
        undelete: Callable[[Deleted[J]], J] = jobs.undelete,
        about: str = "",
    ) -> None:
        self.kind, self.choice, self.about = kind, choice, about
        self._title_of, self._undelete = title, undelete
        self._just_deleted = f"{choice.key}_just_deleted"

    def remember(self, deleted: Deleted[J], called: str, also: str = "") -> None:
        """Offer an undo on the next run of the page; `also` is a sentence beside it.

        `called` is what the screens called the job: gone, it is told apart from no other any more.
        """
        st.session_state[self._just_deleted] = (deleted, called, also)
        # Where one deletes, the top of the page may be out of sight.
        st.toast(
            f"Deleted {plain(called)}. Undo is at the top of this page.",
            icon=":material/delete:",
            duration="long",
        )

    def show_undo(self) -> None:
        """Offer to bring back the job that was deleted just now, while it is in the trash."""
        deleted, called, also = st.session_state.get(self._just_deleted, (None, "", ""))
        if deleted is None or not deleted.job.path.is_dir():
            st.session_state.pop(self._just_deleted, None)
            return
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(f":material/delete: Deleted **{plain(called)}**. {also}".rstrip())
            if st.button("Undo", icon=":material/undo:", key=f"undo_{self.choice.key}"):
                self._bring_back(deleted)
            if st.button("Dismiss", key=f"dismiss_{self.choice.key}", type="tertiary"):
                del st.session_state[self._just_deleted]
                st.rerun()

    def show(self) -> None:
        """Draw the button that opens the trash, where there is something in it."""
        folder, key = state.runs_folder(), self.choice.key
        found = jobs.list_deleted(self.kind, folder)
        if not found:
            return
        with st.popover(f"Trash ({len(found)})", icon=":material/delete:", key=f"trash_{key}"):
            st.caption(
                f"What was deleted stays here for {KEEP_DAYS} days, or until this is emptied. "
                f"{self.about}".rstrip()
            )
            names = self._names(found)
            for number, deleted in enumerate(found[:MAX_SHOWN]):
                with st.container(horizontal=True, vertical_alignment="center"):
                    when = f"{deleted.deleted:%Y-%m-%d %H:%M} UTC"
                    st.markdown(f"{plain(names[deleted.job.id])} :small[:gray[{when}]]")
                    restore = f"restore_{key}-{number}"
                    if st.button("Restore", key=restore, icon=":material/undo:"):
                        self._bring_back(deleted)
            if len(found) > MAX_SHOWN:
                st.caption(f"And {n_of(len(found) - MAX_SHOWN, 'older one')}.")
            if st.button(
                "Empty for good",
                key=f"empty_{key}",
                icon=":material/delete_forever:",
                help="Nothing in it can be restored afterwards.",
            ):
                with errors_shown():
                    jobs.empty_trash(self.kind, folder)
                    st.rerun()

    def _names(self, found: list[Deleted[J]]) -> dict[str, str]:
        """Return names that tell what lies there apart, by id; a damaged job has its id alone."""
        titles = {}
        for job in (deleted.job for deleted in reversed(found)):
            titles[job.id] = ""
            with suppress(XpzError, OSError):
                titles[job.id] = self._title_of(job)
        return dict(zip(titles, distinct_names(list(titles), list(titles.values())), strict=True))

    def _bring_back(self, deleted: Deleted[J]) -> None:
        with errors_shown():
            self.choice.show_next(self._undelete(deleted).id)
            st.session_state.pop(self._just_deleted, None)
            st.rerun()
