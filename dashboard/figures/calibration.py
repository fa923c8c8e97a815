"""Calibration of p(z): PIT histogram, error against predicted error, examples of densities."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.figures import theme

HEIGHT = 300
PANELS_PER_ROW = 4
PANEL_HEIGHT = 200

# Densities lower than this share of their highest value are left out of the panels' axes.
SHOWN = 0.002


def pit_histogram(table: pd.DataFrame) -> alt.LayerChart:
    """Draw the PIT histogram over the band in which uniform values would lie.

    Parameters
    ----------
    table : pd.DataFrame
        As `core.evaluation.histograms.pit_histogram` returns it.

    Returns
    -------
    alt.LayerChart
    """
    n = int(table["n"].sum())
    top = 1.15 * float(max(table["n"].max(), table["expected_high"].max()))
    title = f"Galaxies per bin of {1 / len(table):g}"
    y_scale = alt.Scale(domain=[0, top], nice=False)
    x = alt.X(
        "pit_low:Q",
        title="PIT: the share of p(z) below z_spec",
        bin="binned",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="~g", values=[0, 0.2, 0.4, 0.6, 0.8, 1]),
    )
    bars = (
        alt.Chart(table)
        .mark_bar(color=theme.OURS, binSpacing=0.5, opacity=0.75)
        .encode(
            x=x,
            x2="pit_high:Q",
            y=alt.Y("n:Q", title=title, scale=y_scale),
            tooltip=[
                alt.Tooltip("pit_low:Q", title="PIT from", format=".2f"),
                alt.Tooltip("pit_high:Q", title="PIT to", format=".2f"),
                alt.Tooltip("n:Q", title="Galaxies", format=","),
                alt.Tooltip("expected:Q", title="Flat", format=",.1f"),
            ],
        )
    )
    ends = table.iloc[[0]].assign(pit_low=0.0, pit_high=1.0)
    band = (
        alt.Chart(ends)
        .mark_rect(color=theme.NEUTRAL, opacity=0.3, tooltip=None)
        .encode(
            x=alt.X("pit_low:Q"),
            x2="pit_high:Q",
            y=alt.Y("expected_low:Q", title=title),
            y2="expected_high:Q",
        )
    )
    line = (
        alt.Chart(ends)
        .mark_rule(color=theme.NEUTRAL, strokeWidth=1.5, tooltip=None)
        .encode(y=alt.Y("expected:Q", title=title))
    )
    return alt.LayerChart(layer=[bars, band, line]).properties(
        height=HEIGHT,
        title="PIT, with the 95 % band of a flat one",
        description=f"Histogram of the PIT of {n:,} galaxies in {len(table)} bins, with the number "
        "and the band that calibrated densities would give",
    )


def errors_by_sigma(table: pd.DataFrame) -> alt.LayerChart:
    """Draw the errors in bins of the predicted error, with the line on which they are equal.

    Parameters
    ----------
    table : pd.DataFrame
        As `core.evaluation.error_by_sigma.errors_by_sigma` returns it.

    Returns
    -------
    alt.LayerChart
    """
    top = 1.05 * float(max(table["error_high"].max(), table["sigma_z"].max()))
    ends = pd.DataFrame({"sigma_z": [0.0, top], "error": [0.0, top]})
    scale = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("sigma_z:Q", title="Predicted error σ_z, mean of the bin", scale=scale)
    y_title = "True error: 68 % of |d| lie below"
    y = alt.Y("error:Q", title=y_title, scale=scale)
    diagonal = (
        alt.Chart(ends).mark_line(color=theme.NEUTRAL, strokeWidth=1, tooltip=None).encode(x=x, y=y)
    )
    base = alt.Chart(table).encode(
        x=x,
        tooltip=[
            alt.Tooltip("sigma_z:Q", title="σ_z, mean", format=".4f"),
            alt.Tooltip("error:Q", title="68 % of |d| below", format=".4f"),
            alt.Tooltip("error_low:Q", title="from", format=".4f"),
            alt.Tooltip("error_high:Q", title="to", format=".4f"),
            alt.Tooltip("mae:Q", title="MAE", format=".4f"),
            alt.Tooltip("n:Q", title="Galaxies", format=","),
        ],
    )
    bars = base.mark_rule(color=theme.OURS, strokeWidth=1.5, opacity=0.7).encode(
        y=alt.Y("error_low:Q", title=y_title), y2="error_high:Q"
    )
    points = base.mark_point(color=theme.OURS, filled=True, size=70, opacity=1).encode(y=y)
    return alt.LayerChart(layer=[diagonal, bars, points]).properties(
        height=HEIGHT,
        title="True against predicted error",
        description=f"The 68th percentile of the true errors against the mean predicted error in "
        f"{len(table)} bins of the latter, with the line on which they would be equal",
    )


def examples(
    z: np.ndarray,
    pdf: np.ndarray,
    z_spec: np.ndarray,
    z_pred: np.ndarray,
    names: Sequence[str],
) -> go.Figure:
    """Draw p(z) of some galaxies, a panel each, with true and predicted redshift.

    Parameters
    ----------
    z : np.ndarray, shape (m,)
        Grid of redshifts.
    pdf : np.ndarray, shape (n, m)
        Densities [per unit of z].
    z_spec, z_pred : np.ndarray, shape (n,)
        True and predicted redshifts.
    names : sequence of str
        What each galaxy is called.

    Returns
    -------
    go.Figure
    """
    columns = min(PANELS_PER_ROW, len(names))
    rows = -(-len(names) // columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=list(names),
        horizontal_spacing=0.045,
        vertical_spacing=0.34 / rows,
    )
    for i in range(len(names)):
        place = {"row": i // columns + 1, "col": i % columns + 1}
        top = 1.1 * float(pdf[i].max())
        figure.add_scatter(
            x=z,
            y=pdf[i],
            mode="lines",
            line={"color": theme.OURS, "width": 2},
            fill="tozeroy",
            name="p(z)",
            showlegend=i == 0,
            hovertemplate="p(%{x:.3f}) = %{y:.2f}<extra></extra>",
            **place,
        )
        for name, value, color, dash in (
            ("z_pred", z_pred[i], theme.OURS, "solid"),
            ("z_spec", z_spec[i], theme.REFERENCE, "dash"),
        ):
            figure.add_scatter(
                x=[value, value],
                y=[0, top],
                mode="lines",
                line={"color": color, "width": 2, "dash": dash},
                name=name,
                showlegend=i == 0,
                hovertemplate=f"{name} {value:.4f}<extra></extra>",
                **place,
            )
        seen = z[pdf[i] > SHOWN * pdf[i].max()]
        low, high = min(seen[0], z_spec[i]), max(seen[-1], z_spec[i])
        figure.update_xaxes(range=[low - 0.01, high + 0.01], nticks=5, showgrid=False, **place)
        figure.update_yaxes(range=[0, top], nticks=4, **place)
    figure.update_xaxes(title={"text": "z", "standoff": 8}, row=rows)
    figure.update_yaxes(title={"text": "p(z)"}, col=1)
    figure.update_annotations(font_size=12)
    figure.update_layout(
        theme.plotly_layout(
            height=PANEL_HEIGHT * rows + 80,
            margin={"l": 10, "r": 10, "t": 70, "b": 10},
            legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
            meta={
                "alt": f"p(z) of {len(names)} galaxies over redshift, a panel each, with the true "
                "and the predicted redshift marked"
            },
        )
    )
    return figure
