"""Spectra over wavelength: averages per redshift range (Figure 11), and single ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.amounts import n_of
from core.data import AverageSpectrum, Published
from core.spectra import FLUX_UNIT
from core.spectral_lines import FEATURES, within
from dashboard.figures import lines, theme
from dashboard.figures.wavelength_axis import (
    SPIKE,
    join_marks,
    samples,
    shade,
    split_at_join,
    with_room,
)

PUBLISHED = "Published mean"
NO_MARKS = lines.Marks([], [], [])
TITLE_ROOM = 70
"""Above the axes [pixels]."""


def averages(
    wavelength_nm: np.ndarray,
    averages: Sequence[AverageSpectrum],
    band: bool = True,
    statistic: str = "mean",
    published: Published | None = None,
    normalised: bool = False,
) -> go.Figure:
    """Draw the average spectrum of each redshift range, those without galaxies left out.

    Wavelengths (186,) are in nm, fluxes in e-/s per sample. `band` shades from the 16th to the 84th
    percentile; `statistic` is 'mean' or 'median'; published means are dashed, of the same ranges
    only. `normalised`: the averages are of flux over mean flux (`core.data.average_spectra`);
    published curves, of which parts are missing, are then scaled to ours.
    """
    drawn = [average for average in averages if average.n_used]
    colors = theme.ordered(len(drawn)) if drawn else []
    coloured = list(zip(drawn, colors, strict=True))
    shades = [_shade(wavelength_nm, *each) for each in coloured if band]
    curves = [_curve(wavelength_nm, *each, statistic) for each in coloured]
    level = statistic if normalised else None
    dashed = [] if published is None else _published(wavelength_nm, coloured, published, level)
    most = max((average.n_used for average in drawn), default=0)
    shaded = "; shaded from the 16th to the 84th percentile" if band else ""
    return _figure(
        wavelength_nm,
        [*shades, *curves, *dashed],
        f"{statistic.capitalize()} BP/RP spectra in {len(drawn)} redshift ranges, "
        f"{_flux_words(normalised)} over wavelength in nm"
        + (", with published curves" if dashed else ""),
        normalised,
        title={
            "text": f"{statistic.capitalize()} spectrum per redshift range",
            "subtitle": {"text": f"Up to {n_of(most, 'galaxy')} each{shaded}"},
        },
        yaxis_rangemode="tozero",
        legend={"title": {"text": "Redshift (galaxies)"}, "tracegroupgap": 2},
    )


def single(
    wavelength_nm: np.ndarray,
    flux: np.ndarray,
    flux_error: np.ndarray | None = None,
    title: str = "",
    *,
    z: float | None = None,
    normalised: bool = False,
) -> go.Figure:
    """Draw one spectrum (186,) [e-/s per sample] with its 1-sigma errors, if known, as bars.

    `z`: with lines and the 4000 A break at this redshift; `normalised`: flux and errors are over
    its mean flux (`core.data.over_mean`).
    """
    sample = np.arange(len(wavelength_nm))
    value, columns, bars = "%{y:.3f}", [sample], None
    if flux_error is not None:
        value, columns = f"{value} ± %{{customdata[1]:.3f}}", [sample, flux_error]
        bars = {"array": split_at_join(flux_error), "color": theme.OURS, "thickness": 1, "width": 0}
    unit = "" if normalised else f" {FLUX_UNIT}"
    spectrum = samples(
        wavelength_nm,
        flux,
        theme.line(theme.OURS, 1.5),
        error_y=bars,
        customdata=np.column_stack([split_at_join(column) for column in columns]),
        mode="lines+markers",
        marker={"size": 4},
        name="Flux",
        hovertemplate=f"Flux {value}{unit}<br>Sample %{{customdata[0]}}<extra></extra>",
        showlegend=False,
    )
    drawn = [] if z is None else within(FEATURES, z, wavelength_nm)
    marks = lines.marks(drawn, z or 0.0)
    # Between the title and the axes, where the names of the lines stand.
    room = TITLE_ROOM if z is None else lines.LABEL_ROOM + 35
    high = {"yref": "container", "y": 1, "yanchor": "top", "pad": {"t": 10}}
    return _figure(
        wavelength_nm,
        [spectrum, *marks.entries],
        f"BP/RP spectrum {title}: {_flux_words(normalised)} over wavelength in nm"
        + ("" if flux_error is None else ", with errors of one standard deviation")
        + (f", with {n_of(len(drawn), 'line')} marked at redshift {z:.4f}" if drawn else ""),
        normalised,
        marks,
        top=room,
        height=theme.PLOTLY_HEIGHT + room - TITLE_ROOM,
        title={"text": title} | (high if z is not None else {}),
        legend=theme.below(-0.2),
    )


def _to_level(flux: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return `flux`, in parts NaN, scaled to the mean of another curve where it is known."""
    known = np.isfinite(flux)
    return flux * other[known].mean() / flux[known].mean()


def _flux_words(normalised: bool) -> str:
    return "flux over its mean" if normalised else f"flux in {FLUX_UNIT}"


def selected(
    wavelength_nm: np.ndarray,
    average: AverageSpectrum,
    examples: Mapping[str, np.ndarray],
    title: str,
) -> go.Figure:
    """Draw some galaxies' average spectrum and examples, (186,), in nm and e-/s per sample."""
    colors = theme.ordered(len(examples)) if examples else []
    curves = [
        samples(
            wavelength_nm,
            flux,
            theme.line(color, 1),
            name=name,
            hovertemplate=f"{name}: %{{y:.3f}}<extra></extra>",
        )
        for (name, flux), color in zip(examples.items(), colors, strict=True)
    ]
    mean = _curve(wavelength_nm, average, theme.REFERENCE, "mean")
    mean.update(name=f"Mean of {average.n_used:,}", line={"width": 3})
    return _figure(
        wavelength_nm,
        [_shade(wavelength_nm, average, theme.REFERENCE), *curves, mean],
        f"Mean BP/RP spectrum of {n_of(average.n_used, 'galaxy')} and "
        f"{n_of(len(examples), 'single one')}, "
        f"flux in {FLUX_UNIT} over wavelength in nm",
        title={"text": title, "subtitle": {"text": "Shaded from the 16th to the 84th percentile"}},
        yaxis_rangemode="tozero",
        legend=theme.below(-0.2),
    )


def _label(average: AverageSpectrum) -> str:
    return f"{average.z_low:g}–{average.z_high:g}"


def _curve(
    wavelength_nm: np.ndarray, average: AverageSpectrum, color: str, statistic: str
) -> go.Scatter:
    label = _label(average)
    return samples(
        wavelength_nm,
        getattr(average, statistic),
        theme.line(color, 2),
        customdata=np.column_stack([split_at_join(average.p16), split_at_join(average.p84)]),
        name=f"{label} ({average.n_used:,})",
        legendgroup=label,
        hovertemplate=f"z {label}: <b>%{{y:.3f}}</b> "
        "(%{customdata[0]:.3f} to %{customdata[1]:.3f})<extra></extra>",
    )


def _shade(wavelength_nm: np.ndarray, average: AverageSpectrum, color: str) -> go.Scatter:
    return shade(
        wavelength_nm,
        average.p16,
        average.p84,
        color,
        legendgroup=_label(average),
        showlegend=False,
    )


def _published(
    wavelength_nm: np.ndarray,
    averages: Sequence[tuple[AverageSpectrum, str]],
    published: Published,
    level: str | None,
) -> list[go.Scatter]:
    """Draw the published curves of our ranges; one entry of the legend speaks for all.

    `level`: the statistic of ours to whose level they are scaled; None: as published.
    """
    flux = dict(zip(published.mean_flux_ranges, published.mean_flux, strict=True))
    curves = [
        samples(
            wavelength_nm,
            _to_level(flux[each], getattr(average, level)) if level else flux[each],
            theme.line(color, 1.5, "dash"),
            name=f"{PUBLISHED} {_label(average)}",
            legendgroup=_label(average),
            showlegend=False,
            hovertemplate="published: <b>%{y:.3f}</b><extra></extra>",
        )
        for average, color in averages
        if (each := (average.z_low, average.z_high)) in flux
    ]
    key = theme.entry(PUBLISHED, theme.line(theme.NEUTRAL, 1.5, "dash"))
    return [*curves, key] if curves else []


def _figure(
    wavelength_nm: np.ndarray,
    traces: Sequence[go.Scatter],
    alt: str,
    normalised: bool = False,
    marks: lines.Marks = NO_MARKS,
    **layout: Any,
) -> go.Figure:
    """Put curves on the axes of a spectrum and mark where BP ends and RP begins."""
    join, names = join_marks(wavelength_nm)
    return go.Figure(
        list(traces),
        layout=theme.plotly_layout(
            alt,
            shapes=[join, *marks.shapes],
            annotations=[*names, *marks.annotations],
            hovermode="x unified",
            xaxis={
                "title": {"text": "Wavelength [nm]"},
                "range": with_room(wavelength_nm),
                **SPIKE,
            },
            yaxis={"title": {"text": "Flux / mean flux" if normalised else f"Flux [{FLUX_UNIT}]"}},
            **({"top": TITLE_ROOM} | layout),
        ),
    )
