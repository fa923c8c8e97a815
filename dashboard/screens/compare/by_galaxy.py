"""Whose error is smaller than the reference's: galaxy by galaxy, and in bins of redshift."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.comparison import Common, change_by_bin, paired_errors, share_nearer, thinned
from dashboard.figures import paired
from dashboard.figures.errors import FEW
from dashboard.screens.compare.in_files import by_key
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import plain
from dashboard.shared.shown import beside

MOST = 4000
"""Galaxies that a picture shows one by one."""
WITHIN = 0.995
"""Share of galaxies that the axis of differences holds."""


def show(common: Common, reference: str, keys: Mapping[str, str]) -> None:
    """Draw the differences of |d| between one run and the reference, and of every run by bin.

    `keys` as of `by_key`.
    """
    subjects = {subject.name: subject for subject in common.subjects}
    names = list(subjects)
    first = subjects.pop(reference)
    pairs = {name: paired_errors(first, each) for name, each in subjects.items()}
    st.header("By redshift")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        other = _choose(list(subjects))
        table = pairs[other]
        _say(table, other, reference)
    left, right = beside("changes")
    with left:
        limit = float(np.quantile(np.abs(table["change"]), WITHIN)) or 1e-6
        drawn = thinned(table, MOST)
        chart = paired.per_galaxy(drawn, limit, other, names)
        st.altair_chart(chart, key="changed_galaxies")
    with right:
        bins = _bins(pairs)
        st.altair_chart(paired.per_bin(bins, names), key="changed_bins")
    st.caption(_about(table, drawn, reference))
    with st.container(horizontal=True):
        download_table("Galaxies", _of_all(pairs, keys), "compared-galaxies")
        by_bin = by_key(bins, keys).assign(reference=keys[reference])
        download_table("Bins", by_bin, "compared-changes")


def _choose(names: list[str]) -> str:
    """Draw the choice among several of the run whose galaxies are drawn."""
    if len(names) == 1:
        return names[0]
    kept: dict[str, Any] = {"persist_state": "session"}
    chosen = st.selectbox("Galaxies of", names, key="changed_run", width=280, **kept)
    return chosen if chosen in names else names[0]


def _say(table: pd.DataFrame, name: str, reference: str) -> None:
    found = share_nearer(table["change"])
    if found is None:
        st.markdown(f"{plain(name)} and {plain(reference)} give the same redshifts.")
        return
    share, low, high = (f"{100 * found[key]:.1f}" for key in ("share", "low", "high"))
    st.markdown(
        f"{plain(name)} is nearer to z_spec than {plain(reference)} for **{share} %** of the "
        f"galaxies :small[:gray[{low} to {high} %]]"
    )


def _bins(pairs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    tables = [
        change_by_bin(found["z_spec"], found["change"]).assign(run=name)
        for name, found in pairs.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _of_all(pairs: Mapping[str, pd.DataFrame], keys: Mapping[str, str]) -> pd.DataFrame:
    """Return every galaxy with the redshift of each run and its difference to the reference."""
    table = next(iter(pairs.values())).drop(columns=["z_other", "change"])
    for name, found in pairs.items():
        table[f"z of {keys[name]}"] = found["z_other"]
        table[f"change of {keys[name]}"] = found["change"]
    return table


def _about(table: pd.DataFrame, drawn: pd.DataFrame, reference: str) -> str:
    words = f"Reference: {plain(reference)}. Below 0 is better. d = z_pred − z_spec. "
    if len(drawn) < len(table):
        words += f"Drawn one by one: {len(drawn):,} of {n_of(len(table), 'galaxy')}, by chance. "
    return words + (
        "Bins: mean difference of all galaxies with its 95 % interval by Student's t; the same "
        "galaxies, so what makes one hard for both cancels. Faint: fewer than "
        f"{FEW} galaxies, whose means and intervals may lie beyond the axis."
    )
