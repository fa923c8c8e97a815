"""How bright some galaxies are, beside all of them."""

import altair as alt
import pandas as pd

from dashboard.figures import theme

SELECTED, ALL = "Selected", "All"
HEIGHT = 300


def histogram(counts: pd.DataFrame, bin_width: float) -> alt.LayerChart:
    """Draw the shares of the selected and of all galaxies per bin of G.

    Parameters
    ----------
    counts : pd.DataFrame
        g_low, g_high [mag], n_selected, n_all; a row per bin.
    bin_width : float
        Width of the bins [mag].

    Returns
    -------
    alt.LayerChart
    """
    color = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=[SELECTED, ALL], range=[theme.REFERENCE, theme.NEUTRAL]),
        legend=alt.Legend(orient="top", symbolOpacity=1),
    )
    layers = [
        alt.Chart(
            counts.assign(series=name, percent=100 * counts[column] / max(counts[column].sum(), 1))
        )
        .mark_bar(binSpacing=0.5, opacity=opacity)
        .encode(
            x=alt.X("g_low:Q", title="G [mag]", bin="binned", axis=alt.Axis(format="~g")),
            x2="g_high:Q",
            y=alt.Y("percent:Q", title=f"Galaxies per bin of {bin_width:g} mag [%]", stack=None),
            color=color,
            tooltip=[
                alt.Tooltip("g_low:Q", title="G from [mag]", format=".2f"),
                alt.Tooltip("g_high:Q", title="G to [mag]", format=".2f"),
                alt.Tooltip("n_selected:Q", title="Selected galaxies", format=","),
                alt.Tooltip("n_all:Q", title="All galaxies", format=","),
            ],
        )
        for column, name, opacity in (("n_all", ALL, 0.45), ("n_selected", SELECTED, 0.75))
    ]
    n, total = int(counts["n_selected"].sum()), int(counts["n_all"].sum())
    return alt.LayerChart(layer=layers).properties(
        height=HEIGHT,
        title="Magnitudes",
        description=f"Histogram of the G magnitudes of {n:,} selected galaxies beside all "
        f"{total:,}, as shares",
    )
