"""Colours of every figure, readable on the light and on the dark page alike.

The categorical colours are Okabe & Ito's (2008, "Color Universal Design"),
some of them darkened so that each stands out from white and from the dark
background. Fonts, grid and axis colours come from Streamlit's own theme.
"""

from typing import Any

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

LIGHT_BACKGROUND = "#FFFFFF"
DARK_BACKGROUND = "#12171E"

BLUE = "#0E7CC0"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#C5699A"
OCHRE = "#B39047"
GREY = "#7C8692"

CATEGORICAL = (BLUE, VERMILLION, GREEN, PURPLE, OCHRE, GREY)

# What is ours and what is compared with it has one colour on every screen.
OURS = BLUE
REFERENCE = VERMILLION
NEUTRAL = GREY

# Low to high redshift: ordered in hue, apart for the colour-blind.
ORDERED = ("#5A5FE0", "#0E7CC0", "#35AE9B", "#5F8A2A", "#CF9813", "#BE4331")

# Viridis without its darkest fifth, which would sink into a dark page.
SEQUENTIAL = tuple(
    sample_colorscale("Viridis", [0.2 + 0.8 * i / 9 for i in range(10)], colortype="rgb")
)

# Below and above 0, which is the page itself, light or dark.
DIVERGING = ((0.0, BLUE), (0.5, "rgba(124, 134, 146, 0.04)"), (1.0, VERMILLION))

ALTAIR_HEIGHT = 380
PLOTLY_HEIGHT = 440


def ordered(n: int) -> list[str]:
    """Return `n` colours from low to high redshift."""
    if n == 1:
        return [ORDERED[0]]
    return sample_colorscale(list(ORDERED), [i / (n - 1) for i in range(n)], colortype="rgb")


def categorical(n: int) -> list[str]:
    """Return `n` colours for runs or parts; they repeat after the sixth."""
    return [CATEGORICAL[i % len(CATEGORICAL)] for i in range(n)]


def plotly_layout(**settings: Any) -> go.Layout:
    """Return a Plotly layout with transparent background, which `settings` add to or change."""
    return go.Layout(
        **{
            "height": PLOTLY_HEIGHT,
            "margin": {"l": 10, "r": 10, "t": 40, "b": 10},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "hoverlabel_align": "left",
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": BLUE},
            **settings,
        }
    )
