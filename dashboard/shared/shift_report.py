"""How spectra differ from those that a run learnt from: a number, a table and two pictures."""

import streamlit as st

from core.prediction import QUANTITIES, Shift
from core.spectra import SampleGrid
from dashboard.figures import shift as figures
from dashboard.shared.downloads import download_table
from dashboard.shared.shown import NUMBER, beside, show_figure, show_table

NOTE = (
    "The run's own spectra are those it was trained on or, calibrated anew, those it was "
    "calibrated with. The AUC is that of a logistic regression in the numbers of the table and "
    "the shape in twelve stretches, on spectra that it was not fitted to. A difference is one of "
    "medians, in units of their scatter (half the 16th to 84th percentile). A network answers for "
    "spectra like its own: where these differ, calibrate it with a few hundred galaxies of known "
    "redshift (on *Evaluate* choose their data set and open *Calibrate this run with these "
    "galaxies*), or fine-tune it."
)


def show(found: Shift, stem: str) -> None:
    """Draw the report; files are called after `stem`."""
    box = st.warning if found.is_seen else st.info
    box(found.sentence, icon=":material/compare:")
    wavelength = SampleGrid().wavelength_nm
    left, right = beside("shift")
    with left:
        show_figure(figures.shapes(wavelength, found.by_wavelength), "shift_shapes")
    with right:
        show_figure(figures.differences(wavelength, found.by_wavelength), "shift_differences")
    quantities = found.by_quantity["quantity"]
    table = found.by_quantity.assign(
        quantity=["{} [{}]".format(*QUANTITIES[name]) for name in quantities]
    )
    show_table(
        table,
        _COLUMNS,
        "Brightness, colour, signal-to-noise and noise of these spectra and of the run's own",
    )
    with st.container(horizontal=True):
        download_table("Quantities", found.by_quantity, f"{stem}-shift")
        curves = found.by_wavelength.assign(wavelength_nm=wavelength)
        download_table("Wavelengths", curves, f"{stem}-shift-by-wavelength")
    st.caption(f"{found.n:,} of these spectra, {found.n_learnt:,} of the run's. {NOTE}")


_COLUMNS = {
    "quantity": "Quantity",
    "median": NUMBER("These", format="%.3f", help="Their median"),
    "learnt": NUMBER("The run's own", format="%.3f", help="Their median"),
    "learnt_low": NUMBER("16 %", format="%.3f", help="Percentile of the run's own"),
    "learnt_high": NUMBER("84 %", format="%.3f", help="Percentile of the run's own"),
    "sigma": NUMBER("Difference / scatter", format="%+.2f"),
    "chance": NUMBER("By chance ±", format="%.2f"),
}
