"""Which galaxies stand in the inspection queue, and in which order."""

import numpy as np
import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.comparison import rows_of_same, ugc
from core.data import DatasetEntry
from core.inspection import (
    DISAGREEMENT,
    LEAST_EXPECTED,
    MIN_SCALED_ERROR,
    QUEUES,
    candidates,
    queue,
)
from core.inspection.suspected_labels import suspected_labels
from core.prediction import are_row_numbers
from core.runs import Run
from dashboard.shared import judged as subject
from dashboard.shared import own_calibration, state, store
from dashboard.shared.chooser import choose_called, choose_one, run_name, run_names
from dashboard.shared.judged import Judged
from dashboard.shared.judged_spectra import JudgedSpectra
from dashboard.shared.messages import plain

SUSPECTED = "Suspected labels"
NAMES = (*QUEUES, SUSPECTED)
MAX_GALAXIES = 1000
QUEUE_KEY, OTHER_KEY, GALAXY_KEY = "queue", "other", "galaxy"
TYPED_KEY = "inspection_typed"
"""Of the session: what was typed in place of a galaxy's id, and the galaxy shown at the time."""


def choose(
    run: Run, judged: Judged, entry: DatasetEntry | None, spectra: JudgedSpectra | None
) -> pd.DataFrame | None:
    """Draw the choice of an order; return the first of `core.inspection.queue` in it, if any.

    None while a process of its own works on what the order needs, whose progress is drawn.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = choose_one(
            "Queue",
            NAMES,
            QUEUE_KEY,
            "queue",
            on_change=_start_anew,
            help="  \n".join(f"**{name}**: {meaning}" for name, meaning in QUEUES.items())
            + f"  \n**{SUSPECTED}**: |z_pred − z_spec| / σ above {MIN_SCALED_ERROR:g}, without "
            "flags, and the nearest training galaxies (and Gaia's UGC) agree with z_pred  \n"
            "Inspections of a run are shared by all who open it; the last one stays.",
        )
        other = _choose_other(run, spectra) if which == DISAGREEMENT else None
        only = _only_here(spectra) if which != SUSPECTED else False
    if which in (LEAST_EXPECTED, SUSPECTED) and not {"z_lower", "flags"} <= set(judged.predictions):
        own_calibration.offer(run, "This run is not calibrated: it has no σ.")
        return pd.DataFrame()
    if which == SUSPECTED:
        return _suspected(run, judged, spectra)
    if which == DISAGREEMENT:
        if other is None:
            st.info("There is no other estimate to compare with. Train a second network first.")
            return pd.DataFrame()
        z_other = _other_redshifts(run, judged, entry, spectra, other)
        if z_other is None:
            return None
        if not np.isfinite(z_other).any():
            name = run_name(other)
            st.info(
                f"{plain(name)} has no redshift of these galaxies: they are not in its test part. "
                "Choose another estimate, or judge on a data set."
            )
            return pd.DataFrame()
        table = queue(judged.predictions, which, z_other)
    else:
        table = queue(judged.predictions, which)
    if only and spectra is not None:
        table = table[spectra.here[table["row"]]]
    return table.head(MAX_GALAXIES).reset_index(drop=True)


def go(source_id: int) -> None:
    """Show a galaxy next."""
    st.session_state[GALAXY_KEY] = str(source_id)


def _start_anew() -> None:
    # Another queue begins with its own first galaxy.
    st.session_state[GALAXY_KEY] = ""
    st.session_state.pop(TYPED_KEY, None)


def _only_here(spectra: JudgedSpectra | None) -> bool:
    """Let be chosen whether galaxies without a spectrum stand in the queue, if there are some."""
    if spectra is None or spectra.here.all():
        return False
    return st.toggle(
        f"Only the {spectra.here.sum():,} whose spectra are here",
        value=True,
        key="only_here",
        persist_state="session",
        help="The data set of this run is not here; the one in use has some of its galaxies.",
    )


def _choose_other(run: Run, spectra: JudgedSpectra | None) -> str | None:
    runs = {each: of for each, of in state.readable_runs().items() if of.is_complete}
    called = {each: name for each, name in run_names(runs).items() if each != run.run_id}
    if spectra is not None and spectra.dataset.redshift_ugc is not None:
        called = {ugc.NAME: ugc.NAME, **called}
    if not called:
        return None
    return choose_called("Compared with", called, OTHER_KEY, on_change=_start_anew, width=300)


def _other_redshifts(
    run: Run, judged: Judged, entry: DatasetEntry | None, spectra: JudgedSpectra | None, other: str
) -> np.ndarray | None:
    """Return another estimate of the judged galaxies' redshifts, NaN where there is none.

    None while a process of its own works on it, whose progress is drawn.
    """
    own = judged.predictions
    if other == ugc.NAME:
        known = None if spectra is None else spectra.redshift_ugc()
        return np.full(len(own), np.nan) if known is None else known
    second = state.runs()[other]
    if entry is not None:
        others = subject.judge_dataset(second, entry, with_seen=True, other_instrument=True)
        if others is None:
            return None
        return others.z_pred if judged.rows is None else others.z_pred[judged.rows]
    table = second.predictions()
    if second.config.data.hash != run.config.data.hash and are_row_numbers(
        own["source_id"].to_numpy()
    ):
        return np.full(len(own), np.nan)
    names = ["source_id", "z_spec"]
    columns = [each[name].to_numpy() for each in (own, table) for name in names]
    found = rows_of_same(*columns)
    return np.where(found >= 0, table["z_pred"].to_numpy()[found], np.nan)


def _suspected(run: Run, judged: Judged, spectra: JudgedSpectra | None) -> pd.DataFrame:
    rows = candidates(judged.predictions)
    z_nearest, z_ugc = np.full((2, len(rows)), np.nan)
    n_here = 0
    if spectra is not None:
        here = spectra.here[rows]
        n_here = int(here.sum())
        source_id = judged.predictions["source_id"].to_numpy()[rows[here]]
        known_rows = tuple(spectra.rows[rows[here]].tolist())
        z_nearest[here] = store.neighbours_redshift(run, spectra.file, known_rows, source_id)
        known = spectra.redshift_ugc()
        z_ugc = z_ugc if known is None else known[rows]
    others = {"z_nearest": z_nearest, "z_ugc": z_ugc}
    found = suspected_labels(
        judged.predictions, rows, {name: z for name, z in others.items() if np.isfinite(z).any()}
    )
    st.caption(
        f"**{len(found):,} suspected** of {n_of(len(judged.predictions), 'galaxy')}. Errors above "
        f"{MIN_SCALED_ERROR:g} σ without a flag: {len(rows):,}; with their spectra here, which the "
        f"search for neighbours takes: {n_here:,}. p(z) has wide tails, so some galaxies on the "
        "list are there by chance. Inspect them; do not correct labels from this list."
    )
    return found
