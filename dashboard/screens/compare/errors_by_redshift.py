"""Errors per bin of z_spec of all chosen runs, with the published ones."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.data.published import published
from core.evaluation import binned_errors, with_standard_errors
from dashboard.figures import comparison
from dashboard.figures.errors import FEW
from dashboard.screens.compare.in_files import by_key
from dashboard.shared.chooser import choose_one
from dashboard.shared.downloads import download_table
from dashboard.shared.error_bars import about_bars, choose_bars

QUANTITIES = {"Mean error": "mean_error", "Standard deviation": "std", "MAE": "mae"}


def show(predictions: Mapping[str, pd.DataFrame], keys: Mapping[str, str]) -> None:
    """Draw the errors per bin; `predictions` by the runs' names, on the same galaxies.

    `keys` as of `by_key`.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = choose_one("Per bin", list(QUANTITIES), "bin_quantity")
        bars = choose_bars()
        overlay = st.toggle("Published", value=True, key="published_bins", bind="query-params")
    table = pd.concat(
        [
            binned_errors(each["z_spec"], each["z_pred"]).assign(run=name)
            for name, each in predictions.items()
        ],
        ignore_index=True,
    )
    st.altair_chart(
        comparison.binned(
            table,
            list(predictions),
            QUANTITIES[chosen],
            published() if overlay else None,
            FEW,
            bars,
        ),
        key="compared_bins",
    )
    st.caption(
        f"Bins of 0.05 in z_spec; error d = z_pred − z_spec. {about_bars(bars)} The MAE has "
        f"standard errors alone. Faint: fewer than {FEW} galaxies in the bin. Within a bin, points "
        "stand side by side so that none hides another: their position within it has no meaning. "
        "Published: Table 3 of the dissertation, on real spectra; it has no MAE per bin."
    )
    download_table("Bins", by_key(with_standard_errors(table), keys), "compared-bins")
