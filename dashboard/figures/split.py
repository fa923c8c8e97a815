"""Redshifts of the training, validation and test part."""

import altair as alt
import pandas as pd

from dashboard.figures import theme

PARTS = ("train", "validation", "test")


def parts(histograms: pd.DataFrame) -> alt.Chart:
    """Draw the redshift distribution of each part as a stepped line.

    Parameters
    ----------
    histograms : pd.DataFrame
        Columns part, z_low, z_high, count, fraction; a row per part and bin.

    Returns
    -------
    alt.Chart
    """
    present = [part for part in PARTS if (histograms["part"] == part).any()]
    return (
        alt.Chart(histograms)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("z_low:Q", title="Redshift z_spec", axis=alt.Axis(format="~g")),
            y=alt.Y("fraction:Q", title="Share of the part per bin", axis=alt.Axis(format="~%")),
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=present, range=theme.categorical(len(present))),
                legend=alt.Legend(orient="top"),
            ),
            # Told apart by dashes too: the lines lie on one another.
            strokeDash=alt.StrokeDash(
                "part:N",
                title=None,
                scale=alt.Scale(domain=present, range=[[1, 0], [6, 3], [2, 2]][: len(present)]),
            ),
            tooltip=[
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("z_low:Q", title="z_spec from", format=".3f"),
                alt.Tooltip("z_high:Q", title="z_spec to", format=".3f"),
                alt.Tooltip("count:Q", title="Galaxies", format=","),
                alt.Tooltip("fraction:Q", title="Share", format=".2%"),
            ],
        )
        .properties(
            height=theme.ALTAIR_HEIGHT,
            title="Redshifts of the parts, each normalised to itself",
            description=f"Redshift distribution of the parts {', '.join(present)}, as shares",
        )
    )
