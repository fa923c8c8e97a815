"""Galaxies per cell of a plane, coloured on a logarithmic scale (Figure 18)."""

import numpy as np
import plotly.graph_objects as go

from core.amounts import n_of
from core.evaluation import Histogram2D
from dashboard.figures import theme

# Higher than other figures: a square that fills most of a page's width.
HEIGHT = 560
CELL_PIXELS = 4
CELLS = 2
"""Which of the traces of `predicted_vs_true` is the one of `cells`."""


def predicted_vs_true(histogram: Histogram2D) -> go.Figure:
    """Draw the 2D histogram of predicted against true redshift with its diagonal."""
    ends = [histogram.edges_x[0], histogram.edges_x[-1]]
    place = "z_spec %{x:.3f}<br>z_pred %{y:.3f}"
    axis = {"range": ends, "constrain": "domain", "dtick": 0.1}
    perfect = theme.line(theme.VERMILLION, 1.5, "dash")
    return go.Figure(
        [
            heatmap(histogram, place),
            theme.curve(ends, ends, perfect, name="perfect", hoverinfo="skip"),
            cells(histogram, place),
        ],
        layout=theme.plotly_layout(
            f"Predicted against true redshift of {counted(histogram)}, number per cell; a perfect "
            "prediction lies on the diagonal",
            title_text=counted(histogram),
            showlegend=False,
            height=HEIGHT,
            margin={"l": 10, "r": 0, "t": 36, "b": 10},
            # Where a drag selects, Streamlit does not let a click do it.
            dragmode="zoom",
            xaxis={"title": {"text": "True redshift z_spec"}, **axis},
            yaxis={"title": {"text": "Predicted redshift z_pred"}, "scaleanchor": "x", **axis},
        ),
    )


def cells(histogram: Histogram2D, position: str) -> go.Scatter:
    """Draw a mark in every occupied cell, unseen until it is selected.

    A heat map cannot be selected from, its cells' marks can: by a click, a box or a lasso. They
    stand in the order of `Histogram2D.occupied`; `position` is a hover template that says where.
    """
    i, j = histogram.occupied.T
    return go.Scatter(
        x=_centres(histogram.edges_x)[i],
        y=_centres(histogram.edges_y)[j],
        customdata=histogram.counts[i, j],
        mode="markers",
        marker={"symbol": "square", "size": CELL_PIXELS, "color": theme.REFERENCE, "opacity": 0},
        selected={"marker": {"opacity": 0.85}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate=position + "<br>galaxies: %{customdata:,}<extra></extra>",
        name="cells",
    )


def counted(histogram: Histogram2D) -> str:
    """Say how many galaxies are drawn, and how many lie outside the axes."""
    text = n_of(histogram.counts.sum(), "galaxy")
    return text + (f", {histogram.n_outside:,} more outside" if histogram.n_outside else "")


def heatmap(histogram: Histogram2D, position: str) -> go.Heatmap:
    """Draw counts with logarithmic colour, empty cells transparent; parameters as of `cells`."""
    counts = histogram.counts.T  # Plotly: a row per y
    top = max(int(counts.max()), 1)
    with np.errstate(divide="ignore"):
        logarithm = np.where(counts > 0, np.log10(counts), np.nan)
    ticks = [step * 10**k for k in range(len(str(top))) for step in (1, 3) if step * 10**k <= top]
    words = [f"{tick:,}" for tick in ticks]
    return go.Heatmap(
        x=_centres(histogram.edges_x),
        y=_centres(histogram.edges_y),
        z=logarithm,
        customdata=counts,
        hovertemplate=position + "<br>galaxies: %{customdata:,}<extra></extra>",
        hoverongaps=False,
        colorscale=list(theme.SEQUENTIAL),
        zmin=0,
        zmax=max(np.log10(top), 1),
        colorbar=theme.colorbar("Galaxies", tickvals=np.log10(ticks), ticktext=words),
    )


def _centres(edges: np.ndarray) -> np.ndarray:
    return (edges[:-1] + edges[1:]) / 2
