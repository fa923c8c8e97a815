"""One source: its spectrum with lines at a redshift, what drove the answer, who is like it."""

import numpy as np
import pandas as pd
import streamlit as st

from core.data import Z_MAX, number_of
from core.inspection import WIDTH_SAMPLES
from core.prediction import Estimator, words
from core.runs import Run
from core.spectra import FLUX_UNIT, SampleGrid
from dashboard.figures import prediction as figures
from dashboard.screens.predict import pz_detail
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.predicted import Predicted
from dashboard.shared import state
from dashboard.shared import store as cache
from dashboard.shared.close_look import NOISE_IS_SHARED, shape_of, spectrum_table
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import code, errors_shown, plain
from dashboard.shared.number_field import number_field, row_of_fields
from dashboard.shared.shown import NUMBER, flag_badges, show_figure, show_flags, show_table

N_NEIGHBOURS = 5
HEIGHT = 455
"""Of the spectrum, which is seen whole beside the list on a screen of 800 pixels."""
_Z, _SLIDER, _SOURCE = "lines_z", "lines_z_slider", "lines_source"


def show(
    run: Run, estimator: Estimator, intake: Intake, predicted: Predicted, position: int
) -> None:
    """Draw one row of the catalogue; as a fragment, this shows its own errors."""
    with errors_shown():
        _draw(run, estimator, intake, predicted, position)


def _draw(
    run: Run, estimator: Estimator, intake: Intake, predicted: Predicted, position: int
) -> None:
    file, row = intake.locate(position)
    found = predicted.table.iloc[position]
    # From its own column: pandas makes a row of numbers one of decimals, which round ids.
    source_id = int(predicted.table["source_id"].iloc[position])
    z_spec = None if predicted.z_spec is None else float(predicted.z_spec[position])
    source = pz_detail.source_words(source_id)
    st.header(source[0].upper() + source[1:], anchor=False)
    if len(intake.served) > 1:
        st.caption(f"{plain(file.name)}, row {number_of(row)}")
    flags = int(found["flags"])
    st.markdown(f"{in_short(found, z_spec, predicted.level)} {flag_badges(flags)}")
    if file.spectra is None:
        st.info("Its spectrum was released when you left the screen; upload the file again.")
        _numbers(facts(found, z_spec, predicted.level))
        return
    flux = file.spectra.flux[row]
    error = None if file.spectra.flux_error is None else file.spectra.flux_error[row]
    problem = file.unusable.get(row, "")
    if problem:
        st.warning(plain(problem), icon=":material/warning:")
    if note := file.spectra.notes.get(row, ""):
        st.info(plain(note), icon=":material/info:")
    z = float(found["z"])
    known = facts(found, z_spec, predicted.level, flux, error)
    _follow((id(predicted), position), z if np.isfinite(z) else z_spec)
    picture = st.container()
    shown_z = _choose_z(z, z_spec)
    trained = estimator.calibration if np.isfinite(z) else None
    nearest = None if trained is None else trained.domain.nearest(flux[None], N_NEIGHBOURS)
    mean = None if nearest is None else _mean_of(run, nearest, flux)
    change = None
    if np.isfinite(z):
        change = cache.change_when_hidden(estimator, estimator.network_hash, flux, error)
    wavelength = SampleGrid().wavelength_nm
    figure = figures.spectrum(
        wavelength,
        flux,
        error,
        z=shown_z,
        neighbours=mean,
        change=change,
        title=f"of {source}",
        height=HEIGHT,
    )
    with picture:
        show_figure(figure, "predicted_spectrum")
    if flags:
        show_flags(words(flags, flux, plain(problem)))
    density = None
    if np.isfinite(z) and estimator.has_densities:
        interval = float(found["z_lower"]), float(found["z_upper"])
        spectrum = file.spectra.take(np.array([row]))
        density = pz_detail.show(estimator, spectrum, interval, z_spec)
    with st.container(horizontal=True):
        table = spectrum_table(wavelength, flux, error, mean, change)
        download_table("Spectrum", table, f"{predicted.run_id}-spectrum-{source_id}")
        if density is not None:
            download_table("p(z)", *density.download)
    _numbers(known if density is None else known | density.facts)
    if nearest is not None:
        _neighbours(run, nearest, mean is not None)
    with st.expander("How to read the figures", icon=":material/help:"):
        if density is not None:
            st.caption(plain(estimator.interval_note) or pz_detail.CAPTION)
        st.caption(caption(change is not None))


def in_short(found: pd.Series, z_spec: float | None, level: float) -> str:
    """Return, as Markdown, the redshift of one source and what it is to be compared with."""
    z, low, high = (float(found[name]) for name in ("z", "z_lower", "z_upper"))
    parts = [f"**z = {z:.4f}**" if np.isfinite(z) else "**No redshift**"]
    if np.isfinite(low):
        parts.append(f"{100 * level:g} %: {low:.4f} to {high:.4f}")
    if z_spec is not None and np.isfinite(z_spec):
        parts.append(f"z_spec {z_spec:.4f}")
    return " · ".join(parts)


def _numbers(known: dict[str, str]) -> None:
    with st.expander("All numbers", icon=":material/list:"):
        st.table(known, border="horizontal", alt="The predicted redshift")


def caption(with_change: bool) -> str:
    """Say what the figure cannot show, and how its lower part was made."""
    text = (
        "Resolving power is 20 to 100: narrow lines are not resolved, neighbours blend; the "
        "smooth shape carries the redshift. Lines stand where they would be at the chosen redshift"
        f". {NOISE_IS_SHARED}"
    )
    if with_change:
        text += (
            f" Below: **occlusion**. The {WIDTH_SAMPLES} samples around each one are replaced by a "
            "straight line and the redshift is predicted again. Where it changes much, the "
            "feature there drove this network's answer. Slope and level stay and also carry "
            "information; at the ends of BP and RP (grey) the line can only be extended, "
            "which says less: the scale is that of the rest."
        )
    return text


def facts(
    found: pd.Series,
    z_spec: float | None,
    level: float,
    flux: np.ndarray | None = None,
    flux_error: np.ndarray | None = None,
) -> dict[str, str]:
    """Return what is known of one source, ready to be shown; `z_spec` is the file's redshift."""
    z, low, high = (float(found[name]) for name in ("z", "z_lower", "z_upper"))
    known = {"Predicted z": f"{z:.4f}" if np.isfinite(z) else "none"}
    if np.isfinite(low):
        known[f"{100 * level:g} % interval"] = f"{low:.4f} to {high:.4f}"
        known["sigma_z"] = f"{float(found['sigma_z']):.4f}"
    if z_spec is not None and np.isfinite(z_spec):
        known["z_spec"] = f"{z_spec:.4f}"
        if np.isfinite(z):
            known["d = z − z_spec"] = f"{z - z_spec:+.4f}"
            known["e = d / (1 + z_spec)"] = f"{(z - z_spec) / (1 + z_spec):+.4f}"
        if np.isfinite(low):
            known["Inside the interval"] = "yes" if low <= z_spec <= high else "no"
    if flux is not None and np.isfinite(flux).any():
        known["Mean flux"] = f"{np.nanmean(flux):.3f} {FLUX_UNIT}"
        if flux_error is not None and np.isfinite(flux / flux_error).any():
            known["Median S/N"] = f"{np.nanmedian(flux / flux_error):.1f} per sample"
    return known


def _follow(source: tuple[int, int], z: float | None) -> None:
    """Put the lines at the redshift of a source that is newly shown."""
    if st.session_state.get(_SOURCE) != source or _Z not in st.session_state:
        st.session_state[_SOURCE] = source
        _put(0.0 if z is None or not np.isfinite(z) else z)


def _put(z: float) -> None:
    st.session_state[_Z] = float(np.clip(round(z, 4), 0.0, Z_MAX))


def _choose_z(z: float, z_spec: float | None) -> float | None:
    """Draw slider, field and buttons for the redshift of the lines; return it if it is one."""
    with row_of_fields() as wrong:
        place = st.container()
        shown = number_field("z", _Z, 0.0, 0, Z_MAX, width=120, persist_state=None)
        # Set only to move it: it is not to jump back under the pointer.
        if not wrong and shown != st.session_state.get(_SLIDER):
            st.session_state[_SLIDER] = shown
        place.slider(
            "Redshift of the lines",
            0.0,
            Z_MAX,
            step=0.0005,
            format="%.4f",
            key=_SLIDER,
            on_change=lambda: _put(st.session_state[_SLIDER]),
        )
        if np.isfinite(z):
            _button("Predicted z", z, "lines_at_predicted")
        if z_spec is not None and np.isfinite(z_spec):
            _button("z_spec", z_spec, "lines_at_input")
    return None if wrong else shown


def _button(label: str, z: float, key: str) -> None:
    st.button(label, on_click=_put, args=(z,), key=key, type="tertiary")


def _mean_of(run: Run, nearest: pd.DataFrame, flux: np.ndarray) -> np.ndarray | None:
    """Return the mean spectrum of training galaxies on the scale of `flux`, if it is at hand."""
    shape = shape_of(run, nearest["source_id"].to_numpy())
    return None if shape is None or not flux.mean() > 0 else shape * flux.mean()


def _neighbours(run: Run, nearest: pd.DataFrame, is_drawn: bool) -> None:
    """List the nearest training galaxies, which lie in rows of `nearest`."""
    with st.expander("Nearest training galaxies", icon=":material/join_inner:"):
        show_table(
            nearest.assign(source_id=nearest["source_id"].astype(str)),
            {
                "source_id": "source_id",
                "z": NUMBER("z_spec", format="%.4f"),
                "distance": NUMBER("Distance", format="%.3f"),
            },
            "The training galaxies whose spectra are most like this one",
            key="nearest",
        )
        st.caption("By the shape of the spectrum (principal components, flux over its mean).")
        if not is_drawn and state.dataset_of(run.config.learnt_from) is None:
            st.caption(
                "Their spectra are not available: the data set "
                f"{code(run.config.learnt_from.name)} is missing."
            )
