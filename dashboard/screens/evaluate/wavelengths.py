"""Which wavelengths carry the run's redshifts: a map that a process of its own makes."""

import streamlit as st

from core.amounts import n_of
from core.data import DatasetEntry
from core.errors import RunError
from core.inspection import (
    MAX_GALAXIES,
    MIN_GALAXIES,
    WIDTH_SAMPLES,
    MapJob,
    MapStatus,
    WavelengthMap,
    map_job,
)
from core.runs import Run
from dashboard.figures import wavelengths as figures
from dashboard.shared import state, store
from dashboard.shared.chooser import choose_one
from dashboard.shared.downloads import download_table
from dashboard.shared.live_job import cancel_button, watch
from dashboard.shared.messages import code, errors_shown, origin_badge, plain
from dashboard.shared.shown import show_figure
from dashboard.shared.ways import command_for, to_command

CHANGE_KEY = "wavelengths"
CHOICES = {"How much": "strength", "Which way": "shift"}


def show(run: Run, entry: DatasetEntry | None) -> None:
    """Draw a complete run's map and, for own runs, what makes it of `entry` or the test part."""
    st.caption(
        f"**Occlusion**: {WIDTH_SAMPLES} neighbouring samples of a galaxy's spectrum are replaced "
        "by a straight line and its redshift is predicted again, for one place in the spectrum "
        "after the other. The changes are averaged over galaxies of like redshift. What belongs "
        "to a spectral feature moves along the lines drawn; what stays in place comes from the "
        "instrument, the continuum or the network itself. A straight line keeps slope and level, "
        "which also carry information: a dark region may still be useful. Left out: the ends of "
        "BP and RP, where a line can only be extended."
    )
    job = MapJob(run.path)
    status = job.status()
    if status.is_active:
        watch(job, _progress, status.state)
        return
    if status.state != "done":
        st.error(plain(status.message), icon=":material/error:")
    found = _load(run)
    if found is not None:
        _draw(run, found, _why_other(run, entry, found))
    _offer(run, entry, found)


def _why_other(run: Run, entry: DatasetEntry | None, found: WavelengthMap) -> str:
    """Say why a map is of other galaxies than those that are judged; nothing where it is not."""
    wanted = run.config.data if entry is None else entry.card
    if found.origin.data_hash == wanted.hash:
        return ""
    judged = f"of {_which(run, entry)}"
    other = f"These are **other galaxies than those judged above**: a map {judged}"
    if entry is None and state.dataset_of(run.config.data) is None:
        return (
            f"{other} needs their spectra, and {plain(wanted.name)} is not among the data sets "
            "here."
        )
    if state.is_own(run):
        return f"{other} has not been made yet; the button below makes it."
    command = command_for(run, "explain", entry.path if entry else None)
    return f"{other} has not been made. This command makes it instead: {code(command)}"


def _load(run: Run) -> WavelengthMap | None:
    try:
        return store.wavelength_map(run)
    except RunError as error:
        st.warning(plain(error), icon=":material/help:")
        return None


def _draw(run: Run, found: WavelengthMap, why: str) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.markdown(
        f"**{n_of(found.n.sum(), 'galaxy')}** of {plain(found.origin.galaxies)} "
        f"{origin_badge(found.origin.data_origin)}"
    )
    if why:
        st.info(why, icon=":material/swap_horiz:")
    with right.container(horizontal=True, horizontal_alignment="right"):
        chosen = choose_one(
            "Change of the redshift",
            list(CHOICES),
            CHANGE_KEY,
            "view of the map",
            label_visibility="collapsed",
            help="How much: mean |Δz| / (1 + z). Which way: mean Δz / (1 + z); blue means that the "
            "redshift falls where that part is hidden.",
        )
    figure = figures.wavelength_map(found, CHOICES[chosen])
    show_figure(figure, "wavelength_map")
    st.caption(
        "Resolving power is 20 to 100: narrow lines are not resolved. Bins of z_spec with fewer "
        f"than {MIN_GALAXIES} galaxies are empty."
    )
    download_table("Map", found.to_frame(), f"{run.run_id}-wavelengths")


def _which(run: Run, entry: DatasetEntry | None) -> str:
    """Return what people call the galaxies that a map is wanted of."""
    if entry is not None and entry.card.hash != run.config.data.hash:
        return plain(state.dataset_name(entry))
    own = run.config.recalibrated is None
    return "the run's test part" if own else "the galaxies it was calibrated with"


def _offer(run: Run, entry: DatasetEntry | None, found: WavelengthMap | None) -> None:
    """Offer to make the map of the galaxies chosen, unless it is the one that is shown."""
    wanted = run.config.data if entry is None else entry.card
    if found is not None and found.origin.data_hash == wanted.hash:
        return
    if not state.is_own(run):
        if found is None:
            command, icon = command_for(run, "explain"), ":material/science:"
            to_command("There is no map yet. This command makes it:", command, icon)
        return
    which = _which(run, entry)
    if found is None:
        st.info(
            f"There is no map yet. It takes about a minute, for at most {MAX_GALAXIES:,} galaxies "
            f"of {which}, and continues if you leave the screen.",
            icon=":material/science:",
        )
    words = "Make the map" if found is None else f"Make the map of {which} instead"
    if st.button(words, icon=":material/play_arrow:", key="make_map"):
        with errors_shown():
            map_job.start(run, None if entry is None else entry.path)
            st.rerun()


def _progress(job: MapJob, status: MapStatus) -> None:
    if job.cancel_path.exists():
        text = "Stopping"
    elif status.total:
        text = f"{status.done} of {n_of(status.total, 'place')} in the spectrum hidden"
    else:
        text = "Reading the data set"
    st.progress(status.fraction, text=text)
    if state.is_own(job):
        cancel_button(job, "cancel_map")
