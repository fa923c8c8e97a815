"""One run: what people write on it, where to go with it, its bundle, archive and trash."""

import io
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.comparison import names_of
from core.errors import XpzError
from core.jobs import active
from core.runs import (
    MAX_NOTES,
    Annotations,
    Run,
    as_tags,
    delete,
    of_taken_name,
    tuned_from,
)
from core.sharing import export_bundle
from core.trash import KEEP_DAYS
from dashboard.screens.runs.trash import TRASH
from dashboard.shared import state
from dashboard.shared.chooser import run_name
from dashboard.shared.downloads import download_file
from dashboard.shared.messages import plain, with_code
from dashboard.shared.ways import link

_PROBLEM, _SAVED = "annotations_problem", "annotations_saved"


def show(run: Run) -> None:
    """Draw what can be done with a run; a damaged one can be deleted."""
    ours = state.is_own(run)
    if damage := run.damage():
        st.error(with_code(damage), icon=":material/error:")
        if ours:
            _delete(run)
        return
    if not ours:
        st.caption(
            "This run came with xpz and cannot be changed: name, tags and notes are for your own "
            "runs. Export its bundle to share it, or train one like it."
        )
    elif not run.data_path.is_file():
        st.caption(
            f"The data set *{plain(state.name_of_data(run.config.data))}* that it was "
            f"{'trained on' if run.config.recalibrated is None else 'calibrated with'} is not "
            "available; the run can still predict and be evaluated on other data sets."
        )
    written = run.annotations()
    if ours:
        _write(run, written)
    with st.container(horizontal=True, vertical_alignment="center"):
        link("train", run=run)
        if run.is_complete:
            link("evaluate", run=run)
            link("compare", runs=run.run_id)
            download_file(
                "Bundle (zip)",
                lambda: _bundle(run),
                f"{run.run_id}.zip",
                "application/zip",
                key="bundle",
                icon=":material/folder_zip:",
                help=(
                    "The whole run in one file, with the hash of every file in it; the data set "
                    "is not included. Import it in another xpz."
                ),
            )
        if ours:
            _pin(run, written)
            _set_aside(run, written)
            _delete(run)


def _write(run: Run, written: Annotations) -> None:
    """Draw the fields of what is written on a run; what stands in one is saved as one leaves it."""
    left, right = st.columns(2)
    left.text_input(
        "Name",
        written.name,
        placeholder=run.run_id,
        help="What screens and tables call it. Commands take its id, which stays: "
        f"{plain(run.run_id)}.",
        **_saved(run, "name", lambda text: " ".join(text.split())),
    )
    if told := of_taken_name(written.name, run.root, but=run):
        left.markdown(f":small[{plain(told)}]")
    right.text_input(
        "Tags, separated by commas", ", ".join(written.tags), **_saved(run, "tags", as_tags)
    )
    st.text_area(
        "Notes", written.notes, height=130, max_chars=MAX_NOTES, **_saved(run, "notes", str)
    )
    of, problem = st.session_state.pop(_PROBLEM, ("", ""))
    if of == run.run_id:
        st.error(plain(problem), title="Not saved", icon=":material/error:")
    if st.session_state.pop(_SAVED, "") == run.run_id:
        st.toast("Saved.", icon=":material/check:")
    st.caption("Each is saved as you leave its field.")


def _saved(run: Run, name: str, read: Callable[[str], Any]) -> dict[str, Any]:
    """Return the settings of a field that saves one of the annotations when it is left."""
    key = f"{name}-{run.run_id}"
    return {"key": key, "on_change": _save, "args": (run, name, key, read)}


def _save(run: Run, name: str, key: str, read: Callable[[str], Any]) -> None:
    try:
        run.annotate(**{name: read(st.session_state[key] or "")})
    except (XpzError, OSError) as error:  # a callback: the page, drawn after it, says so
        st.session_state[_PROBLEM] = run.run_id, str(error)
        return
    st.session_state[_SAVED] = run.run_id


def _bundle(run: Run) -> bytes:
    buffer = io.BytesIO()
    export_bundle(run, buffer)
    return buffer.getvalue()


def _pin(run: Run, written: Annotations) -> None:
    label, icon = ("Unpin", "keep_off") if written.pinned else ("Pin", "keep")
    about = "A pinned run comes first in the tables of runs, whatever orders them."
    if st.button(label, icon=f":material/{icon}:", key="pin", help=about):
        run.annotate(pinned=not written.pinned)
        st.rerun()


def _set_aside(run: Run, written: Annotations) -> None:
    label, icon = ("Unarchive", "unarchive") if written.archived else ("Archive", "archive")
    if st.button(
        label,
        icon=f":material/{icon}:",
        key="archive",
        help="An archived run comes last in every list of runs and is hidden in the tables.",
    ):
        run.annotate(archived=not written.archived)
        st.rerun()


def _delete(run: Run) -> None:
    at_work, called = bool(active({run.run_id: run})), run_name(run.run_id)
    if st.button(
        f"Delete {plain(called)}",  # of those that may be ticked above it is the one shown
        icon=":material/delete:",
        key="delete",
        disabled=at_work,
        help="It is active; cancel it first."
        if at_work
        else f"Moves it to the trash, where it can be restored for {KEEP_DAYS} days.",
    ):
        tuned = names_of(tuned_from(run, list(state.readable_runs().values())))
        names = plain(", ".join(tuned))
        also = f"{names} started from its network and keeps its own." if tuned else ""
        try:
            TRASH.remember(delete(run), called, also)
        except XpzError as error:
            st.error(plain(error), icon=":material/error:")
            return
        st.rerun()
