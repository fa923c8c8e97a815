"""Calibration of p(z): PIT histogram, error against predicted error, examples of densities."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.amounts import n_of
from dashboard.figures import theme

HEIGHT = 300
PANELS_PER_ROW = 4
PANEL_HEIGHT = 200

# Densities lower than this share of their highest value are left out of the panels' axes.
SHOWN = 0.002


def pit_histogram(table: pd.DataFrame) -> alt.LayerChart:
    """Draw what `core.evaluation.pit_histogram` returns over the band of uniform values."""
    n = int(table["n"].sum())
    top = 1.15 * float(max(table["n"].max(), table["expected_high"].max()))
    title = f"Galaxies per bin of {1 / len(table):g}"
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    axis = alt.Axis(format="~g", values=ticks, tickCount=len(ticks))
    bars = (
        alt.Chart(table)
        .mark_bar(color=theme.OURS, binSpacing=0.5, opacity=0.75)
        .encode(
            x=alt.X(
                "pit_low:Q",
                title="PIT: the share of p(z) below z_spec",
                bin="binned",
                scale=alt.Scale(domain=[0, 1]),
                axis=axis,
            ),
            x2=alt.X2("pit_high:Q"),
            y=alt.Y("n:Q", title=title, scale=theme.exactly(0, top)),
            tooltip=theme.tips(
                pit_low="PIT from|.2f", pit_high="PIT to|.2f", n="Galaxies|,", expected="Flat|,.1f"
            ),
        )
    )
    ends = alt.Chart(table.iloc[[0]].assign(pit_low=0.0, pit_high=1.0))
    band = ends.mark_rect(color=theme.NEUTRAL, opacity=0.3, tooltip=None).encode(
        x=alt.X("pit_low:Q"),
        x2=alt.X2("pit_high:Q"),
        y=alt.Y("expected_low:Q", title=title),
        y2=alt.Y2("expected_high:Q"),
    )
    line = ends.mark_rule(color=theme.NEUTRAL, strokeWidth=1.5, tooltip=None).encode(
        y=alt.Y("expected:Q", title=title)
    )
    return theme.layered(
        [bars, band, line],
        "PIT and a flat one's 95 % band",
        f"Histogram of the PIT of {n_of(n, 'galaxy')} in {n_of(len(table), 'bin')}, with the "
        "number and the band that calibrated densities would give",
        HEIGHT,
    )


def errors_by_sigma(table: pd.DataFrame) -> alt.LayerChart:
    """Draw what `core.evaluation.errors_by_sigma` returns, with the line of equal errors."""
    top = 1.05 * float(max(table["error_high"].max(), table["sigma_z"].max()))
    scale = theme.exactly(0, top)
    x = alt.X("sigma_z:Q", title="Predicted error σ_z, mean of the bin", scale=scale)
    y_title = "True error: 68 % of |d| lie below"
    y = alt.Y("error:Q", title=y_title, scale=scale)
    tooltip = theme.tips(
        sigma_z="σ_z, mean|.4f",
        error="68 % of |d| below|.4f",
        error_low="from|.4f",
        error_high="to|.4f",
        mae="MAE|.4f",
        n="Galaxies|,",
    )
    base = alt.Chart(table).encode(x=x, tooltip=tooltip)
    measured = theme.with_errors(base, y, y_title, "error_low", "error_high")
    return theme.layered(
        [theme.diagonal(x, y, ("sigma_z", "error"), (0.0, top)), *measured],
        "True against predicted error",
        f"The 68th percentile of the true errors against the mean predicted error in "
        f"{n_of(len(table), 'bin')} of the latter, with the line on which they would be equal",
        HEIGHT,
    )


def examples(
    z: np.ndarray, pdf: np.ndarray, z_spec: np.ndarray, z_pred: np.ndarray, names: Sequence[str]
) -> go.Figure:
    """Draw p(z), (n, m) on a grid (m,) [per unit of z], of n galaxies, a panel each with both z."""
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
        density = theme.curve(
            z,
            pdf[i],
            theme.line(theme.OURS, 2),
            fill="tozeroy",
            name="p(z)",
            showlegend=i == 0,
            hovertemplate="p(%{x:.3f}) = %{y:.2f}<extra></extra>",
        )
        figure.add_trace(density, **place)
        for name, value, color, dash in (
            ("z_pred", z_pred[i], theme.OURS, "solid"),
            ("z_spec", z_spec[i], theme.REFERENCE, "dash"),
        ):
            stem = theme.curve(
                [value, value],
                [0, top],
                theme.line(color, 2, dash),
                name=name,
                showlegend=i == 0,
                hovertemplate=f"{name} {value:.4f}<extra></extra>",
            )
            figure.add_trace(stem, **place)
        seen = z[pdf[i] > SHOWN * pdf[i].max()]
        low, high = min(seen[0], z_spec[i]), max(seen[-1], z_spec[i])
        figure.update_xaxes(range=[low - 0.01, high + 0.01], nticks=5, showgrid=False, **place)
        figure.update_yaxes(range=[0, top], nticks=4, **place)
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(**theme.AXIS)
    figure.update_xaxes(title={"text": "z", "standoff": 8}, row=rows)
    figure.update_yaxes(title={"text": "p(z)"}, col=1)
    figure.update_annotations(font_size=theme.TICK_SIZE)
    return figure.update_layout(
        theme.plotly_layout(
            f"p(z) of {n_of(len(names), 'galaxy')} over redshift, a panel each, with the true "
            "and the predicted redshift marked",
            top=70,
            height=PANEL_HEIGHT * rows + 80,
            legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
        )
    )
