"""Spectra over wavelength: averages per redshift range (Figure 11), and single ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.data.published import Published
from core.data.statistics import AverageSpectrum
from core.spectra import FLUX_UNIT, N_BP
from dashboard.figures import theme

PUBLISHED = "Published mean"

# Room for the marks and error bars of the first and the last sample.
MARGIN_NM = 6.0


def averages(
    wavelength_nm: np.ndarray,
    averages: Sequence[AverageSpectrum],
    band: bool = True,
    statistic: str = "mean",
    published: Published | None = None,
) -> go.Figure:
    """Draw the average spectrum of each redshift range.

    Parameters
    ----------
    wavelength_nm : np.ndarray, shape (186,)
        Central wavelengths [nm].
    averages : sequence of AverageSpectrum
        A curve each [e-/s per sample]; ranges without galaxies are left out.
    band : bool
        Shade from the 16th to the 84th percentile.
    statistic : {'mean', 'median'}
        Which average to draw.
    published : Published, optional
        Its mean spectra are drawn dashed, those of the same ranges only.
    """
    drawn = [average for average in averages if average.n_used]
    colors = theme.ordered(len(drawn)) if drawn else []
    shades = [
        _shade(wavelength_nm, average, color)
        for average, color in zip(drawn, colors, strict=True)
        if band
    ]
    curves = [
        _curve(wavelength_nm, average, color, statistic)
        for average, color in zip(drawn, colors, strict=True)
    ]
    dashed = [] if published is None else _published(wavelength_nm, drawn, colors, published)
    most = max((average.n_used for average in drawn), default=0)
    about = [f"Up to {most:,} galaxies each"]
    if band:
        about.append("shaded from the 16th to the 84th percentile")
    return _figure(
        wavelength_nm,
        [*shades, *curves, *dashed],
        title={
            "text": f"{statistic.capitalize()} spectrum per redshift range",
            "subtitle": {"text": "; ".join(about)},
        },
        yaxis_rangemode="tozero",
        legend={"title": {"text": "Redshift (galaxies)"}, "tracegroupgap": 2},
        meta={
            "alt": f"{statistic.capitalize()} BP/RP spectra in {len(drawn)} redshift ranges, flux "
            f"in {FLUX_UNIT} over wavelength in nm" + (", with published curves" if dashed else "")
        },
    )


def single(
    wavelength_nm: np.ndarray,
    flux: np.ndarray,
    flux_error: np.ndarray | None = None,
    title: str = "",
) -> go.Figure:
    """Draw one spectrum.

    Parameters
    ----------
    wavelength_nm : np.ndarray, shape (186,)
        Central wavelengths [nm].
    flux : np.ndarray, shape (186,)
        Fluxes [e-/s per sample].
    flux_error : np.ndarray, shape (186,), optional
        Their 1-sigma errors, drawn as bars.
    title : str
        Title of the figure.
    """
    sample = np.arange(len(wavelength_nm))
    value, columns, bars = "%{y:.3f}", [sample], None
    if flux_error is not None:
        value, columns = f"{value} ± %{{customdata[1]:.3f}}", [sample, flux_error]
        bars = {"array": split_at_join(flux_error), "color": theme.OURS, "thickness": 1, "width": 0}
    spectrum = go.Scatter(
        x=split_at_join(wavelength_nm),
        y=split_at_join(flux),
        error_y=bars,
        customdata=np.column_stack([split_at_join(column) for column in columns]),
        mode="lines+markers",
        line={"color": theme.OURS, "width": 1.5},
        marker={"size": 4},
        name="Flux",
        hovertemplate=f"Flux {value} {FLUX_UNIT}<br>Sample %{{customdata[0]}}<extra></extra>",
        showlegend=False,
    )
    return _figure(
        wavelength_nm,
        [spectrum],
        title={"text": title},
        meta={
            "alt": f"BP/RP spectrum {title}: flux in {FLUX_UNIT} over wavelength in nm"
            + ("" if flux_error is None else ", with errors of one standard deviation")
        },
    )


def selected(
    wavelength_nm: np.ndarray,
    average: AverageSpectrum,
    examples: Mapping[str, np.ndarray],
    title: str,
) -> go.Figure:
    """Draw the average of some galaxies' spectra, and a few of them.

    Parameters
    ----------
    wavelength_nm : np.ndarray, shape (186,)
        Central wavelengths [nm].
    average : AverageSpectrum
        Of all of them [e-/s per sample], with its 16th to 84th percentile.
    examples : mapping of str to np.ndarray, shape (186,)
        Some of the spectra [e-/s per sample], by what the legend calls them.
    title : str
        Which galaxies.
    """
    lines = [
        go.Scatter(
            x=split_at_join(wavelength_nm),
            y=split_at_join(flux),
            mode="lines",
            line={"color": color, "width": 1},
            name=name,
            hovertemplate=f"{name}: %{{y:.3f}}<extra></extra>",
        )
        for (name, flux), color in zip(
            examples.items(), theme.ordered(len(examples)) if examples else [], strict=True
        )
    ]
    mean = _curve(wavelength_nm, average, theme.REFERENCE, "mean")
    mean.update(name=f"Mean of {average.n_used:,}", line={"width": 3})
    return _figure(
        wavelength_nm,
        [_shade(wavelength_nm, average, theme.REFERENCE), *lines, mean],
        title={
            "text": title,
            "subtitle": {"text": "Shaded from the 16th to the 84th percentile"},
        },
        yaxis_rangemode="tozero",
        legend={"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top"},
        meta={
            "alt": f"Mean BP/RP spectrum of {average.n_used:,} galaxies and {len(examples)} single "
            f"ones, flux in {FLUX_UNIT} over wavelength in nm"
        },
    )


def join_nm(wavelength_nm: np.ndarray) -> float:
    """Return the wavelength halfway between the last BP and the first RP sample [nm]."""
    return float(wavelength_nm[N_BP - 1 : N_BP + 1].mean())


def split_at_join(values: np.ndarray) -> np.ndarray:
    """Return the samples with a NaN between BP and RP, where Plotly interrupts a line."""
    return np.insert(np.asarray(values, dtype=float), N_BP, np.nan)


def _label(average: AverageSpectrum) -> str:
    return f"{average.z_low:g}–{average.z_high:g}"


def _curve(
    wavelength_nm: np.ndarray, average: AverageSpectrum, color: str, statistic: str
) -> go.Scatter:
    label = _label(average)
    return go.Scatter(
        x=split_at_join(wavelength_nm),
        y=split_at_join(getattr(average, statistic)),
        customdata=np.column_stack([split_at_join(average.p16), split_at_join(average.p84)]),
        mode="lines",
        line={"color": color, "width": 2},
        name=f"{label} ({average.n_used:,})",
        legendgroup=label,
        hovertemplate=f"z {label}: <b>%{{y:.3f}}</b> "
        "(%{customdata[0]:.3f} to %{customdata[1]:.3f})<extra></extra>",
    )


def _shade(wavelength_nm: np.ndarray, average: AverageSpectrum, color: str) -> go.Scatter:
    """Fill one polygon for BP and one for RP, which the NaN keeps apart."""
    parts = (slice(None, N_BP), slice(N_BP, None))
    x = [np.append(wavelength_nm[part], wavelength_nm[part][::-1]) for part in parts]
    y = [np.append(average.p16[part], average.p84[part][::-1]) for part in parts]
    return go.Scatter(
        x=np.concatenate([x[0], [np.nan], x[1]]),
        y=np.concatenate([y[0], [np.nan], y[1]]),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=color,
        opacity=0.14,
        legendgroup=_label(average),
        showlegend=False,
        hoverinfo="skip",
    )


def _published(
    wavelength_nm: np.ndarray,
    averages: Sequence[AverageSpectrum],
    colors: Sequence[str],
    published: Published,
) -> list[go.Scatter]:
    """Draw the published curves of our ranges; one entry of the legend speaks for all."""
    flux = dict(zip(published.mean_flux_ranges, published.mean_flux, strict=True))
    dash = {"width": 1.5, "dash": "dash"}
    curves = [
        go.Scatter(
            x=split_at_join(wavelength_nm),
            y=split_at_join(flux[average.z_low, average.z_high]),
            mode="lines",
            line={"color": color, **dash},
            name=f"{PUBLISHED} {_label(average)}",
            legendgroup=_label(average),
            showlegend=False,
            hovertemplate="published: <b>%{y:.3f}</b><extra></extra>",
        )
        for average, color in zip(averages, colors, strict=True)
        if (average.z_low, average.z_high) in flux
    ]
    if not curves:
        return []
    line = {"color": theme.NEUTRAL, **dash}
    return [*curves, go.Scatter(x=[None], y=[None], mode="lines", line=line, name=PUBLISHED)]


def _figure(
    wavelength_nm: np.ndarray, traces: Sequence[go.Scatter], title: dict[str, Any], **layout: Any
) -> go.Figure:
    """Put curves on the axes of a spectrum and mark where BP ends and RP begins."""
    join = join_nm(wavelength_nm)
    figure = go.Figure(
        list(traces),
        layout=theme.plotly_layout(
            title=title,
            margin={"l": 10, "r": 10, "t": 70, "b": 10},
            hovermode="x unified",
            xaxis={
                "title": {"text": "Wavelength [nm]"},
                "range": [wavelength_nm[0] - MARGIN_NM, wavelength_nm[-1] + MARGIN_NM],
                "showgrid": False,
                "spikecolor": theme.OURS,
                # A dot on the axis: the line would have a white border on a dark page.
                "spikemode": "marker",
                "spikethickness": 5,
                "unifiedhovertitle": {"text": "<b>%{x:.1f} nm</b>"},
            },
            yaxis={"title": {"text": f"Flux [{FLUX_UNIT}]"}},
            **layout,
        ),
    )
    figure.add_vline(x=join, line={"color": theme.NEUTRAL, "width": 1, "dash": "dash"})
    for name, side, shift in (("BP", "right", -4), ("RP", "left", 4)):
        figure.add_annotation(
            text=f"<b>{name}</b>",
            x=join,
            xanchor=side,
            xshift=shift,
            y=1,
            yref="paper",
            yanchor="top",
            showarrow=False,
            font_color=theme.NEUTRAL,
        )
    return figure
