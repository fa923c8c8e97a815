"""A predicted redshift: the spectrum with lines at it, and what drove it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.spectra import FLUX_UNIT, N_BP
from core.spectral_lines import FEATURES, SpectralFeature, within
from dashboard.figures import theme
from dashboard.figures.spectra import MARGIN_NM, join_nm, split_at_join

KINDS = {
    "emission": (theme.VERMILLION, "dot", 1.2),
    "absorption": (theme.GREEN, "dash", 1.2),
    "break": (theme.OCHRE, "solid", 2.5),
}
HEIGHT = 560
LABEL_ROOM = 92

# Width of a figure on a usual screen, for keeping labels apart [pixels per nm].
PIXELS_PER_NM = 1.1
LABEL_PIXELS = 15.0


def spectrum(
    wavelength_nm: np.ndarray,
    flux: np.ndarray,
    flux_error: np.ndarray | None = None,
    *,
    z: float | None = None,
    neighbours: np.ndarray | None = None,
    change: np.ndarray | None = None,
    title: str = "",
) -> go.Figure:
    """Draw a spectrum with lines at a redshift and, below it, what hiding each part does.

    Parameters
    ----------
    wavelength_nm : np.ndarray, shape (186,)
        Central wavelengths [nm].
    flux : np.ndarray, shape (186,)
        Fluxes [e-/s per sample]; NaN where there is none.
    flux_error : np.ndarray, shape (186,), optional
        1-sigma errors, drawn as a band.
    z : float, optional
        Redshift of the lines and the 4000 A break.
    neighbours : np.ndarray, shape (186,), optional
        Mean spectrum of the nearest training galaxies, on the scale of `flux`.
    change : np.ndarray, shape (186,), optional
        As `core.inspection.occlusion.occlusion` returns it.
    title : str
        Whose spectrum, for the figure's description.
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
        for part in (slice(None, N_BP), slice(N_BP, None)):
            figure.add_trace(_band(wavelength_nm[part], flux[part], flux_error[part]), 1, 1)
    if neighbours is not None:
        figure.add_trace(_neighbours(wavelength_nm, neighbours), 1, 1)
    figure.add_trace(_flux(wavelength_nm, flux, flux_error), 1, 1)
    if change is not None:
        figure.add_trace(_change(wavelength_nm, change), 2, 1)
    drawn = [] if z is None else within(FEATURES, z, wavelength_nm)
    figure.update_layout(
        theme.plotly_layout(
            height=HEIGHT if rows == 2 else HEIGHT - 110,
            margin={"l": 10, "r": 10, "t": LABEL_ROOM, "b": 10},
            hovermode="x unified",
            hoversubplots="axis",
            # In shares of the axes' height, which is less where there is one figure alone.
            legend={
                "orientation": "h",
                "x": 0,
                "y": -0.13 if rows == 2 else -0.2,
                "yanchor": "top",
            },
            meta={"alt": _alt(title, flux_error, z, drawn, neighbours, change)},
        )
    )
    figure.update_xaxes(
        range=[wavelength_nm[0] - MARGIN_NM, wavelength_nm[-1] + MARGIN_NM],
        showgrid=False,
        spikecolor=theme.OURS,
        spikemode="marker",
        spikethickness=5,
        unifiedhovertitle={"text": "<b>%{x:.1f} nm</b>"},
    )
    figure.update_xaxes(title={"text": "Wavelength [nm]"}, row=rows, col=1)
    figure.update_yaxes(title={"text": f"Flux [{FLUX_UNIT}]"}, row=1, col=1)
    if rows == 2:
        figure.update_yaxes(title={"text": "Change of z"}, nticks=4, row=2, col=1)
    figure.add_vline(
        x=join_nm(wavelength_nm), line={"color": theme.NEUTRAL, "width": 1, "dash": "dash"}
    )
    for name, side, shift in (("BP", "right", -4), ("RP", "left", 4)):
        figure.add_annotation(
            text=f"<b>{name}</b>",
            x=join_nm(wavelength_nm),
            xanchor=side,
            xshift=shift,
            y=1,
            yref="paper",
            yanchor="top",
            showarrow=False,
            font_color=theme.NEUTRAL,
        )
    if z is not None:
        _mark(figure, drawn, z)
    return figure


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Return rising positions moved apart to at least `gap`, each as little as may be."""
    clusters: list[tuple[float, int]] = []  # centre, members
    for position in positions:
        centre, n = position, 1
        while clusters and centre - clusters[-1][0] < gap * (n + clusters[-1][1]) / 2:
            before, m = clusters.pop()
            centre, n = (before * m + centre * n) / (m + n), m + n
        clusters.append((centre, n))
    return [centre + gap * (i - (n - 1) / 2) for centre, n in clusters for i in range(n)]


def _band(wavelength_nm: np.ndarray, flux: np.ndarray, flux_error: np.ndarray) -> go.Scatter:
    known = np.isfinite(flux) & np.isfinite(flux_error)
    x, low, high = (
        values[known] for values in (wavelength_nm, flux - flux_error, flux + flux_error)
    )
    return go.Scatter(
        x=np.append(x, x[::-1]),
        y=np.append(low, high[::-1]),
        mode="lines",
        line={"width": 0},
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
    return go.Scatter(
        x=split_at_join(wavelength_nm),
        y=split_at_join(flux),
        customdata=custom,
        mode="lines",
        line={"color": theme.OURS, "width": 2},
        name="Flux" if flux_error is None else "Flux and its 1-sigma error",
        hovertemplate=f"Flux <b>{value}</b><extra></extra>",
    )


def _neighbours(wavelength_nm: np.ndarray, flux: np.ndarray) -> go.Scatter:
    return go.Scatter(
        x=split_at_join(wavelength_nm),
        y=split_at_join(flux),
        mode="lines",
        line={"color": theme.NEUTRAL, "width": 1.5, "dash": "dash"},
        name="Nearest training galaxies, mean",
        hovertemplate="nearest in training: %{y:.3f}<extra></extra>",
    )


def _change(wavelength_nm: np.ndarray, change: np.ndarray) -> go.Scatter:
    return go.Scatter(
        x=split_at_join(wavelength_nm),
        y=split_at_join(change),
        mode="lines",
        line={"color": theme.PURPLE, "width": 1.5},
        fill="tozeroy",
        name="Change of z with this part hidden",
        hovertemplate="hidden: z %{y:+.4f}<extra></extra>",
    )


def _mark(figure: go.Figure, features: Sequence[SpectralFeature], z: float) -> None:
    """Draw the lines, a label for each blend above the axes, and what the colours mean."""
    blends: dict[str, list[SpectralFeature]] = {}
    for feature in features:
        blends.setdefault(feature.blend, []).append(feature)
    at = [float(np.mean([line.observed_nm(z) for line in blend])) for blend in blends.values()]
    apart = spread(at, LABEL_PIXELS / PIXELS_PER_NM)
    labels = [
        {
            "text": name,
            "x": x,
            "xshift": (moved - x) * PIXELS_PER_NM,
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "yshift": 2,
            "textangle": -90,
            "showarrow": False,
            "font": {"color": KINDS[blend[0].kind][0], "size": 12},
        }
        for (name, blend), x, moved in zip(blends.items(), at, apart, strict=True)
    ]
    # All at once: one after another, Plotly takes half a second for them.
    axes = [("x", "y"), ("x2", "y2")] if "xaxis2" in figure.layout else [("x", "y")]
    lines = [_line(feature, z, *names) for feature in features for names in axes]
    figure.update_layout(
        shapes=[*figure.layout.shapes, *lines], annotations=[*figure.layout.annotations, *labels]
    )
    for kind, (color, dash, width) in KINDS.items():
        if any(feature.kind == kind for feature in features):
            name = "4000 Å break" if kind == "break" else f"{kind.capitalize()} lines"
            line = {"color": color, "width": width, "dash": dash}
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="lines", line=line, name=name))


def _line(feature: SpectralFeature, z: float, x_axis: str, y_axis: str) -> dict[str, Any]:
    color, dash, width = KINDS[feature.kind]
    at = feature.observed_nm(z)
    return {
        "type": "line",
        "xref": x_axis,
        "yref": f"{y_axis} domain",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "line": {"color": color, "width": width, "dash": dash},
        "opacity": 0.75,
    }


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
