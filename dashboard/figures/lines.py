"""Spectral lines and the 4000 Å break at a redshift, on figures over wavelength."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.spectral_lines import SpectralFeature
from dashboard.figures import theme
from dashboard.figures.wavelength_axis import KIND_NAMES, blends_of, names_above

KINDS = {
    "emission": (theme.VERMILLION, "dot", 1.2),
    "absorption": (theme.GREEN, "dash", 1.2),
    "break": (theme.OCHRE, "solid", 2.5),
}
LABEL_ROOM = 100
"""Above the axes, for the names of the lines [pixels]."""


def mark(figure: go.Figure, features: Sequence[SpectralFeature], z: float) -> None:
    """Draw the lines, a label for each blend above the axes, and what the colours mean."""
    named = [
        (name, float(np.mean([line.observed_nm(z) for line in blend])), KINDS[blend[0].kind][0])
        for name, blend in blends_of(features).items()
    ]
    labels = names_above(named, y=1, yref="paper")
    # All at once: one after another, Plotly takes half a second for them.
    axes = [("x", "y"), ("x2", "y2")] if "xaxis2" in figure.layout else [("x", "y")]
    lines = [_line(feature, z, *names) for feature in features for names in axes]
    figure.update_layout(
        shapes=[*figure.layout.shapes, *lines], annotations=[*figure.layout.annotations, *labels]
    )
    for kind, (color, dash, width) in KINDS.items():
        if any(feature.kind == kind for feature in features):
            figure.add_trace(theme.entry(KIND_NAMES[kind], theme.line(color, width, dash)))


def _line(feature: SpectralFeature, z: float, x: str, y: str) -> dict[str, Any]:
    color, dash, width = KINDS[feature.kind]
    line = theme.line(color, width, dash)
    return {**theme.upright(feature.observed_nm(z), line, x, f"{y} domain"), "opacity": 0.75}
