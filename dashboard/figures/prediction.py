"""A predicted redshift: the spectrum with lines at it, and what drove it."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.inspection import WIDTH_SAMPLES
from core.spectra import BANDS, FLUX_UNIT
from core.spectral_lines import FEATURES, SpectralFeature, within
from dashboard.figures import lines, theme
from dashboard.figures.wavelength_axis import (
    SPIKE,
    mark_join,
    samples,
    split_at_join,
    with_room,
)

HEIGHT, LEGEND_ROOM = 560, 120
END = WIDTH_SAMPLES // 2 + 1
"""Samples from an end of a band within which what hides a part is an extension."""


def spectrum(
    wavelength_nm: np.ndarray,
    flux: np.ndarray,
    flux_error: np.ndarray | None = None,
    *,
    z: float | None = None,
    neighbours: np.ndarray | None = None,
    change: np.ndarray | None = None,
    title: str = "",
    height: int = HEIGHT,
) -> go.Figure:
    """Draw a spectrum with lines at redshift `z` and, below it, what hiding each part does.

    All arrays have shape (186,). Fluxes are in e-/s per sample, NaN where there is none, their
    errors (1 sigma) a band; `neighbours` is the mean spectrum of the nearest training galaxies on
    the scale of `flux`, `change` as `core.inspection.occlusion` returns it, `title` whose spectrum
    it is; `height` is that of the figure [pixels], less where there is nothing below.
    """
    rows = 1 if change is None else 2
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.04,
        row_heights=[0.76, 0.24][:rows] if rows == 2 else None,
    )
    if flux_error is not None:
        for part in BANDS:
            figure.add_trace(_band(wavelength_nm[part], flux[part], flux_error[part]), 1, 1)
    if neighbours is not None:
        mean = samples(
            wavelength_nm,
            neighbours,
            theme.line(theme.NEUTRAL, 1.5, "dash"),
            name="Nearest in training, mean",
            hovertemplate="nearest in training: %{y:.3f}<extra></extra>",
        )
        figure.add_trace(mean, 1, 1)
    figure.add_trace(_flux(wavelength_nm, flux, flux_error), 1, 1)
    if change is not None:
        moved = samples(
            wavelength_nm,
            change,
            theme.line(theme.PURPLE, 1.5),
            fill="tozeroy",
            name="Change of z if hidden",
            hovertemplate="hidden: z %{y:+.4f}<extra></extra>",
        )
        figure.add_trace(moved, 2, 1)
    drawn = [] if z is None else within(FEATURES, z, wavelength_nm)
    figure.update_layout(
        theme.plotly_layout(
            _alt(title, flux_error, z, drawn, neighbours, change),
            top=lines.LABEL_ROOM,
            height=height if rows == 2 else height - 110,
            margin={"l": 10, "r": 10, "t": lines.LABEL_ROOM, "b": LEGEND_ROOM},
            hovermode="x unified",
            hoversubplots="axis",
            legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
        )
    )
    figure.update_xaxes(range=with_room(wavelength_nm), **SPIKE, **theme.AXIS)
    figure.update_yaxes(**theme.AXIS)
    figure.update_xaxes(title={"text": "Wavelength [nm]"}, row=rows, col=1)
    figure.update_yaxes(title={"text": f"Flux [{FLUX_UNIT}]"}, row=1, col=1)
    if rows == 2:
        top = 0.0 if change is None else occlusion_scale(change)
        figure.update_yaxes(
            title={"text": "Change of z"}, nticks=4, range=[-top, top], row=2, col=1
        )
        _mark_ends(figure, wavelength_nm)
    mark_join(figure, wavelength_nm)
    if z is not None:
        lines.mark(figure, drawn, z)
    return figure


def occlusion_scale(change: np.ndarray) -> float:
    """Return the largest change of z to draw: that of all but the ends of the bands, with room.

    There, where the straight line is an extension, changes are many times larger and mean less.
    """
    inner = np.concatenate([change[part][END:-END] for part in BANDS])
    return 1.2 * float(np.nanmax(np.abs(inner), initial=0.0)) or 1e-3


def _mark_ends(figure: go.Figure, wavelength_nm: np.ndarray) -> None:
    """Shade, in the lower row, where the line that hides is an extension."""
    shades = []
    for part in BANDS:
        band = wavelength_nm[part]
        for low, high in ((band[0], band[END - 1]), (band[-END], band[-1])):
            ends = {"x0": min(low, high), "x1": max(low, high), "y0": 0, "y1": 1}
            shades.append(
                {
                    "type": "rect", "xref": "x2", "yref": "y2 domain", **ends,
                    "fillcolor": theme.NEUTRAL, "opacity": 0.18, "line_width": 0, "layer": "below",
                }
            )  # fmt: skip
    figure.update_layout(shapes=[*figure.layout.shapes, *shades])
    figure.add_trace(
        go.Scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"symbol": "square", "size": 12, "color": theme.NEUTRAL, "opacity": 0.35},
            name="Ends of BP and RP",
        )
    )


def _band(wavelength_nm: np.ndarray, flux: np.ndarray, flux_error: np.ndarray) -> go.Scatter:
    known = np.isfinite(flux) & np.isfinite(flux_error)
    x, low, high = (
        values[known] for values in (wavelength_nm, flux - flux_error, flux + flux_error)
    )
    return theme.curve(
        np.append(x, x[::-1]),
        np.append(low, high[::-1]),
        {"width": 0},
        fill="toself",
        fillcolor=theme.OURS,
        opacity=0.22,
        showlegend=False,
        hoverinfo="skip",
    )


def _flux(wavelength_nm: np.ndarray, flux: np.ndarray, flux_error: np.ndarray | None) -> go.Scatter:
    value, custom = "%{y:.3f}", None
    if flux_error is not None:
        value, custom = f"{value} ± %{{customdata:.3f}}", split_at_join(flux_error)
    return samples(
        wavelength_nm,
        flux,
        theme.line(theme.OURS, 2),
        customdata=custom,
        name="Flux" if flux_error is None else "Flux and its 1-sigma error",
        hovertemplate=f"Flux <b>{value}</b><extra></extra>",
    )


def _alt(
    title: str,
    flux_error: np.ndarray | None,
    z: float | None,
    features: Sequence[SpectralFeature],
    neighbours: np.ndarray | None,
    change: np.ndarray | None,
) -> str:
    parts = [f"BP/RP spectrum {title}: flux in {FLUX_UNIT} over wavelength in nm"]
    if flux_error is not None:
        parts.append("with errors of one standard deviation")
    if z is not None:
        parts.append(f"with {len(features)} lines marked at redshift {z:.4f}")
    if neighbours is not None:
        parts.append("with the mean of the nearest training galaxies")
    if change is not None:
        parts.append("and below it the change of the predicted redshift where a part is hidden")
    return ", ".join(parts)
