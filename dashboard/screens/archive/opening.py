"""A fetch opened in Predict: its spectra, with what the archive told of their sources."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.data import WITHOUT, FetchJob, find_files, list_fetches, with_sources
from core.errors import DataError
from core.runs import runs_folder
from core.shell import command
from dashboard.screens.archive.form import FETCH, OPEN_BY_ITSELF, OPENS
from dashboard.screens.archive.monitor import title
from dashboard.screens.predict import intake, where
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.read_file import MAX_SPECTRA, ReadFile, read
from dashboard.shared.messages import errors_shown

AT_ONCE = 5_000
"""Spectra that are predicted without another click: less than a second."""


def open_waiting() -> None:
    """Open the fetch that the visitor asked to be opened, or has just started, once it is done."""
    waits = st.session_state.get(OPENS)
    if waits is None:
        return
    name, by_click = waits
    job = {job.id: job for job in list_fetches(runs_folder())}.get(name)
    status = None if job is None else job.status()
    if status is not None and status.is_active:
        return
    del st.session_state[OPENS]
    if job is None or status is None or status.state != "done":
        return  # the section below says why
    if by_click or status.total <= OPEN_BY_ITSELF:
        with errors_shown(), st.spinner("Reading the spectra"):
            taken = read_fetch(job)
            intake.take(taken)
            # The fetches are not drawn, nor read, until they are asked for again: unless nothing
            # of this one can be used, which is the next to look at.
            st.session_state[where.KEY] = where.UPLOAD if taken.served else where.ARCHIVE
            if not taken.served:
                FETCH.show_next(job.id)


def read_fetch(job: FetchJob) -> Intake:
    """Return the spectra of a fetch that is done, to be predicted at once where they are few.

    Raises a `DataError` if there are none, or more than the screen takes.
    """
    n = job.report().n_spectra
    if not n:
        raise DataError(
            "No spectrum came with this fetch: the archive has none of its sources. See 'Sources "
            "without a spectrum'."
        )
    if n > MAX_SPECTRA:
        raise DataError(
            f"The screen takes {MAX_SPECTRA:,} spectra at a time, this fetch has {n:,}. Use "
            f"`{command('xpz', 'predict', '--out', 'FOLDER/', job.spectra)}`, which has no limit."
        )
    sources = pd.read_parquet(job.sources)
    files: list[ReadFile] = []
    for path in find_files([job.spectra]):
        already = sum(file.n for file in files)
        file = read(f"{job.id}/{path.name}", path.name, path, already)
        if file.spectra is not None:
            file = replace(file, spectra=with_sources(file.spectra, sources))
        files.append(file)
    path = job.fetched / WITHOUT
    without = pd.read_csv(path) if path.is_file() else None
    return Intake(files, source="archive", title=title(job), without=without, at_once=n <= AT_ONCE)
