"""How bright some galaxies are, beside all of them."""

import altair as alt
import pandas as pd

from core.amounts import n_of
from dashboard.figures import theme

SELECTED, ALL = "Selected", "All"
HEIGHT = 300


def histogram(counts: pd.DataFrame, bin_width: float) -> alt.LayerChart:
    """Draw shares per bin of G of g_low, g_high, n_selected, n_all; G and `bin_width` in mag."""
    colors = [theme.REFERENCE, theme.NEUTRAL]
    layers = [
        theme.bars(
            counts.assign(series=name, percent=100 * counts[column] / max(counts[column].sum(), 1)),
            ("g_low", "g_high", "G [mag]"),
            opacity,
            y=alt.Y("percent:Q", title=f"Galaxies per bin of {bin_width:g} mag [%]", stack=None),
            color=theme.named(alt.Color, "series", [SELECTED, ALL], colors, legend=theme.KEY),
            tooltip=theme.tips(
                g_low="G from [mag]|.2f",
                g_high="G to [mag]|.2f",
                n_selected="Selected galaxies|,",
                n_all="All galaxies|,",
            ),
        )
        for column, name, opacity in (("n_all", ALL, 0.45), ("n_selected", SELECTED, 0.75))
    ]
    n, total = int(counts["n_selected"].sum()), int(counts["n_all"].sum())
    description = (
        f"Histogram of the G magnitudes of {n_of(n, 'selected galaxy')} beside all {total:,}, "
        "as shares"
    )
    return theme.layered(layers, "Magnitudes", description, HEIGHT)
