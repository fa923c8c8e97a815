"""Average spectra per redshift range."""

import numpy as np
import pandas as pd
import streamlit as st

from core.data import DEFAULT_RANGES, AverageSpectrum, DatasetEntry
from core.data.published import published
from core.errors import ConfigError
from dashboard.figures import spectra
from dashboard.shared import store as cache
from dashboard.shared.chooser import choose_one
from dashboard.shared.close_look import average_table
from dashboard.shared.messages import about_origin
from dashboard.shared.number_cells import number_column, read_cell
from dashboard.shared.number_text import to_text
from dashboard.shared.shown import beside, show_figure

MAX_RANGES, Z_HIGHEST = 10, 1.5
_ENDS = {"z_low": "z_spec from", "z_high": "z_spec to"}
N_PER_RANGE = 1000


def show(entry: DatasetEntry) -> None:
    """Draw the section for one data set."""
    file = cache.FileVersion.of(entry.path)
    left, right = beside("averages", [5, 2])
    with right:
        statistic = choose_one("Curve", ["mean", "median"], "curve", persist_state="session")
        overlay = st.toggle(
            "Published mean curves (dashed)", key="published_curves", persist_state="session"
        )
        band = st.toggle("Band, 16th to 84th percentile", key="band", persist_state="session")
        normalised = st.toggle(
            "Normalised",
            key="normalised",
            persist_state="session",
            help="Each galaxy's spectrum over its own mean flux before they are averaged: the "
            "shape, which carries the redshift, without the brightness. The band is the scatter of "
            "the shapes, and the CSV file has what is drawn. Published curves, of which parts "
            "could not be read, are scaled to ours where they are known.",
        )
        ranges = edit_ranges()
    averages = cache.averages(file, ranges, N_PER_RANGE, seed=0, normalised=normalised)
    wavelength = entry.card.grid.wavelength_nm
    figure = spectra.averages(
        wavelength,
        averages,
        band=band,
        statistic=statistic,
        published=published() if overlay else None,
        normalised=normalised,
    )
    with left:
        kind = "shapes" if normalised else "spectra"
        table = curves_table(wavelength, averages, normalised)
        name = f"{entry.path.stem}-average-{kind}"
        show_figure(figure, "average_spectra", "Curves", table, name)
    with right:
        if overlay and statistic == "median" and not normalised:
            st.caption(
                "The published curves are means, which bright galaxies lift above medians: "
                "compare them with Curve: mean, or Normalised."
            )
        short = [average for average in averages if average.n_used < N_PER_RANGE]
        if short:
            few = ", ".join(f"{a.z_low:g}–{a.z_high:g} ({a.n_used})" for a in short)
            st.caption(f"Fewer than {N_PER_RANGE:,} galaxies in: {few}.")
    st.caption(
        f"{about_origin(entry.card.origin)} Up to {N_PER_RANGE:,} random galaxies of each range. "
        "The vertical line marks the join of BP and RP. Resolving power is 20 to 100: narrow "
        "lines are not resolved, the smooth shape carries the redshift."
    )


def edit_ranges() -> tuple[tuple[float, float], ...]:
    """Let the ranges be edited; return those filled in; a `ConfigError` says what is wrong."""
    # A table forgets its changes when it is not drawn: it then starts from how it was left. While
    # it is drawn its start must stay, or its changes would be made twice.
    if "ranges" not in st.session_state:
        usual = pd.DataFrame(DEFAULT_RANGES, columns=list(_ENDS)).map(to_text).astype("string")
        st.session_state["ranges_start"] = st.session_state.get("ranges_left", usual)
    edited = st.data_editor(
        st.session_state["ranges_start"],
        num_rows="dynamic",
        hide_index=True,
        key="ranges",
        row_height=30,
        height="content",
        alt="Redshift ranges of the average spectra",
        column_config={name: number_column(label) for name, label in _ENDS.items()},
    )
    st.session_state["ranges_left"] = edited.reset_index(drop=True)
    rows = enumerate(edited[list(_ENDS)].to_numpy(), start=1)
    ranges = tuple(found for number, row in rows if (found := _range(number, row)))
    if not 1 <= len(ranges) <= MAX_RANGES:
        raise ConfigError(
            f"Expected 1 to {MAX_RANGES} redshift ranges, received {len(ranges)}. "
            "Add or delete rows of the table."
        )
    return ranges


def _range(number: int, row: np.ndarray) -> tuple[float, float] | None:
    """Return the ends that a row of the table has; None while one of them is not typed yet."""
    low, high = (
        read_cell(cell, f"Row {number}, {end}")
        for cell, end in zip(row, _ENDS.values(), strict=True)
    )
    if low is None or high is None:
        return None
    if not 0 <= low < high <= Z_HIGHEST:
        raise ConfigError(
            f"Row {number}: expected 0 <= from < to <= {Z_HIGHEST:g}, received {low:g} to {high:g}."
        )
    return low, high


def curves_table(
    wavelength_nm: np.ndarray, averages: list[AverageSpectrum], normalised: bool = False
) -> pd.DataFrame:
    """Return the curves in long form, a row per range and sample; those of shapes are named so."""
    parts = [
        average_table(wavelength_nm, average).assign(
            z_low=average.z_low,
            z_high=average.z_high,
            n=average.n_used,
            sample=np.arange(len(wavelength_nm)),
        )
        for average in averages
    ]
    first = ["z_low", "z_high", "n", "sample"]
    table = pd.concat([part[[*first, *part.columns[:-4]]] for part in parts], ignore_index=True)
    if not normalised:
        return table
    return table.rename(columns={name: f"shape_{name}" for name in table.columns[len(first) + 1 :]})
