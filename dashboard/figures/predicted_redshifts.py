"""Histogram of predicted redshifts."""

import altair as alt
import pandas as pd

from core.amounts import n_of
from dashboard.figures import theme

ALL, CLEAN = "All", "Without flags"
HEIGHT = 250


def histogram(counts: pd.DataFrame, bin_width: float) -> alt.LayerChart:
    """Draw how many predicted redshifts lie in each bin: z_low, z_high, all, clean (unflagged)."""
    n, n_clean = int(counts["all"].sum()), int(counts["clean"].sum())
    colors = [theme.NEUTRAL, theme.OURS]
    axis = alt.Axis(format=",~f", tickCount=5, tickMinStep=1)
    layers = [
        theme.bars(
            counts.assign(series=name, value=counts[column]),
            ("z_low", "z_high", "Predicted redshift z"),
            opacity,
            y=alt.Y("value:Q", title=f"Sources per bin of {bin_width:g}", axis=axis),
            color=theme.named(alt.Color, "series", [ALL, CLEAN], colors, legend=theme.KEY),
            tooltip=theme.tips(
                z_low="z from|.3f", z_high="z to|.3f", all="All|,", clean=f"{CLEAN}|,"
            ),
        )
        for column, name, opacity in (("all", ALL, 0.45), ("clean", CLEAN, 0.9))
    ]
    return theme.layered(
        layers,
        "",
        f"Histogram of the predicted redshifts of {n_of(n, 'source')}, {n_clean:,} of them "
        "without a flag",
        HEIGHT,
    )
