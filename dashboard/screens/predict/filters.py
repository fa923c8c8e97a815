"""Filters of a catalogue: by source, redshift, magnitude and flags."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.data import Z_MAX, id_digits
from core.prediction import Flag
from dashboard.figures.labels import FLAG_NAMES
from dashboard.screens.predict.predicted import Predicted
from dashboard.shared.choose_several import choose_several
from dashboard.shared.messages import plain
from dashboard.shared.number_field import number_field, tell_wrong, wrong_fields

Range = tuple[float | None, float | None]
"""Lowest and highest number that passes, None for any."""

G_RANGE = (0, 30)


def passing(
    table: pd.DataFrame,
    *,
    z: Range = (None, None),
    g: Range = (None, None),
    g_mag: np.ndarray | None = None,
    clean: bool = False,
    any_of: Sequence[Flag] = (),
    source: str = "",
) -> np.ndarray:
    """Return the positions of rows that pass; an end of a range leaves out those without a number.

    `g_mag` are the magnitudes of the rows, which `g` needs.
    """
    passed = np.ones(len(table), bool)
    ranges = [(table["z"].to_numpy(), z)]
    if g_mag is not None:
        ranges.append((g_mag, g))
    for values, (low, high) in ranges:
        if low is not None:
            passed &= values >= low
        if high is not None:
            passed &= values <= high
    flags = table["flags"].to_numpy()
    if clean:
        passed &= flags == 0
    if any_of:
        passed &= (flags & sum(any_of)) != 0
    if source:
        ids = table["source_id"].astype(str)
        passed &= ids.str.contains(id_digits(source) or source, regex=False).to_numpy()
    return np.flatnonzero(passed)


def choose_rows(predicted: Predicted, beside: Callable[[], None]) -> np.ndarray | None:
    """Draw the filters, with what stands `beside` them; return the rows that pass.

    None where a filter cannot be read; says why there are none.
    """
    table = predicted.table
    present = int(np.bitwise_or.reduce(table["flags"].to_numpy(), initial=0))
    with st.container(horizontal=True, vertical_alignment="center"):
        source = st.text_input(
            "source_id",
            key="filter_source",
            placeholder="source_id, or part of it",
            persist_state="session",
            label_visibility="collapsed",
            width="stretch",
        )
        more = st.popover("Filter", icon=":material/filter_alt:", key="filters")
    # What is wrong with a field must not widen it.
    with more.container(width=300), wrong_fields() as wrong:
        z = _range("z", "filter", 0, Z_MAX)
        g = (None, None) if predicted.g_mag is None else _range("G", "filter_g", *G_RANGE)
        any_of = choose_several(
            "With any of these flags",
            [flag for flag in Flag if flag & present],
            format_func=FLAG_NAMES.__getitem__,
            key="filter_flags",
            placeholder="whatever flags",
            persist_state="session",
        )
    with st.container(horizontal=True):
        clean = st.toggle("Only without flags", key="filter_clean", persist_state="session")
        beside()
    if wrong:
        # The filter may be folded.
        st.error("  \n".join(map(plain, wrong)), icon=":material/error:")
        return None
    rows = passing(
        table,
        z=z,
        g=g,
        g_mag=predicted.g_mag,
        clean=clean,
        any_of=any_of,
        source=source.strip(),
    )
    if not len(rows):
        st.info("No source passes the filters.", icon=":material/filter_alt_off:")
    return rows


def _range(of: str, key: str, least: float, most: float) -> Range:
    """Draw the fields of both ends of a range."""
    low = number_field(f"{of} from", f"{key}_low", None, least, most)
    high = number_field(f"{of} to", f"{key}_high", None, least, most)
    if low is not None and high is not None and low > high:
        tell_wrong(f"{of} to", f"expected at least {of} from ({low:g}); received {high:g}.")
    return low, high
