"""The sources of a fetch that came without a spectrum: said where the others are predicted."""

import pandas as pd
import streamlit as st

from core.amounts import n_of
from dashboard.screens.predict.files import Intake
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import code, plain

LISTED = 10
"""Ids that are named; the download has them all."""


def show(intake: Intake) -> None:
    """Say which sources of a fetch have no spectrum and why, if any: no table below has them."""
    without = intake.without
    if without is None or without.empty:
        return
    n = len(without)
    all_asked = intake.n + n
    verb = "has" if n == 1 else "have"
    st.warning(
        f"**{n:,} of {n_of(all_asked, 'source')} {verb} no spectrum** and no redshift below. "
        + "; ".join(_reasons(without))
        + ".",
        icon=":material/person_off:",
    )
    if n > LISTED:
        download_table("Sources without a spectrum", without, "without-spectra")


def _reasons(without: pd.DataFrame) -> list[str]:
    """Return the ids reason by reason, in Markdown, `LISTED` of them in all."""
    named, left = [], LISTED
    for reason, rows in without.groupby("reason", sort=False):
        ids = rows.source_id.tolist()
        shown, more = ids[:left], len(ids) - min(len(ids), left)
        left -= len(shown)
        words = ", ".join(code(str(each)) for each in shown)
        rest = (f" and {more:,} more" if shown else f"{more:,}") if more else ""
        named.append(f"{plain(str(reason).capitalize())}: {words}{rest}")
    return named
