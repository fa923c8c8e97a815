"""Spectral lines and the 4000 Å break at a redshift, on figures over wavelength."""

from collections.abc import Sequence
from typing import Any, NamedTuple

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


class Marks(NamedTuple):
    """Shapes and annotations of a layout, and the entries of the legend that say what they are."""

    shapes: list[dict[str, Any]]
    annotations: list[dict[str, Any]]
    entries: list[go.Scatter]


def marks(
    features: Sequence[SpectralFeature], z: float, axes: Sequence[tuple[str, str]] = (("x", "y"),)
) -> Marks:
    """Return the lines through all `axes`, a label for each blend above them, and the entries.

    To be given to a figure all at once: one after another, Plotly takes half a second for them.
    """
    named = [
        (name, float(np.mean([line.observed_nm(z) for line in blend])), KINDS[blend[0].kind][0])
        for name, blend in blends_of(features).items()
    ]
    return Marks(
        [_line(feature, z, *names) for feature in features for names in axes],
        names_above(named, y=1, yref="paper"),
        [
            theme.entry(KIND_NAMES[kind], theme.line(color, width, dash))
            for kind, (color, dash, width) in KINDS.items()
            if any(feature.kind == kind for feature in features)
        ],
    )


def _line(feature: SpectralFeature, z: float, x: str, y: str) -> dict[str, Any]:
    color, dash, width = KINDS[feature.kind]
    line = theme.line(color, width, dash)
    return {**theme.upright(feature.observed_nm(z), line, x, f"{y} domain"), "opacity": 0.75}
