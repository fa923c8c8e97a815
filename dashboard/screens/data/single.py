"""One spectrum: a random one, by source_id, or the nearest to a redshift."""

import numpy as np
import streamlit as st

from core.data import MEAN_FLUX_FLOOR, DatasetEntry, Galaxies, find_id, over_mean
from core.spectra import FLUX_UNIT
from dashboard.figures import spectra
from dashboard.shared import store as cache
from dashboard.shared.close_look import NOISE_IS_SHARED, spectrum_table
from dashboard.shared.messages import about_origin, plain
from dashboard.shared.number_field import number_field, row_of_fields
from dashboard.shared.number_text import to_number
from dashboard.shared.shown import show_figure

Z_HIGHEST = 1.5
_SHOWN = "single_shown"
_OVER_MEAN = {"flux": "shape", "flux_error": "shape_error"}


def pick_random(data: Galaxies) -> None:
    """Choose any galaxy; its redshift takes the place of what is typed, also of the one shown."""
    st.session_state.pop(_SHOWN, None)
    st.session_state["source"] = str(data.source_id[np.random.default_rng().integers(len(data))])


def pick_nearest(data: Galaxies) -> None:
    """Choose the galaxy whose redshift is nearest to the one typed, unless that is refused."""
    z = to_number(st.session_state["near_z"])
    if z is not None and 0 <= z <= Z_HIGHEST:
        st.session_state["source"] = str(data.source_id[np.argmin(np.abs(data.z - z))])


def step(data: Galaxies, row: int, by: int) -> None:
    """Choose the next galaxy by redshift, or the one before, of those that are there."""
    order = np.argsort(data.z, kind="stable")
    place = int(np.flatnonzero(order == row)[0]) + by
    st.session_state["source"] = str(data.source_id[order[np.clip(place, 0, len(data) - 1)]])


def rank(data: Galaxies, row: int) -> int:
    """Return the place of a galaxy by redshift, the nearest being the first, 1."""
    before = (data.z < data.z[row]).sum() + (data.z[:row] == data.z[row]).sum()
    return int(before) + 1


def show(entry: DatasetEntry) -> None:
    """Draw the section for one data set."""
    file = cache.FileVersion.of(entry.path)
    data = cache.dataset(file)
    text = st.session_state.get("source", st.query_params.get("source", ""))
    row = find_id(data.source_id, text) if text else 0
    if row is not None and st.session_state.get(_SHOWN) != (row, file):
        st.session_state[_SHOWN] = row, file
        st.session_state["near_z"] = round(float(np.clip(data.z[row], 0.0, Z_HIGHEST)), 4)
    _choose(data)
    if row is None:
        st.warning(
            f"There is no source {plain(text[:40])} in this data set. Expected a source_id of the "
            "set; or take a random galaxy.",
            icon=":material/search_off:",
        )
        return
    wavelength = entry.card.grid.wavelength_nm
    flux, error = cache.spectrum(file, row)
    source = str(data.source_id[row])
    left, right = st.columns([2, 1], gap="medium")
    with right:
        with_lines, normalised = _choose_picture(flux)
        st.table(facts(data, row, flux, error), border="horizontal", alt="Facts about this galaxy")
    with left:
        _steps(data, row)
        drawn = over_mean(flux, error) if normalised else (flux, error)
        figure = spectra.single(
            wavelength,
            *drawn,
            title=f"source_id {source}, z_spec = {data.z[row]:.4f}",
            z=float(data.z[row]) if with_lines else None,
            normalised=normalised,
        )
        table, kind = spectrum_table(wavelength, *drawn), "spectrum"
        if normalised:
            table, kind = table.rename(columns=_OVER_MEAN), "shape"
        name = f"{entry.path.stem}-{kind}-{source}"
        show_figure(figure, "single_spectrum", "Spectrum", table, name)
    st.caption(
        f"{about_origin(entry.card.origin)} Bars are 1-sigma errors where the set has them. Lines "
        "stand where z_spec puts them. Resolving power is 20 to 100: narrow lines are not resolved"
        f". {NOISE_IS_SHARED}"
    )


def _choose(data: Galaxies) -> None:
    with row_of_fields():
        st.text_input(
            "source_id", key="source", bind="query-params", placeholder="19 digits", width=220
        )
        number_field(
            "Nearest to z_spec",
            "near_z",
            0.0,
            0,
            Z_HIGHEST,
            width=150,
            on_change=pick_nearest,
            args=(data,),
        )
        st.button(
            "Random galaxy",
            icon=":material/casino:",
            on_click=pick_random,
            args=(data,),
            key="pick_random",
        )


def _choose_picture(flux: np.ndarray) -> tuple[bool, bool]:
    """Draw the choices of what is drawn; return whether lines are, and the flux over its mean."""
    with_lines = st.toggle(
        "Lines and 4000 Å break", value=True, key="single_lines", persist_state="session"
    )
    has_mean = bool(flux.mean() > MEAN_FLUX_FLOOR)
    normalised = st.toggle(
        "Normalised",
        key="single_normalised",
        persist_state="session",
        disabled=not has_mean,
        help="The flux over its mean over all samples: spectra of bright and faint galaxies are "
        "then on one scale. The CSV file has what is drawn."
        if has_mean
        else f"The mean flux of this spectrum is not above {MEAN_FLUX_FLOOR} {FLUX_UNIT}, "
        "which is noise.",
    )
    return with_lines, normalised and has_mean


def _steps(data: Galaxies, row: int) -> None:
    """Draw the buttons to the galaxies before and after by redshift."""
    place, n = rank(data, row), len(data)
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, by, at_end in (
            ("Previous", "chevron_left", -1, place == 1),
            ("Next", "chevron_right", 1, place == n),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"single_{label.lower()}",
                on_click=step,
                args=(data, row, by),
                disabled=at_end,
                help="By redshift",
            )
        st.caption(f"{place:,} of {n:,} by redshift", width="content")


def facts(
    data: Galaxies, row: int, flux: np.ndarray, flux_error: np.ndarray | None
) -> dict[str, str]:
    """Return what is known of one galaxy, ready to be shown."""
    known = {"source_id": str(data.source_id[row]), "z_spec": f"{data.z[row]:.5f}"}
    if data.redshift_ugc is not None and np.isfinite(data.redshift_ugc[row]):
        known["Redshift, Gaia UGC"] = f"{data.redshift_ugc[row]:.5f}"
    if data.g_mag is not None and np.isfinite(data.g_mag[row]):
        known["G"] = f"{data.g_mag[row]:.2f} mag"
    known["Mean flux"] = f"{flux.mean():.3f} {FLUX_UNIT}"
    if flux_error is not None:
        known["Median S/N"] = f"{np.median(flux / flux_error):.1f} per sample"
    return known
