"""Filters of a catalogue: by source, redshift and flags."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.data import Z_MAX
from core.prediction import Flag
from dashboard.figures.labels import FLAG_NAMES


@dataclass(frozen=True)
class Filters:
    """Which rows of a catalogue are shown; an end of the range leaves out rows without z."""

    z_low: float | None = None
    z_high: float | None = None
    clean: bool = False  # only rows without a flag
    any_of: tuple[Flag, ...] = ()  # only rows with one of these, if there is any here
    source: str = ""  # part of the source_id

    def apply(self, table: pd.DataFrame) -> np.ndarray:
        """Return the positions of the rows that pass, rising."""
        passed = np.ones(len(table), bool)
        if self.z_low is not None:
            passed &= (table["z"] >= self.z_low).to_numpy()
        if self.z_high is not None:
            passed &= (table["z"] <= self.z_high).to_numpy()
        flags = table["flags"].to_numpy()
        if self.clean:
            passed &= flags == 0
        if self.any_of:
            passed &= (flags & sum(self.any_of)) != 0
        if self.source:
            ids = table["source_id"].astype(str)
            passed &= ids.str.contains(self.source, regex=False).to_numpy()
        return np.flatnonzero(passed)


def choose_filters(table: pd.DataFrame) -> Filters:
    """Draw the filters."""
    present = int(np.bitwise_or.reduce(table["flags"].to_numpy(), initial=0))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.text_input(
            "source_id",
            key="filter_source",
            placeholder="all or part of it",
            persist_state="session",
            width=220,
        )
        z_low, z_high = (
            st.number_input(
                label,
                0.0,
                Z_MAX,
                None,
                step=0.01,
                format="%.3f",
                key=key,
                persist_state="session",
                width=130,
            )
            for label, key in (("z from", "filter_low"), ("z to", "filter_high"))
        )
        any_of = st.multiselect(
            "With any of these flags",
            [flag for flag in Flag if flag & present],
            format_func=FLAG_NAMES.__getitem__,
            key="filter_flags",
            placeholder="whatever flags",
            persist_state="session",
            width=300,
        )
        clean = st.toggle("Only without flags", key="filter_clean", persist_state="session")
    return Filters(z_low, z_high, clean, tuple(any_of), source.strip())
