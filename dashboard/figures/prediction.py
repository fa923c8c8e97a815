"""A predicted redshift: the spectrum with lines at it, and what drove it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.amounts import n_of
from core.inspection import WIDTH_SAMPLES
from core.spectra import BANDS, FLUX_UNIT
from core.spectral_lines import FEATURES, SpectralFeature, within
from dashboard.figures import lines, theme
from dashboard.figures.wavelength_axis import (
    SPIKE,
    join_marks,
    samples,
    split_at_join,
    with_room,
)

HEIGHT, LEGEND_ROOM = 560, 120
AXES = (("x", "y"), ("x2", "y2"))
SHARE_BELOW = 0.23
"""Of the height, for what hiding each part does."""

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
    has_below = change is not None
    drawn = [] if z is None else within(FEATURES, z, wavelength_nm)
    marks = lines.marks(drawn, z or 0.0, AXES if has_below else AXES[:1])
    join, names = join_marks(wavelength_nm)
    traces: list[go.Scatter] = []
    if flux_error is not None:
        traces += [_band(wavelength_nm[part], flux[part], flux_error[part]) for part in BANDS]
    if neighbours is not None:
        traces.append(
            samples(
                wavelength_nm,
                neighbours,
                theme.line(theme.NEUTRAL, 1.5, "dash"),
                name="Nearest in training, mean",
                hovertemplate="nearest in training: %{y:.3f}<extra></extra>",
            )
        )
    traces.append(_flux(wavelength_nm, flux, flux_error))
    if change is not None:
        traces += _below(wavelength_nm, change)
    return go.Figure(
        [*traces, *marks.entries],
        # At once: changed piece by piece, Plotly takes three times as long.
        theme.plotly_layout(
            _alt(title, flux_error, z, drawn, neighbours, change),
            height=height if has_below else height - 110,
            margin={"l": 10, "r": 10, "t": lines.LABEL_ROOM, "b": LEGEND_ROOM},
            hovermode="x unified",
            hoversubplots="axis",
            legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
            shapes=[*(_ends(wavelength_nm) if has_below else ()), join, *marks.shapes],
            annotations=[*names, *marks.annotations],
            **_axes(wavelength_nm, change),
        ),
    )


def _axes(wavelength_nm: np.ndarray, change: np.ndarray | None) -> dict[str, Any]:
    x = {"range": with_room(wavelength_nm), **SPIKE, "anchor": "y"}
    named_x = x | {"title": {"text": "Wavelength [nm]"}}
    y = {"title": {"text": f"Flux [{FLUX_UNIT}]"}, "anchor": "x"}
    if change is None:
        return {"xaxis": named_x, "yaxis": y}
    top = occlusion_scale(change)
    below = {"text": "Change of z"}
    return {
        "xaxis": x | {"matches": "x2", "showticklabels": False},
        "yaxis": y | {"domain": [SHARE_BELOW + 0.04, 1]},
        "xaxis2": theme.AXIS | named_x | {"anchor": "y2"},
        "yaxis2": theme.AXIS
        | {"title": below, "anchor": "x2", "domain": [0, SHARE_BELOW]}
        | {"nticks": 4, "range": [-top, top]},
    }


def _below(wavelength_nm: np.ndarray, change: np.ndarray) -> list[go.Scatter]:
    """Return the curve of the lower row, and the entry of what is shaded there."""
    moved = samples(
        wavelength_nm,
        change,
        theme.line(theme.PURPLE, 1.5),
        fill="tozeroy",
        name="Change of z if hidden",
        hovertemplate="hidden: z %{y:+.4f}<extra></extra>",
        xaxis="x2",
        yaxis="y2",
    )
    ends = go.Scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={"symbol": "square", "size": 12, "color": theme.NEUTRAL, "opacity": 0.35},
        name="Ends of BP and RP",
    )
    return [moved, ends]


def occlusion_scale(change: np.ndarray) -> float:
    """Return the largest change of z to draw: that of all but the ends of the bands, with room.

    There, where the straight line is an extension, changes are many times larger and mean less.
    """
    inner = np.concatenate([change[part][END:-END] for part in BANDS])
    return 1.2 * float(np.nanmax(np.abs(inner), initial=0.0)) or 1e-3


def _ends(wavelength_nm: np.ndarray) -> list[dict[str, Any]]:
    """Return what shades, in the lower row, where the line that hides is an extension."""
    bands = [wavelength_nm[part] for part in BANDS]
    stretches = [
        (band[low], band[high]) for band in bands for low, high in ((0, END - 1), (-END, -1))
    ]
    return [
        {
            "type": "rect", "xref": "x2", "yref": "y2 domain",
            "x0": low, "x1": high, "y0": 0, "y1": 1,
            "fillcolor": theme.NEUTRAL, "opacity": 0.18, "line": {"width": 0}, "layer": "below",
        }
        for low, high in stretches
    ]  # fmt: skip


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
        parts.append(f"with {n_of(len(features), 'line')} marked at redshift {z:.4f}")
    if neighbours is not None:
        parts.append("with the mean of the nearest training galaxies")
    if change is not None:
        parts.append("and below it the change of the predicted redshift where a part is hidden")
    return ", ".join(parts)
