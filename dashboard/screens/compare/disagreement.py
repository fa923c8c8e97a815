"""Where the chosen runs disagree: the galaxies, and their spectra."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.comparison import SAME_Z, Common
from core.comparison.disagreement import disagreement
from core.data import DatasetEntry
from core.prediction import are_row_numbers
from core.runs import Run
from dashboard.figures import disagreement as figures
from dashboard.figures import prediction
from dashboard.shared import state
from dashboard.shared import store as cache
from dashboard.shared.clickable import choose_row
from dashboard.shared.close_look import NOISE_IS_SHARED, spectrum_table
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import about_origin
from dashboard.shared.shown import NUMBER, show_figure
from dashboard.shared.store import FileVersion

N_SHOWN = 15
TRUE = "z_spec"


def show(common: Common, runs: Mapping[str, Run], keys: Mapping[str, str]) -> None:
    """Draw the galaxies with the widest spread, and the spectrum of the chosen one.

    `keys` are what files call the runs, by their names.
    """
    names = [subject.name for subject in common.subjects]
    table = disagreement(common.subjects)
    shares = np.quantile(table["spread"], [0.5, 0.99])
    st.markdown(
        f"Spread = (highest − lowest z_pred) / (1 + z_spec): below {shares[0]:.4f} for half of "
        f"the {n_of(len(table), 'galaxy')}, above {shares[1]:.4f} for 1 %. The "
        f"{min(N_SHOWN, len(table))} widest:"
    )
    worst = table.head(N_SHOWN).assign(galaxy=lambda rows: rows["source_id"].astype(str))
    left, right = st.columns([9, 11], gap="medium")
    with right:
        galaxy = _show_one(worst, names, runs)
    with left:
        choose_row(
            worst.set_axis(worst["galaxy"]),
            {
                "galaxy": "source_id",
                "spread": NUMBER("Spread", format="%.4f", width=65),
                "z_spec": NUMBER("z_spec", format="%.4f", width=65),
            },
            "disagreement_galaxies",
            "The galaxies of the widest spread; the spectrum of the chosen one is shown",
            chosen=galaxy,
            on_choice=_go,
            row_height=31,
        )
    figure = figures.redshifts(worst, names)
    in_file = table.rename(columns={name: f"z of {keys[name]}" for name in names})
    show_figure(figure, "disagreement", "Disagreement", in_file, "compared-disagreement")


def _go(galaxy: str) -> None:
    st.session_state["galaxy"] = galaxy


def _show_one(worst: pd.DataFrame, names: Sequence[str], runs: Mapping[str, Run]) -> str:
    """Draw the choice of a galaxy and its spectrum; return its id."""
    options = worst["galaxy"].tolist()
    state.check_address("galaxy", options, "galaxy")
    left, right = st.columns(2)
    galaxy = left.selectbox("source_id", options, key="galaxy", bind="query-params")
    lines_at = right.selectbox("Lines at", [TRUE, *names], key="lines_at", persist_state="session")
    row = worst.iloc[options.index(galaxy)]
    source_id, z_spec = int(galaxy), float(row["z_spec"])
    found = locate(source_id, z_spec, runs)
    if found is None:
        st.info(
            "The spectrum of this galaxy is neither in the available training data of these runs "
            "nor in the data set in use. Choose or make a data set that has it.",
            icon=":material/search_off:",
        )
        return str(galaxy)
    entry, at = found
    file = FileVersion.of(entry.path)
    flux, error = cache.spectrum(file, at)
    wavelength = entry.card.grid.wavelength_nm
    z = float(row[lines_at])
    figure = prediction.spectrum(
        wavelength, flux, error, z=z, title=f"of source {galaxy}, lines at z = {z:.4f}"
    )
    show_figure(figure, "disagreement_spectrum")
    magnitude = f", G = {row['g_mag']:.2f} mag" if "g_mag" in row else ""
    st.caption(
        f"{about_origin(entry.card.origin)} z_spec = {z_spec:.4f}{magnitude}; lines and the 4000 Å "
        f"break at {z:.4f}. Resolving power is 20 to 100: narrow lines are not resolved. "
        f"{NOISE_IS_SHARED}"
    )
    download_table("Spectrum", spectrum_table(wavelength, flux, error), f"spectrum-{galaxy}")
    return str(galaxy)


def locate(
    source_id: int, z_spec: float, runs: Mapping[str, Run]
) -> tuple[DatasetEntry, int] | None:
    """Return the data set at hand that has the spectrum of a galaxy, and its row there.

    The one in use comes first, then those that the runs were trained on. Where ids are but
    the numbers of rows, only the latter can have it.
    """
    hashes = {run.config.data.hash for run in runs.values()}
    entries = [entry for entry in state.datasets().values() if entry.card.hash in hashes]
    current = state.current_dataset()
    for entry in [*([] if current is None else [current]), *entries]:
        data = cache.dataset(FileVersion.of(entry.path))
        if entry.card.hash not in hashes and are_row_numbers(data.source_id):
            continue
        rows = np.flatnonzero(data.source_id == source_id)
        if len(rows) and abs(data.z[rows[0]] - z_spec) <= SAME_Z:
            return entry, int(rows[0])
    return None
