"""Filters of a catalogue: by source, redshift and flags."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.data import Z_MAX, id_digits
from core.prediction import Flag
from dashboard.figures.labels import FLAG_NAMES
from dashboard.shared.choose_several import choose_several
from dashboard.shared.messages import plain
from dashboard.shared.number_field import number_field, wrong_fields


def passing(
    table: pd.DataFrame,
    *,
    z_low: float | None = None,
    z_high: float | None = None,
    clean: bool = False,
    any_of: Sequence[Flag] = (),
    source: str = "",
) -> np.ndarray:
    """Return the positions of rows that pass; an end of the range leaves out those without z."""
    passed = np.ones(len(table), bool)
    if z_low is not None:
        passed &= (table["z"] >= z_low).to_numpy()
    if z_high is not None:
        passed &= (table["z"] <= z_high).to_numpy()
    flags = table["flags"].to_numpy()
    if clean:
        passed &= flags == 0
    if any_of:
        passed &= (flags & sum(any_of)) != 0
    if source:
        ids = table["source_id"].astype(str)
        passed &= ids.str.contains(id_digits(source) or source, regex=False).to_numpy()
    return np.flatnonzero(passed)


def choose_rows(table: pd.DataFrame, beside: Callable[[], None]) -> np.ndarray | None:
    """Draw the filters, with what stands `beside` them; return the rows that pass.

    None where a filter cannot be read; says why there are none.
    """
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
        z_low, z_high = (
            number_field(label, key, None, 0, Z_MAX)
            for label, key in (("z from", "filter_low"), ("z to", "filter_high"))
        )
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
        table, z_low=z_low, z_high=z_high, clean=clean, any_of=any_of, source=source.strip()
    )
    if not len(rows):
        st.info("No source passes the filters.", icon=":material/filter_alt_off:")
    return rows
