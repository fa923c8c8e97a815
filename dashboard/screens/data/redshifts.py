"""Redshift distribution: histogram, moments and percentiles beside the published ones."""

from typing import Any

import pandas as pd
import streamlit as st

from core.data import DatasetEntry, RedshiftSummary
from core.data.published import in_print, published
from dashboard.figures import redshifts
from dashboard.shared import store as cache
from dashboard.shared.messages import about_origin
from dashboard.shared.number_field import number_field, row_of_fields
from dashboard.shared.shown import NUMBER, TEXT, beside, show_figure, show_table

MIN_WIDTH, MAX_WIDTH = 0.001, 0.1


def show(entry: DatasetEntry) -> None:
    """Draw the section for one data set."""
    file = cache.FileVersion.of(entry.path)
    with row_of_fields() as wrong:
        how: dict[str, Any] = {"bind": "query-params", "width": 170}
        width = number_field("Bin width [redshift]", "bin", 0.01, MIN_WIDTH, MAX_WIDTH, **how)
        log = st.toggle("Logarithmic", key="log", bind="query-params")
        cumulative = st.toggle("Cumulative", key="cumulative", bind="query-params")
        overlay = st.toggle("Published", value=True, key="published", bind="query-params")
    if wrong:
        return

    table = cache.redshift_table(file, width)
    summary = cache.redshift_summary(file)
    left, right = beside("redshifts", [5, 2])
    with left:
        figure = redshifts.histogram(
            table, published=published() if overlay else None, log=log, cumulative=cumulative
        )
        name = f"{entry.path.stem}-redshifts"
        show_figure(figure, "redshift_histogram", "Histogram", table, name)
    with right:
        statistics = statistics_table(summary)
        # As text: a format of the column would fill what was printed up with zeros.
        theirs = statistics["published"].map(in_print, na_action="ignore")
        show_table(
            statistics.assign(published=theirs),
            {
                "quantity": "Redshifts",
                "this_set": NUMBER("This set", format="%.4f"),
                "published": TEXT("Published", alignment="right"),
            },
            "Moments and percentiles of the redshifts beside the published ones",
            "Percentiles",
            statistics,
            f"{entry.path.stem}-redshift-statistics",
        )
    st.caption(f"{about_origin(entry.card.origin)} {redshifts.ABOUT_PUBLISHED}")


def statistics_table(summary: RedshiftSummary) -> pd.DataFrame:
    """Return moments and percentiles of this set and the published ones, a row each."""
    reference = published()
    rows: list[tuple[str, float, float | None]] = [
        ("Mean", summary.mean, reference.redshift_mean),
        ("Median", summary.median, reference.redshift_median),
        ("Standard deviation", summary.std, reference.redshift_std),
        ("Skewness", summary.skewness, reference.redshift_skewness),
        ("Excess kurtosis", summary.kurtosis, reference.redshift_kurtosis),
    ]
    rows += [
        (f"Percentile {rank}", value, reference.redshift_percentiles.get(rank))
        for rank, value in summary.percentiles.items()
    ]
    return pd.DataFrame(rows, columns=["quantity", "this_set", "published"])
