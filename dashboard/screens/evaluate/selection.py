"""Galaxies selected in a picture: their numbers, spectra, magnitudes, and a table."""

import numpy as np
import streamlit as st

from core.amounts import n_of
from core.data import average_of
from core.evaluation import HEADLINE, magnitude_histogram
from core.inspection import describe
from core.runs import Run
from dashboard.figures import magnitudes, spectra
from dashboard.shared import judged_spectra, store
from dashboard.shared.close_look import average_table
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged
from dashboard.shared.judged_spectra import JudgedSpectra
from dashboard.shared.numbers import interval, number
from dashboard.shared.shown import GALAXY_COLUMNS, NUMBER, beside, show_figure, show_galaxies

N_EXAMPLES = 5
MAX_AVERAGED = 5000
MAX_ROWS = 1000
BIN_MAG = 0.25


def show(run: Run, judged: Judged, rows: np.ndarray) -> None:
    """Draw the section for some rows of the predictions, one or more."""
    table = judged.predictions.iloc[rows]
    report = store.report(table[["z_spec", "z_pred"]].reset_index(drop=True))
    with st.container(border=True), st.grid(4, gap="small", min_column_width=140):
        for label, value, ends in (
            ("Selected", n_of(len(rows), "galaxy"), None),
            ("Mean z_spec", number(table["z_spec"].mean()), None),
            *(
                (HEADLINE[name].title, number(report[name]), interval(report["intervals"][name]))
                for name in ("mae", "bias")
            ),
        ):
            st.metric(label, value, ends, delta_color="off", delta_arrow="off")
    st.caption(
        "Grey: 95 % intervals from resampled galaxies, as if they had not been selected by eye."
    )
    left, right = beside("selected", [3, 2])
    with left:
        _show_spectra(judged_spectra.of(run, judged), judged, rows)
    with right:
        _show_magnitudes(judged, rows)
    _show_table(judged, rows)


def _show_spectra(found: JudgedSpectra | None, judged: Judged, rows: np.ndarray) -> None:
    here = np.empty(0, int) if found is None else rows[found.here[rows]]
    if found is None or not len(here):
        st.info(
            "The spectra of these galaxies are not available. Add their data set on the Data "
            "screen.",
            icon=":material/folder_off:",
        )
        return
    z = judged.z_spec[here]
    # Evenly over the selection, so that they do not depend on chance.
    averaged = here[np.linspace(0, len(here) - 1, min(len(here), MAX_AVERAGED)).astype(int)]
    average = average_of(found.flux(averaged), float(z.min()), float(z.max()), len(here))
    by_z = here[np.argsort(z, kind="stable")]
    shown = by_z[np.linspace(0, len(here) - 1, min(len(here), N_EXAMPLES)).round().astype(int)]
    examples = {
        f"{judged.predictions['source_id'].iloc[row]}, z_spec {judged.z_spec[row]:.3f}": flux
        for row, flux in zip(shown, found.flux(shown), strict=True)
    }
    wavelength = found.dataset.card.grid.wavelength_nm
    figure = spectra.selected(wavelength, average, examples, "Spectra of the selected galaxies")
    show_figure(figure, "selected_spectra")
    if len(here) < len(rows):
        st.caption(f"Of {n_of(len(rows), 'galaxy')}, {len(here):,} with a spectrum here.")
    single = {name.split(",")[0]: flux for name, flux in examples.items()}
    curves = average_table(wavelength, average).assign(**single)
    download_table("Spectra", curves, f"{judged.stem}-selected-spectra")


def _show_magnitudes(judged: Judged, rows: np.ndarray) -> None:
    if "g_mag" not in judged.predictions:
        st.info("This data set has no G magnitudes.", icon=":material/brightness_empty:")
        return
    g_mag = judged.predictions["g_mag"].to_numpy()
    counts = magnitude_histogram(g_mag[rows], g_mag, BIN_MAG)
    if counts.empty:
        st.info("No G magnitude of these galaxies is known.", icon=":material/brightness_empty:")
        return
    figure, name = magnitudes.histogram(counts, BIN_MAG), f"{judged.stem}-selected-magnitudes"
    show_figure(figure, "selected_magnitudes", "Magnitudes", counts, name)


def _show_table(judged: Judged, rows: np.ndarray) -> None:
    table = describe(judged.predictions).iloc[rows].drop(columns="row")
    if "g_mag" in judged.predictions:
        table["g_mag"] = judged.predictions["g_mag"].iloc[rows]
    table = table.sort_values("e", key=np.abs, ascending=False)
    columns = GALAXY_COLUMNS | {"g_mag": NUMBER("G [mag]", format="%.2f")}
    about = "The selected galaxies, the largest errors first"
    show_galaxies(table.head(MAX_ROWS), columns, "selected_galaxies", about)
    if len(table) > MAX_ROWS:
        st.caption(f"The table shows the {MAX_ROWS:,} largest errors; the download has all.")
    download_table("Galaxies", judged.predictions.iloc[rows], f"{judged.stem}-selected-galaxies")
