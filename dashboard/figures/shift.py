"""Where spectra differ from those that a run learnt from, over wavelength."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.wavelength_axis import (
    SPIKE,
    join_marks,
    samples,
    shade,
    split_at_join,
    with_room,
)

THEIRS, LEARNT = "These spectra", "The run's own"
CHANCE = "Chance alone, 95 %"
HEIGHT = 360


def shapes(wavelength_nm: np.ndarray, table: pd.DataFrame) -> go.Figure:
    """Draw medians and scatter, 16th to 84th percentile, of flux over mean of both kinds.

    Wavelengths (186,) are in nm; the table is `core.prediction.Shift.by_wavelength`.
    """
    layers = []
    for name, color, columns in (
        (LEARNT, theme.NEUTRAL, ("learnt_low", "learnt", "learnt_high")),
        (THEIRS, theme.OURS, ("low", "median", "high")),
    ):
        low, median, high = (table[column].to_numpy() for column in columns)
        layers += [
            shade(wavelength_nm, low, high, color, showlegend=False),
            samples(
                wavelength_nm,
                median,
                theme.line(color, 2),
                name=name,
                hovertemplate=f"{name}: %{{y:.3f}}<extra></extra>",
            ),
        ]
    return _figure(
        wavelength_nm,
        layers,
        "Median flux over mean flux of these spectra and of the run's own, over "
        "wavelength in nm, each shaded from its 16th to its 84th percentile",
        {
            "text": "Shape of the spectra",
            "subtitle": {"text": "Median; shaded from the 16th to the 84th percentile"},
        },
        "Flux / mean flux",
    )


def differences(wavelength_nm: np.ndarray, table: pd.DataFrame) -> go.Figure:
    """Draw the difference of the medians in units of the run's own scatter, and what chance does.

    Arguments are as for `shapes`.
    """
    chance = table["chance"].to_numpy()
    layers = [
        shade(wavelength_nm, -chance, chance, theme.NEUTRAL, opacity=0.3, name=CHANCE),
        samples(
            wavelength_nm,
            table["sigma"].to_numpy(),
            theme.line(theme.OURS, 2),
            name=THEIRS,
            customdata=split_at_join(chance),
            hovertemplate="%{y:+.2f}, by chance ± %{customdata:.2f}<extra></extra>",
        ),
    ]
    return _figure(
        wavelength_nm,
        layers,
        "Difference of the median shapes of these spectra and of the run's own, "
        "in units of the scatter of the latter, over wavelength in nm, with what chance explains",
        {
            "text": "Difference of the shapes",
            "subtitle": {"text": "Medians, in units of half the run's 16th to 84th percentile"},
        },
        "Difference / scatter",
    )


def _figure(
    wavelength_nm: np.ndarray, layers: list[go.Scatter], alt: str, title: dict, y: str
) -> go.Figure:
    join, names = join_marks(wavelength_nm)
    return go.Figure(
        layers,
        theme.plotly_layout(
            alt,
            top=70,
            shapes=[join],
            annotations=names,
            height=HEIGHT,
            title=title,
            hovermode="x unified",
            legend=theme.below(-0.28),
            xaxis={
                "title": {"text": "Wavelength [nm]"},
                "range": with_room(wavelength_nm),
                **SPIKE,
            },
            yaxis={"title": {"text": y}},
        ),
    )
