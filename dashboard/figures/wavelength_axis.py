"""What figures over wavelength share: the axis, the join of BP and RP, lines and their names."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.spectra import BANDS, N_BP
from core.spectral_lines import SpectralFeature
from dashboard.figures import theme

# Room for the marks and error bars of the first and the last sample.
MARGIN_NM = 6.0

# Of the narrowest figure that is usual: in a wider one labels are farther apart [pixels per nm].
PIXELS_PER_NM = 0.5
LABEL_PIXELS = 15.0
LEADER_PIXELS = 10.0

KIND_NAMES = {
    "emission": "Emission lines",
    "absorption": "Absorption lines",
    "break": "4000 Å break",
}
# A dot on the axis: a line would have a white border on a dark page.
SPIKE = {
    "showgrid": False,
    "spikecolor": theme.OURS,
    "spikemode": "marker",
    "spikethickness": 5,
    "unifiedhovertitle": {"text": "<b>%{x:.1f} nm</b>"},
}


def join_nm(wavelength_nm: np.ndarray) -> float:
    """Return the wavelength halfway between the last BP and the first RP sample [nm]."""
    return float(wavelength_nm[N_BP - 1 : N_BP + 1].mean())


def split_at_join(values: np.ndarray) -> np.ndarray:
    """Return the samples with a NaN between BP and RP, where Plotly interrupts a line."""
    return np.insert(np.asarray(values, dtype=float), N_BP, np.nan)


def with_room(nm: np.ndarray) -> list[float]:
    """Return the range of an axis from the first to the last wavelength."""
    return [nm[0] - MARGIN_NM, nm[-1] + MARGIN_NM]


def samples(
    wavelength_nm: np.ndarray, values: np.ndarray, line: dict[str, Any], **settings: Any
) -> go.Scatter:
    """Return a line through samples, (186,), broken at the join; `settings` as of `go.Scatter`."""
    return theme.curve(split_at_join(wavelength_nm), split_at_join(values), line, **settings)


def shade(
    wavelength_nm: np.ndarray, low: np.ndarray, high: np.ndarray, color: str, **settings: Any
) -> go.Scatter:
    """Return what lies between samples, (186,): a polygon for BP and one for RP, apart by a NaN."""
    x = [np.append(wavelength_nm[part], wavelength_nm[part][::-1]) for part in BANDS]
    y = [np.append(low[part], high[part][::-1]) for part in BANDS]
    return theme.curve(
        np.concatenate([x[0], [np.nan], x[1]]),
        np.concatenate([y[0], [np.nan], y[1]]),
        {"width": 0},
        **{"fill": "toself", "fillcolor": color, "hoverinfo": "skip", "opacity": 0.14, **settings},
    )


def join_marks(wavelength_nm: np.ndarray) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the line where BP ends and RP begins, and their names beside it, for a layout."""
    join = join_nm(wavelength_nm)
    names = [
        {
            "text": f"<b>{name}</b>",
            "x": join,
            "xanchor": side,
            "xshift": shift,
            "y": 1,
            "yref": "paper",
            "yanchor": "top",
            "showarrow": False,
        }
        for name, side, shift in (("BP", "right", -4), ("RP", "left", 4))
    ]
    return theme.upright(join, theme.line(theme.NEUTRAL, 1, "dash"), "x", "y domain"), names


def blends_of(features: Iterable[SpectralFeature]) -> dict[str, list[SpectralFeature]]:
    """Return the features by the blend in which a spectrum shows them."""
    blends: dict[str, list[SpectralFeature]] = {}
    for feature in features:
        blends.setdefault(feature.blend, []).append(feature)
    return blends


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


def names_above(
    named: Sequence[tuple[str, float, str]], pixels_per_nm: float = PIXELS_PER_NM, **place: Any
) -> list[dict[str, Any]]:
    """Return upright labels (name, rising nm, colour) that do not lie on one another.

    Each is led to its line; the figure has at least so many `pixels_per_nm`.
    """
    apart = spread([nm for _, nm, _ in named], LABEL_PIXELS / pixels_per_nm)
    labels = []
    for (name, nm, color), moved in zip(named, apart, strict=True):
        shift = (moved - nm) * pixels_per_nm
        label = {
            "text": name,
            "xshift": shift,
            "yshift": LEADER_PIXELS + 2,
            "yanchor": "bottom",
            "textangle": -90,
            "showarrow": False,
            "font": {"size": theme.TICK_SIZE},
        }
        leader = {
            "text": "",
            "ax": shift,
            "ay": -LEADER_PIXELS,
            "showarrow": True,
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": color,
        }
        labels += [{"x": nm, **each, **place} for each in (label, leader)]
    return labels
