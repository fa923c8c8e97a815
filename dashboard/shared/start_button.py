"""A button that starts a job once, however often it is clicked, or says why it cannot."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.errors import XpzError
from dashboard.shared.messages import plain, with_code


class StartButton:
    """The button that starts a `job`; `in_words` puts a sentence in the words of the screen.

    `label` is what the button says, if not that it starts the job.
    """

    def __init__(self, job: str, in_words: Callable[[str], str], label: str = "") -> None:
        self.job, self.in_words, self.label = job, in_words, label or f"Start {job}"
        self._asked, self._refused = f"start_{job}", f"refused_{job}"

    def draw(
        self, *, possible: bool, wrong: Sequence[str] = (), said_in: Any | None = None
    ) -> bool:
        """Draw the button; return whether the job is to be started (`start`) by this run.

        What is `wrong` with the fields blocks it, and is said below it or in another container.
        """
        possible = possible and not wrong
        if not possible:
            # A click that came with the wrong value must not count once it is mended.
            self.forget()
        starting = possible and self._asked in st.session_state
        st.button(
            self.label,
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=starting or not possible,
            # While one click is at work, another one must not ask for a second job.
            on_click=None if starting else self._ask,
        )
        if wrong:
            listed = "\n".join(f"- {plain(each)}" for each in wrong)
            (said_in or st).error(listed, title="Not with these fields", icon=":material/error:")
        return starting

    def show_refusal(self) -> None:
        """Say, once, why the job was not started."""
        if self._refused in st.session_state:
            st.error(with_code(st.session_state.pop(self._refused)), icon=":material/error:")

    def start(self, submit: Callable[[], None]) -> None:
        """Start the job that was asked for; the next run of the page shows it, or why not."""
        with st.spinner(f"Starting the {self.job}"):
            self.forget()
            try:
                submit()
            except XpzError as error:
                st.session_state[self._refused] = self.in_words(str(error))
        st.rerun()

    def forget(self) -> None:
        """Call off what was about to start."""
        st.session_state.pop(self._asked, None)

    def _ask(self) -> None:
        st.session_state[self._asked] = True
