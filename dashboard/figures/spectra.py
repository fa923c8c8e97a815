"""Spectra over wavelength: averages per redshift range (Figure 11), and single ones."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.data.statistics import AverageSpectrum
from core.spectra import FLUX_UNIT, N_BP, N_SAMPLES
from dashboard import theme

BANDS = np.repeat(["BP", "RP"], [N_BP, N_SAMPLES - N_BP])


def averages(
    wavelength_nm: np.ndarray,
    averages: Sequence[AverageSpectrum],
    band: bool = True,
    statistic: str = "mean",
) -> alt.LayerChart:
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

    Returns
    -------
    alt.LayerChart
    """
    drawn = [average for average in averages if average.n_used]
    labels = [f"{average.z_low:g}–{average.z_high:g}" for average in drawn]
    curves = [
        pd.DataFrame(
            {
                "wavelength_nm": wavelength_nm,
                "band": BANDS,
                "range": label,
                "n": average.n_used,
                "flux": getattr(average, statistic),
                "p16": average.p16,
                "p84": average.p84,
            }
        )
        for label, average in zip(labels, drawn, strict=True)
    ]
    columns = ["wavelength_nm", "band", "range", "n", "flux", "p16", "p84"]
    data = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=columns)
    chosen = alt.selection_point(name="range", fields=["range"], bind="legend")
    base = alt.Chart(data).encode(
        x=_x(wavelength_nm),
        color=alt.Color(
            "range:N",
            title="Redshift",
            sort=labels,
            scale=alt.Scale(domain=labels, range=theme.ordered(len(labels))),
            legend=alt.Legend(symbolType="stroke", symbolStrokeWidth=3, symbolOpacity=1),
        ),
        detail="band:N",
    )
    line = base.mark_line(strokeWidth=2, tooltip=None).encode(
        y=_y("flux"), opacity=alt.when(chosen).then(alt.value(1)).otherwise(alt.value(0.12))
    )
    nearest = alt.selection_point(
        name="nearest",
        fields=["wavelength_nm", "range"],
        on="pointerover",
        clear="pointerout",
        nearest=True,
        empty=False,
    )
    hover = base.mark_point(size=90, filled=True).encode(
        y=_y("flux"),
        opacity=alt.when(nearest).then(alt.value(1)).otherwise(alt.value(0)),
        tooltip=[
            alt.Tooltip("range:N", title="Redshift"),
            alt.Tooltip("n:Q", title="Galaxies", format=","),
            alt.Tooltip("wavelength_nm:Q", title="Wavelength [nm]", format=".1f"),
            alt.Tooltip("flux:Q", title=f"{statistic.capitalize()} [{FLUX_UNIT}]", format=".3f"),
            alt.Tooltip("p16:Q", title="16 %", format=".3f"),
            alt.Tooltip("p84:Q", title="84 %", format=".3f"),
        ],
    )
    shade = base.mark_area(tooltip=None).encode(
        y=_y("p16"),
        y2="p84:Q",
        opacity=alt.when(chosen).then(alt.value(0.16)).otherwise(alt.value(0.02)),
    )
    layers = [*_join(wavelength_nm), line.add_params(chosen), hover.add_params(nearest)]
    if band:
        layers.insert(0, shade)
    most = max((average.n_used for average in drawn), default=0)
    return alt.LayerChart(layer=layers).properties(
        height=theme.ALTAIR_HEIGHT,
        title=f"{statistic.capitalize()} of up to {most:,} galaxies per redshift range"
        + (", band from the 16th to the 84th percentile" if band else ""),
        description=f"{statistic.capitalize()} BP/RP spectra in {len(drawn)} redshift ranges, flux "
        f"in {FLUX_UNIT} over wavelength in nm",
    )


def single(
    wavelength_nm: np.ndarray,
    flux: np.ndarray,
    flux_error: np.ndarray | None = None,
    title: str = "",
) -> alt.LayerChart:
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

    Returns
    -------
    alt.LayerChart
    """
    flux = np.asarray(flux, dtype=float)
    data = pd.DataFrame(
        {
            "sample": np.arange(N_SAMPLES),
            "wavelength_nm": wavelength_nm,
            "band": BANDS,
            "flux": flux,
        }
    )
    tooltip = [
        alt.Tooltip("sample:Q", title="Sample"),
        alt.Tooltip("wavelength_nm:Q", title="Wavelength [nm]", format=".1f"),
        alt.Tooltip("flux:Q", title=f"Flux [{FLUX_UNIT}]", format=".3f"),
    ]
    if flux_error is not None:
        error = np.asarray(flux_error, dtype=float)
        data = data.assign(flux_error=error, low=flux - error, high=flux + error)
        tooltip.append(alt.Tooltip("flux_error:Q", title="Error", format=".3f"))
    base = alt.Chart(data).encode(x=_x(wavelength_nm), tooltip=tooltip)
    layers = _join(wavelength_nm)
    if flux_error is not None:
        layers.append(
            base.mark_rule(color=theme.OURS, opacity=0.45, strokeWidth=1).encode(
                y=_y("low"), y2="high:Q"
            )
        )
    layers.append(
        base.mark_line(color=theme.OURS, strokeWidth=1.5).encode(y=_y("flux"), detail="band:N")
    )
    layers.append(base.mark_circle(color=theme.OURS, size=22, opacity=1).encode(y=_y("flux")))
    return alt.LayerChart(layer=layers).properties(
        height=theme.ALTAIR_HEIGHT,
        title=title,
        description=f"BP/RP spectrum {title}: flux in {FLUX_UNIT} over wavelength in nm",
    )


def join_nm(wavelength_nm: np.ndarray) -> float:
    """Return the wavelength halfway between the last BP and the first RP sample [nm]."""
    return float(wavelength_nm[N_BP - 1 : N_BP + 1].mean())


def _x(wavelength_nm: np.ndarray) -> alt.X:
    domain = [float(wavelength_nm.min()), float(wavelength_nm.max())]
    return alt.X(
        "wavelength_nm:Q",
        title="Wavelength [nm]",
        scale=alt.Scale(domain=domain, nice=False, zero=False),
        axis=alt.Axis(format="d", tickCount=8),
    )


def _y(column: str) -> alt.Y:
    return alt.Y(f"{column}:Q", title=f"Flux [{FLUX_UNIT}]")


def _join(wavelength_nm: np.ndarray) -> list[alt.Chart]:
    """Mark where BP ends and RP begins: their fluxes do not meet there."""
    mark = alt.Chart(pd.DataFrame({"wavelength_nm": [join_nm(wavelength_nm)]})).encode(
        x=_x(wavelength_nm)
    )
    return [
        mark.mark_rule(color=theme.NEUTRAL, strokeDash=[4, 4], tooltip=None),
        *(
            mark.mark_text(
                text=band,
                xOffset=offset,
                baseline="top",
                color=theme.NEUTRAL,
                fontWeight="bold",
                tooltip=None,
            ).encode(y=alt.value(4))
            for band, offset in (("BP", -16), ("RP", 16))
        ),
    ]
