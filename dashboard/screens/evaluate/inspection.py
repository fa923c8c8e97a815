"""The inspection queue: one galaxy after another, a quality by one key, saved as it is given."""

import numpy as np
import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.data import DatasetEntry, find_id
from core.inspection import Inspection, InspectionFile, describe
from core.runs import Run
from dashboard.screens.evaluate import grading, inspected_galaxy, queues
from dashboard.screens.evaluate.inspection_keys import take_keys
from dashboard.screens.evaluate.queues import GALAXY_KEY, TYPED_KEY
from dashboard.shared import judged_spectra, state
from dashboard.shared.clickable import choose_row
from dashboard.shared.close_look import NOISE_IS_SHARED
from dashboard.shared.columns import table_height
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged
from dashboard.shared.messages import errors_shown
from dashboard.shared.number_field import tell_wrong
from dashboard.shared.shown import FEW_ROWS, GALAXY_COLUMNS, NUMBER


@st.fragment
def show(run: Run, judged: Judged, entry: DatasetEntry | None) -> None:
    """Draw the section, of the test part if `entry` is None; a fragment shows its own errors."""
    with errors_shown():
        _draw(run, judged, entry)


def inspection_file(run: Run) -> InspectionFile:
    """Return where the inspections of a run's galaxies are kept: beside the user's own runs."""
    return InspectionFile(state.runs_folder() / "inspections" / f"{run.run_id}.jsonl")


def _draw(run: Run, judged: Judged, entry: DatasetEntry | None) -> None:
    spectra = judged_spectra.of(run, judged)
    queue = queues.choose(run, judged, entry, spectra)
    if queue is None:
        return
    if queue.empty:
        st.caption("This queue is empty.")
        return
    grading.show_problem()
    file = inspection_file(run)
    data_hash = (run.config.data if entry is None else entry.card).hash
    done = file.read(data_hash).set_index("source_id")
    row = _current(judged, queue, done)
    galaxy = judged.predictions.iloc[row]
    source_id = int(judged.predictions["source_id"].iloc[row])
    now = Inspection(data_hash, source_id, float(galaxy["z_spec"]), float(galaxy["z_pred"]))
    grading.show(file, now, done, _next(queue, source_id, 1))
    left, right = st.columns([9, 11], gap="medium")
    with left.container(key="inspection_list"):
        _show_place(judged, queue, done, row)
        take_keys()
        _show_list(queue, done, source_id)
        _show_downloads(judged, queue, done)
    with right:
        inspected_galaxy.show(run, judged, spectra, row)
    st.caption(
        "A certain z_pred (4) with a large error suggests that z_spec is wrong. Every inspection "
        "is saved at once; a comment alone does not count as one. A "
        f"queue holds its first {queues.MAX_GALAXIES:,} galaxies; any other galaxy can be found by "
        f"its source_id. {NOISE_IS_SHARED}"
    )


def _current(judged: Judged, queue: pd.DataFrame, done: pd.DataFrame) -> int:
    """Return the row of the galaxy asked for, else, set in the field, of the first without a look.

    Typed text that names none of the galaxies leaves the one that is shown.
    """
    source_ids = judged.predictions["source_id"].to_numpy()
    asked = st.session_state.get(GALAXY_KEY, st.query_params.get(GALAXY_KEY, ""))
    row = find_id(source_ids, asked)
    if row is not None:
        queues.go(int(source_ids[row]))  # of a designation, its digits
        return row
    row = find_id(source_ids, str(st.session_state.get(TYPED_KEY, {}).get(asked, "")))
    if row is not None:
        return row
    if asked:
        st.warning(
            f"The galaxy asked for is not among the {n_of(len(source_ids), 'galaxy')} judged here; "
            "another one is shown.",
            icon=":material/link_off:",
        )
    open_ones = queue[~queue["source_id"].isin(grading.graded(done))]
    row = int((queue if open_ones.empty else open_ones)["row"].iloc[0])
    queues.go(int(source_ids[row]))
    return row


def _next(queue: pd.DataFrame, source_id: int, step: int) -> int:
    """Return the galaxy so many places further in the queue; its ends hold."""
    places = np.flatnonzero(queue["source_id"] == source_id)
    place = int(places[0]) + step if len(places) else 0
    return int(queue["source_id"].iloc[np.clip(place, 0, len(queue) - 1)])


def _keep_typed(shown: int) -> None:
    # Of people alone: the browser's way back changes the field as well, but is no call of this.
    st.session_state.setdefault(TYPED_KEY, {})[st.session_state[GALAXY_KEY]] = shown


def _show_place(judged: Judged, queue: pd.DataFrame, done: pd.DataFrame, row: int) -> None:
    """Draw the way through the queue, and how far one has come."""
    source_id = int(judged.predictions["source_id"].iloc[row])
    places = np.flatnonzero(queue["source_id"] == source_id)
    place = f"Galaxy {places[0] + 1:,} of {len(queue):,}" if len(places) else "Not in this queue"
    n_done = int(queue["source_id"].isin(grading.graded(done)).sum())
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, key, step in (
            ("Previous", ":material/chevron_left:", "Left", -1),
            ("Next", ":material/chevron_right:", "Right", 1),
        ):
            st.button(
                label,
                icon=icon,
                shortcut=key,
                on_click=queues.go,
                args=(_next(queue, source_id, step),),
                key=f"inspect_{label.lower()}",
            )
        st.markdown(f"**{place}**  \n:small[{n_done:,} of these inspected]", width="content")
    typed = st.text_input(
        "source_id",
        key=GALAXY_KEY,
        bind="query-params",
        on_change=_keep_typed,
        args=(source_id,),
        label_visibility="collapsed",
    )
    is_none = find_id(judged.predictions["source_id"].to_numpy(), typed) is None
    if is_none and typed in st.session_state.get(TYPED_KEY, {}):
        among = f"the {n_of(len(judged.predictions), 'galaxy')} judged here"
        tell_wrong(
            "source_id",
            f"There is no source {typed.strip()[:40]} among {among}. Expected a source_id of "
            "theirs."
            if typed.strip()
            else f"Expected a source_id of {among}; the field is empty.",
        )


def _with_looks(queue: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    """Return the queue with the qualities and comments given."""
    looked_at = done[["quality", "comment"]].reset_index()
    return queue.drop(columns="row").merge(looked_at, on="source_id", how="left")


def _show_list(queue: pd.DataFrame, done: pd.DataFrame, source_id: int) -> None:
    """Draw the queue, of which one galaxy is chosen, in as many columns as fit beside it."""
    table = _with_looks(queue, done)
    columns = {name: GALAXY_COLUMNS[name] for name in ("source_id", "z_spec", "z_pred")} | {
        "z_other": NUMBER("z_other", format="%.4f"),
        "z_nearest": NUMBER(
            "z_near", format="%.4f", help="Median of the 5 nearest training galaxies"
        ),
        "quality": NUMBER("Quality", help="0 to 4", width=60),
    }
    about = "The galaxies of the queue in their order, with the qualities given"
    choose_row(
        # As text: a browser's numbers lose the last digits of 64 bits.
        table.assign(source_id=table["source_id"].astype(str)).set_axis(table["source_id"]),
        {name: columns[name] for name in table if name in columns},
        "inspection_queue",
        about,
        chosen=source_id,
        on_choice=queues.go,
        height=table_height(len(table), FEW_ROWS),
    )


def _show_downloads(judged: Judged, queue: pd.DataFrame, done: pd.DataFrame) -> None:
    """Offer the queue and what was found, with all that is known of each galaxy."""
    with st.container(horizontal=True):
        download_table("Queue", _with_looks(queue, done), f"{judged.stem}-queue")
        download_table("Inspected", inspected(judged, done), f"{judged.stem}-inspected")


def inspected(judged: Judged, done: pd.DataFrame) -> pd.DataFrame:
    """Return every galaxy that was looked at, with its errors, quality and comment."""
    now = describe(judged.predictions).drop(columns=["row", "z_spec", "z_pred"])
    return done.reset_index().merge(now, on="source_id", how="left")
