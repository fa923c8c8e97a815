"""Galaxies selected in a picture: their numbers, spectra, magnitudes, and a table."""

import numpy as np
import pandas as pd
import streamlit as st

from core.data.statistics import average_of
from core.evaluation.histograms import magnitude_histogram
from core.evaluation.metrics import HEADLINE
from core.inspection.queues import describe
from core.runs import Run
from dashboard.figures import magnitudes, spectra
from dashboard.screens.evaluate.headline import interval, number
from dashboard.shared import judged_spectra
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged, report_of
from dashboard.shared.judged_spectra import JudgedSpectra

N_EXAMPLES = 5
MAX_AVERAGED = 5000
MAX_ROWS = 1000
BIN_MAG = 0.25
TABLE_HEIGHT, FEW_ROWS = 320, 8


def show(run: Run, judged: Judged, rows: np.ndarray) -> None:
    """Draw the section for some rows of the predictions, one or more."""
    table = judged.predictions.iloc[rows]
    report = report_of(table[["z_spec", "z_pred"]].reset_index(drop=True))
    with st.grid(4, gap="small", min_column_width=170):
        for label, value, ends in (
            ("Selected", f"{len(rows):,} galaxies", None),
            ("Mean z_spec", number(table["z_spec"].mean()), None),
            *(
                (HEADLINE[name].title, number(report[name]), interval(report["intervals"][name]))
                for name in ("mae", "bias")
            ),
        ):
            st.metric(label, value, ends, delta_color="off", delta_arrow="off", border=True)
    st.caption("Grey: 95 % intervals from resampled galaxies, as if they were not picked by eye.")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_spectra(judged_spectra.of(run, judged), judged, rows)
    with right:
        _show_magnitudes(judged, rows)
    _show_table(judged, rows)


def _show_spectra(found: JudgedSpectra | None, judged: Judged, rows: np.ndarray) -> None:
    here = np.empty(0, int) if found is None else rows[found.here[rows]]
    if found is None or not len(here):
        st.info(
            "The spectra of these galaxies are not here. With their data set on the Data screen "
            "they appear.",
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
    st.plotly_chart(figure, key="selected_spectra", alt=figure.layout.meta["alt"])
    if len(here) < len(rows):
        st.caption(f"Spectra of {len(here):,} of the {len(rows):,} galaxies are here.")
    curves = pd.DataFrame(
        {
            "wavelength_nm": wavelength,
            "mean": average.mean,
            "median": average.median,
            "p16": average.p16,
            "p84": average.p84,
        }
        | {name.split(",")[0]: flux for name, flux in examples.items()}
    )
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
    st.altair_chart(magnitudes.histogram(counts, BIN_MAG), key="selected_magnitudes")
    download_table("Magnitudes", counts, f"{judged.stem}-selected-magnitudes")


def _show_table(judged: Judged, rows: np.ndarray) -> None:
    table = describe(judged.predictions).iloc[rows].drop(columns="row")
    if "g_mag" in judged.predictions:
        table["g_mag"] = judged.predictions["g_mag"].iloc[rows]
    table = table.sort_values("e", key=np.abs, ascending=False)
    number = st.column_config.NumberColumn
    st.dataframe(
        # As text: a browser's numbers lose the last digits of 64 bits.
        table.head(MAX_ROWS).assign(source_id=table["source_id"].astype(str)),
        hide_index=True,
        height="content" if len(table) < FEW_ROWS else TABLE_HEIGHT,
        placeholder="–",
        key="selected_galaxies",
        alt="The selected galaxies, the largest errors first",
        column_config={
            "source_id": "source_id",
            "z_spec": number("z_spec", format="%.4f"),
            "z_pred": number("z_pred", format="%.4f"),
            "e": number("e", format="%.4f", help="(z_pred − z_spec) / (1 + z_spec)"),
            "scaled_error": number("|d| / σ", format="%.2f", help="σ: half the 68 % interval"),
            "g_mag": number("G [mag]", format="%.2f"),
        },
    )
    if len(table) > MAX_ROWS:
        st.caption(f"The table shows the {MAX_ROWS:,} largest errors; the download has all.")
    download_table("Galaxies", judged.predictions.iloc[rows], f"{judged.stem}-selected-galaxies")
