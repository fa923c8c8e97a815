"""Histogram of predicted redshifts."""

import altair as alt
import pandas as pd

from dashboard.figures import theme

ALL, CLEAN = "All", "Without flags"
HEIGHT = 250


def histogram(counts: pd.DataFrame, bin_width: float) -> alt.LayerChart:
    """Draw how many predicted redshifts lie in each bin: of all sources, and of unflagged ones.

    Parameters
    ----------
    counts : pd.DataFrame
        Columns z_low, z_high, all, clean; a row per bin.
    bin_width : float
        Width of the bins.

    Returns
    -------
    alt.LayerChart
    """
    n, n_clean = int(counts["all"].sum()), int(counts["clean"].sum())
    color = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=[ALL, CLEAN], range=[theme.NEUTRAL, theme.OURS]),
        legend=alt.Legend(orient="top", symbolOpacity=1),
    )
    layers = []
    for column, name in (("all", ALL), ("clean", CLEAN)):
        layers.append(
            alt.Chart(counts.assign(series=name, value=counts[column]))
            .mark_bar(binSpacing=0.5, opacity=0.45 if column == "all" else 0.9)
            .encode(
                x=alt.X(
                    "z_low:Q",
                    title="Predicted redshift z",
                    bin="binned",
                    axis=alt.Axis(format="~g"),
                ),
                x2="z_high:Q",
                y=alt.Y(
                    "value:Q",
                    title=f"Sources per bin of {bin_width:g}",
                    axis=alt.Axis(format=",~f", tickCount=5, tickMinStep=1),
                ),
                color=color,
                tooltip=[
                    alt.Tooltip("z_low:Q", title="z from", format=".3f"),
                    alt.Tooltip("z_high:Q", title="z to", format=".3f"),
                    alt.Tooltip("all:Q", title=ALL, format=","),
                    alt.Tooltip("clean:Q", title=CLEAN, format=","),
                ],
            )
        )
    return alt.LayerChart(layer=layers).properties(
        height=HEIGHT,
        description=f"Histogram of the predicted redshifts of {n:,} sources, "
        f"{n_clean:,} of them without a flag",
    )
