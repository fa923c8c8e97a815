"""p(z) of one source: the density of its redshift, the interval and what sums it up."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme

USUAL: dict[str, Any] = {
    "height": 400,
    "margin": {"l": 10, "r": 10, "t": 30, "b": 115},
    "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
}
# The legend begins below Plotly's toolbar, which would cover its first line.
LOW: dict[str, Any] = {
    "height": 235,
    "margin": {"l": 10, "r": 10, "t": 10, "b": 45},
    "legend": {"y": 0.88, "yanchor": "top"},
}
TAIL = 0.002
"""Share of p(z) on either side that may lie outside the figure at first."""

MIN_WIDTH = 0.04
"""Narrowest range of redshifts shown: a bright galaxy's p(z) is not drawn as a wide one."""

SUMMARIES = {
    "median": (theme.OURS, "circle"),
    "mean": (theme.GREEN, "diamond"),
    "mode": (theme.PURPLE, "triangle-up"),
}


def redshift_density(
    z: np.ndarray,
    pdf: np.ndarray,
    summaries: Mapping[str, float],
    interval: tuple[float, float],
    level: float,
    *,
    z_spec: float | None = None,
    as_trained: np.ndarray | None = None,
    title: str = "",
    is_low: bool = False,
) -> go.Figure:
    """Draw p(z) of one source.

    `pdf` [per unit of redshift] is on the rising grid `z`, both (m,); `summaries` are its 'median',
    'mean' and 'mode', of which any may lack; `level` of it lies in `interval`. `z_spec` is the
    known redshift; `as_trained` (m,) the density under the prior that it is calibrated for, where
    `pdf` is under another; `title` whose density it is; `is_low`: beside its legend instead of
    above it, where there are other figures to see.
    """
    top = 1.1 * max(float(pdf.max()), 0.0 if as_trained is None else float(as_trained.max()))
    share = f"{100 * level:g} %"
    figure = go.Figure(
        [
            theme.curve(
                z,
                pdf,
                theme.line(theme.OURS, 2),
                fill="tozeroy",
                fillcolor=_faded(theme.OURS, 0.16),
                name="p(z)",
                hovertemplate="p(z) <b>%{y:.2f}</b><extra></extra>",
            ),
            _inside(z, pdf, interval, share),
        ]
    )
    if as_trained is not None:
        other = theme.curve(
            z,
            as_trained,
            theme.line(theme.NEUTRAL, 1.5, "dash"),
            name="As calibrated",
            hovertemplate="as calibrated %{y:.2f}<extra></extra>",
        )
        figure.add_trace(other)
    for name, value in summaries.items():
        figure.add_trace(_stem(name, value, float(np.interp(value, z, pdf))))
    if z_spec is not None:
        line, name = theme.line(theme.REFERENCE, 2, "dot"), f"z_spec {z_spec:.4f}"
        given = theme.curve([z_spec, z_spec], [0, top], line, name=name, hoverinfo="skip")
        figure.add_trace(given)
    figure.update_layout(
        theme.plotly_layout(
            _alt(title, summaries, interval, share, z_spec, as_trained is not None),
            hovermode="x unified",
            **(LOW if is_low else USUAL),
        )
    )
    figure.update_xaxes(
        title={"text": "Redshift z"},
        range=shown_range(z, pdf, z_spec),
        showgrid=False,
        unifiedhovertitle={"text": "<b>z = %{x:.4f}</b>"},
    )
    figure.update_yaxes(title={"text": "p(z) [per unit of z]"}, range=[0, top], nticks=6)
    return figure


def shown_range(z: np.ndarray, pdf: np.ndarray, z_spec: float | None = None) -> list[float]:
    """Return the redshifts between which there is something to see, with some room."""
    below = np.cumsum(pdf) / np.sum(pdf)
    ends = [float(z[np.searchsorted(below, share)]) for share in (TAIL, 1 - TAIL)]
    if z_spec is not None:
        ends = [min(ends[0], z_spec), max(ends[1], z_spec)]
    missing = max(MIN_WIDTH - (ends[1] - ends[0]), 0) / 2
    room = missing + 0.06 * (ends[1] - ends[0])
    return [max(ends[0] - room, float(z[0])), min(ends[1] + room, float(z[-1]))]


def _inside(
    z: np.ndarray, pdf: np.ndarray, interval: tuple[float, float], share: str
) -> go.Scatter:
    low, high = interval
    between = z[(z > low) & (z < high)]
    x = np.concatenate([[low], between, [high]])
    return theme.curve(
        x,
        np.interp(x, z, pdf),
        {"width": 0},
        fill="tozeroy",
        fillcolor=_faded(theme.OURS, 0.38),
        name=f"{share} interval {low:.4f} to {high:.4f}",
        hoverinfo="skip",
    )


def _stem(name: str, value: float, height: float) -> go.Scatter:
    color, symbol = SUMMARIES[name]
    return theme.curve(
        [value, value],
        [0, height],
        theme.line(color, 1.5),
        mode="lines+markers",
        marker={"symbol": symbol, "size": [0, 11], "color": color, "line_width": 0, "opacity": 1},
        name=f"{name.capitalize()} {value:.4f}",
        hoverinfo="skip",
    )


def _faded(color: str, opacity: float) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _alt(
    title: str,
    summaries: Mapping[str, float],
    interval: tuple[float, float],
    share: str,
    z_spec: float | None,
    has_other: bool,
) -> str:
    parts = [
        f"Density p(z) of the redshift {title}".rstrip(),
        f"{share} of it between {interval[0]:.4f} and {interval[1]:.4f}",
        *(f"{name} {value:.4f}" for name, value in summaries.items()),
    ]
    if z_spec is not None:
        parts.append(f"the redshift that the file gives, {z_spec:.4f}")
    if has_other:
        parts.append("and the density as calibrated")
    return ", ".join(parts)
