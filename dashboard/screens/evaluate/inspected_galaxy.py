"""One judged galaxy to look at: its spectrum with lines, p(z), and what is known of it."""

import numpy as np
import streamlit as st

from core.inspection import N_NEAREST, describe
from core.prediction import ANSWERS, DEFAULT_ANSWER, LEVEL, words
from core.runs import Run
from dashboard.figures import prediction as figures
from dashboard.figures.pz import redshift_density
from dashboard.shared import mixtures, store
from dashboard.shared.close_look import pz_facts, pz_table, shape_of, spectrum_table
from dashboard.shared.judged import Judged
from dashboard.shared.judged_spectra import JudgedSpectra
from dashboard.shared.shown import show_figure, show_flags

HEIGHT = 480
"""As of a spectrum with a row below, which this has not: it is seen whole beside the queue."""
_AT_SPEC = "lines_at_z_spec"


def show(run: Run, judged: Judged, spectra: JudgedSpectra | None, row: int) -> None:
    """Draw one row of the predictions."""
    _show_spectrum(run, judged, spectra, row)
    summed_up = _show_density(run, judged, spectra, row)
    if "flags" in judged.predictions:
        show_flags(words(int(judged.predictions["flags"].iloc[row])))
    known = facts(judged, row) | summed_up
    st.table(known, border="horizontal", alt="What is known of this galaxy")


def facts(judged: Judged, row: int) -> dict[str, str]:
    """Return the numbers of one galaxy, ready to be shown."""
    found = describe(judged.predictions.iloc[[row]]).iloc[0]
    galaxy = judged.predictions.iloc[row]
    known = {
        "z_spec": f"{found['z_spec']:.4f}",
        "z_pred": f"{found['z_pred']:.4f}",
        "e = (z_pred − z_spec) / (1 + z_spec)": f"{found['e']:+.4f}".replace("-", "−"),
    }
    if "z_lower" in galaxy:
        ends = f"{galaxy['z_lower']:.4f} to {galaxy['z_upper']:.4f}"
        known[f"{100 * LEVEL:g} % interval"] = ends.replace("-", "−")
    if "scaled_error" in found:
        known["|z_pred − z_spec| / σ"] = f"{found['scaled_error']:.1f}"
    if "pit" in galaxy:
        known["p(z) below z_spec"] = f"{100 * galaxy['pit']:.2f} %"
    if "g_mag" in galaxy and np.isfinite(galaxy["g_mag"]):
        known["G"] = f"{galaxy['g_mag']:.2f} mag"
    return known


def _show_spectrum(run: Run, judged: Judged, spectra: JudgedSpectra | None, row: int) -> None:
    if spectra is None or not spectra.here[row]:
        st.info(
            "The spectrum of this galaxy is not in the data set in use: choose one that has it "
            "in the sidebar.",
            icon=":material/folder_off:",
        )
        return
    galaxy = judged.predictions.iloc[row]
    source_id = int(judged.predictions["source_id"].iloc[row])
    name = "z_spec" if st.session_state.get(_AT_SPEC, False) else "z_pred"
    other = "z_pred" if name == "z_spec" else "z_spec"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Lines at **{name} = {galaxy[name]:.4f}**")
        st.button(
            f"Lines at {other}",
            shortcut="L",
            on_click=_switch_lines,
            key="switch_lines",
            type="tertiary",
        )
    flux, error = spectra.flux(np.array([row]))[0], spectra.flux_error(row)
    wavelength = spectra.dataset.card.grid.wavelength_nm
    mean = _neighbours(run, flux, source_id)
    figure = figures.spectrum(
        wavelength,
        flux,
        error,
        z=float(galaxy[name]),
        neighbours=mean,
        title=f"of source {source_id}",
        height=HEIGHT,
    )
    table = spectrum_table(wavelength, flux, error, mean)
    name = f"{judged.stem}-spectrum-{source_id}"
    show_figure(figure, "inspected_spectrum", "Spectrum", table, name)


def _switch_lines() -> None:
    st.session_state[_AT_SPEC] = not st.session_state.get(_AT_SPEC, False)


def _neighbours(run: Run, flux: np.ndarray, source_id: int) -> np.ndarray | None:
    """Return the mean spectrum of the nearest training galaxies on the scale of this one."""
    calibration = store.calibration(run)
    if calibration is None or flux.mean() <= 0:
        return None
    near = calibration.domain.nearest(flux[None], N_NEAREST + 1)["source_id"].to_numpy()
    shape = shape_of(run, near[near != source_id][:N_NEAREST])
    return None if shape is None else shape * flux.mean()


def _show_density(
    run: Run, judged: Judged, spectra: JudgedSpectra | None, row: int
) -> dict[str, str]:
    """Draw p(z) where the run has it; return what sums it up."""
    density = mixtures.density_of(run, judged, spectra, row) if judged.has_densities else None
    if density is None:
        return {}
    galaxy = judged.predictions.iloc[row]
    source_id = int(judged.predictions["source_id"].iloc[row])
    points = {name: float(density.point(name)[0]) for name in ANSWERS}
    figure = redshift_density(
        density.z,
        density.pdf[0],
        {DEFAULT_ANSWER: points[DEFAULT_ANSWER]},
        (float(galaxy["z_lower"]), float(galaxy["z_upper"])),
        LEVEL,
        z_spec=float(galaxy["z_spec"]),
        title=f"of source {source_id}",
        is_low=True,
    )
    name = f"{judged.stem}-pz-{source_id}"
    show_figure(figure, "inspected_pz", "p(z)", pz_table(density), name)
    return pz_facts(points)
