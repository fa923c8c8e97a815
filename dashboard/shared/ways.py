"""Ways on: links to other screens, and what to do where something is missing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.runs import Run
from core.shell import command
from dashboard.shared import state

ICONS = {
    "reproduce": ":material/school:",
    "train": ":material/model_training:",
    "tune": ":material/tune:",
    "evaluate": ":material/query_stats:",
    "compare": ":material/compare_arrows:",
    "runs": ":material/folder_copy:",
    "data": ":material/table_chart:",
    "predict": ":material/online_prediction:",
}
PRESET_KEY = "preset"
"""Of the choice on the Train screen."""
SETTINGS_KEY = "settings_asked_for"
"""A preset, and values of some settings that its form on the Train screen is filled with."""
TRY_KEY, A_SAMPLE = "try", "sample"
"""Of an address of the Predict screen, and what it says there to have the sample at once."""
SPACE_KEY = "space"
"""Of the choice on the Tune screen."""
STEP_KEY = "step"
"""Of the choice on the Reproduce screen."""
VIEW_KEYS = {"train": "train_view", "tune": "tune_view"}
"""Of the tab that is open on a screen of jobs: the form of a new one, or those at hand."""
_LESSON = "lesson"
"""The step of Reproduce that a form was opened from, and what is to be seen there."""
SECTION_KEYS = {
    "evaluate": "show",
    "compare": "compare_show",
    "runs": "runs_show",
    "tune": "tune_show",
}
"""Of the section of each screen, in its address: with one name for all of them, a screen opens
where another one was left."""


def section_key(screen: str, sections: Sequence[str]) -> str:
    """Return the key of a screen's section; an older address, with `show`, opens it."""
    key, asked = SECTION_KEYS[screen], st.query_params.get("show")
    if key != "show" and asked in sections and key not in st.session_state:
        st.session_state[key] = asked
        del st.query_params["show"]
    return key


def link(screen: str, label: str = "", run: Run | str | None = None, **address: Any) -> None:
    """Draw a link to a screen that keeps the data set in use.

    It names a run, given or by its id; `address` is what else it says.
    """
    if isinstance(run, Run):
        run = run.run_id
    st.page_link(
        f"views/{screen}.py",
        label=label or screen.capitalize(),
        icon=ICONS[screen],
        query_params=state.address_of_dataset()
        | ({} if run is None else {state.RUN_KEY: run})
        | address,
    )


def open_screen(screen: str, **address: Any) -> None:
    """Leave for a screen that keeps the data set in use; `address` is what else it says."""
    st.switch_page(f"views/{screen}.py", query_params=state.address_of_dataset() | address)


def train_with(preset: str, label: str, key: str, look: str, **settings: float) -> None:
    """Draw a button that leads to a new training, whose form is filled with a preset.

    `look` says what is to be seen there; `settings` are numbers of the recipe that are to differ
    from it.
    """
    kind: Any = "secondary" if settings else "primary"
    if st.button(label, icon=ICONS["train"], key=key, type=kind):
        st.session_state[PRESET_KEY] = preset
        st.session_state[SETTINGS_KEY] = preset, settings
        _open_form("train", look)


def tune_in(space: str, label: str, key: str, look: str) -> None:
    """Draw a button that leads to a new search in a space; `look` says what is to be seen there."""
    if st.button(label, icon=ICONS["tune"], key=key):
        st.session_state[SPACE_KEY] = space
        _open_form("tune", look)


def last_view_key(screen: str) -> str:
    """Return the key of the tab that a screen of jobs was left on."""
    return f"last_{VIEW_KEYS[screen]}"


def _open_form(screen: str, look: str) -> None:
    # The form is meant, also where the screen was left with the jobs at hand.
    for key in (VIEW_KEYS[screen], last_view_key(screen)):
        st.session_state.pop(key, None)
    st.session_state[_LESSON] = screen, st.session_state[STEP_KEY], look
    open_screen(screen)


def show_lesson(screen: str) -> None:
    """Say what to look for where a step of Reproduce led here, and lead back to it."""
    of, step, look = st.session_state.get(_LESSON, ("", "", ""))
    if of != screen:
        return
    with st.container(border=True, key="lesson"):
        st.markdown(f"{ICONS['reproduce']} **Reproduce, {step}.** {look}")
        with st.container(horizontal=True, vertical_alignment="center"):
            link("reproduce", f"Back to Reproduce, {step}", **{STEP_KEY: step})
            st.button(
                "Close", icon=":material/close:", key="end_lesson", type="tertiary", on_click=_end
            )


def _end() -> None:
    st.session_state.pop(_LESSON, None)


def to_training(text: str, icon: str = ICONS["train"]) -> None:
    """Say that a trained network is missing, and link to where one is made."""
    st.info(text, icon=icon)
    link("train")


def to_data(purpose: str = "") -> None:
    """Say that a data set, as to 'train on', is missing, and link to where one is made."""
    words = f" to {purpose}" if purpose else ""
    st.info(
        f"There is no data set{words} yet. Upload a table of spectra or simulate one.",
        icon=ICONS["data"],
    )
    link("data", "Add data", section="Add data")


def to_command(text: str, command: str, icon: str | None = ":material/straighten:") -> None:
    """Say what is missing, and the command that makes it."""
    st.info(text, icon=icon)
    st.code(command, language=None)


def command_for(run: Run, does: str, data: Path | None = None) -> str:
    """Return the command that does something with a run, to be pasted into a shell."""
    given = {"--run": run.path} | ({} if data is None else {"--data": data})
    return command("xpz", does, *(word for option in given.items() for word in option))
