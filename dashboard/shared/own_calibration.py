"""What a run without a calibration lacks, and what gives it one: a job, or a command."""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from core import questions
from core.data import read_card
from core.errors import XpzError
from core.prediction import shortage_of
from core.questions import OwnCalibration, about_calibration
from core.runs import Run
from dashboard.shared import state
from dashboard.shared.messages import plain
from dashboard.shared.questions import answered
from dashboard.shared.ways import command_for, link, to_command

ICON = ":material/straighten:"


def offer(run: Run, lacks: str) -> None:
    """Say what a run lacks, and draw the button that calibrates it by its own validation part.

    Where that part is too small, or not at hand, or the run is not ours to write to, it is said why
    and what to do.
    """
    if short := shortage_of(run):
        st.info(f"{lacks} This run cannot be calibrated: {plain(short)}", icon=ICON)
        return
    data = _own_data(run)
    if data is None:
        to_command(
            f"{lacks} What makes it are the galaxies that the run was trained with, and their data "
            f"set, *{plain(run.config.data.name)}*, is not at hand. Add it on Data, or name its "
            "place:",
            f"{command_for(run, 'calibrate')} --data FILE",
        )
        link("data", "Add the data set", section="Add data")
    elif not state.is_own(run):
        to_command(f"{lacks} This command makes it:", _command(run, data))
    else:
        _draw(run, data, lacks)


def _draw(run: Run, data: Path, lacks: str) -> None:
    st.info(lacks, icon=ICON)
    about = about_calibration(run, data)
    asked = questions.find(OwnCalibration, state.runs_folder(), about)
    if asked is not None and asked.status().state != "done":
        answered(OwnCalibration, about)
        return
    if st.button(
        "Calibrate with its validation part", type="primary", icon=ICON, key="calibrate_own"
    ):
        if asked is not None:  # what it made has been lost since
            questions.forget(asked)
        questions.ask(OwnCalibration, state.runs_folder(), about)
        st.rerun()
    st.caption("Takes seconds to minutes; nothing is trained. In a shell it is:")
    st.code(_command(run, data), language=None)


def _command(run: Run, data: Path) -> str:
    is_there = data.resolve() == run.data_path.resolve()
    return command_for(run, "calibrate", None if is_there else data)


def _own_data(run: Run) -> Path | None:
    """Return the file of the data set that a run was trained with; None where it is not at hand."""
    entry = state.dataset_of(run.config.data)
    if entry is not None:
        return entry.path
    with suppress(XpzError, OSError):
        if read_card(run.data_path).hash == run.config.data.hash:
            return run.data_path
    return None
