"""The steps about data, Figures 9 to 13 and Table 1, drawn of the data set in use."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.amounts import n_of
from core.data import DEFAULT_RANGES, DatasetEntry, SplitConfig
from core.data.published import published
from core.reproduction import Step, beside_data
from dashboard.figures import redshifts, spectra, split
from dashboard.screens.reproduce.path import show_beside
from dashboard.shared import state, store
from dashboard.shared.messages import origin_badge, plain
from dashboard.shared.shown import beside, show_figure
from dashboard.shared.store import FileVersion
from dashboard.shared.ways import link, to_data, train_with

WIDTHS = (5, 4)
BIN_WIDTH, N_PER_RANGE = 0.01, 1000
SECTIONS = {
    "redshifts": "Redshifts",
    "averages": "Average spectra",
    "spectrum": "Single spectrum",
    "split": "Split",
}
"""Of the Data screen."""


def show(step: Step, entry: DatasetEntry | None) -> None:
    """Draw a step of the data set in use, or say that there is none."""
    if entry is None:
        to_data()
        return
    card = entry.card
    st.markdown(
        f"Ours: {plain(state.dataset_name(entry))}, the data set in use "
        f"{origin_badge(card.origin)} :small[{n_of(card.n_galaxies, 'galaxy')}]"
    )
    DRAWN[step.key](entry)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(":small[Do it yourself:]", width="content")
        link("data", f"Data, {SECTIONS[step.key]}", section=SECTIONS[step.key])
        if step.key == "split":
            look = (
                "The split stands under Data, as the dissertation has it: 10 % to test, 30 % of "
                "the rest to validate. Its seed, under Advanced, decides which galaxies go where."
            )
            train_with("dissertation", "Train on such a split", "train_on_split", look)


def _redshifts(entry: DatasetEntry) -> None:
    file = FileVersion.of(entry.path)
    table = store.redshift_table(file, BIN_WIDTH)
    left, right = beside("redshifts", WIDTHS)
    with left:
        figure, name = redshifts.histogram(table, published()), f"{entry.path.stem}-figure-9"
        show_figure(figure, "figure_9", "Histogram", table, name)
        st.caption(redshifts.ABOUT_PUBLISHED)
    with right:
        rows = beside_data.redshifts(store.redshift_summary(file))
        alt = "Moments and percentiles of the redshifts, published and of this data set"
        show_beside(rows, alt, f"{entry.path.stem}-figure-10")


def _averages(entry: DatasetEntry) -> None:
    averages = store.averages(FileVersion.of(entry.path), DEFAULT_RANGES, N_PER_RANGE, 0)
    wavelength = entry.card.grid.wavelength_nm
    left, right = beside("averages", WIDTHS)
    with left:
        show_figure(
            spectra.averages(wavelength, averages, band=False, published=published()), "figure_11"
        )
    with right:
        rows = beside_data.averages(averages)
        alt = "Mean flux per range of redshift, published and of this data set"
        show_beside(rows, alt, f"{entry.path.stem}-figure-11")
        st.caption(
            "Mean over those samples whose published value could be read off the figure, with 1-2 "
            "% of reading error; in e-/s per sample."
        )


def _spectrum(entry: DatasetEntry) -> None:
    file = FileVersion.of(entry.path)
    data = store.dataset(file)
    row = int(np.argmin(np.abs(data.z - published().table1["z"].iloc[0])))
    flux, error = store.spectrum(file, row)
    figure = spectra.single(
        entry.card.grid.wavelength_nm,
        flux,
        error,
        title=f"source_id {data.source_id[row]}, z_spec = {data.z[row]:.4f}",
    )
    show_figure(figure, "figure_12")
    show_beside(
        beside_data.examples(data.z, lambda row: store.spectrum(file, row)[0]),
        "Redshift and first and last fluxes of three published galaxies, and of ours next in "
        "redshift",
        f"{entry.path.stem}-table-1",
    )
    st.caption(
        "Table 1 shows three galaxies by their redshift and the first and last three of the 186 "
        "fluxes [e-/s per sample]. Below each: of ours, the one next in redshift. They are other "
        "galaxies, some brighter, some fainter."
    )


def _split(entry: DatasetEntry) -> None:
    found = store.split(FileVersion.of(entry.path), SplitConfig())
    show_figure(split.parts(found.histograms), "figure_13")
    alt = "Shares of the parts, published and of this data set"
    show_beside(beside_data.split(found), alt, f"{entry.path.stem}-figure-13")


DRAWN: dict[str, Callable[[DatasetEntry], None]] = {
    "redshifts": _redshifts,
    "averages": _averages,
    "spectrum": _spectrum,
    "split": _split,
}
