"""Redshifts of the training, validation and test part."""

import altair as alt
import pandas as pd


def parts(histograms: pd.DataFrame) -> alt.Chart:
    """Draw the redshift distribution of each part as a step line.

    Parameters
    ----------
    histograms : pd.DataFrame
        Columns part, z_low, z_high, count, fraction; a row per part and bin.
    """
    return (
        alt.Chart(histograms)
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("z_low:Q", title="Redshift"),
            y=alt.Y("fraction:Q", title="Share of the part per bin", axis=alt.Axis(format="%")),
            color=alt.Color("part:N", title=None, sort=["train", "validation", "test"]),
            strokeDash=alt.StrokeDash("part:N", title=None, sort=["train", "validation", "test"]),
            tooltip=[
                "part:N",
                alt.Tooltip("z_low:Q", title="From", format=".3f"),
                alt.Tooltip("z_high:Q", title="To", format=".3f"),
                alt.Tooltip("count:Q", title="Galaxies", format=","),
                alt.Tooltip("fraction:Q", title="Share", format=".2%"),
            ],
        )
    )
