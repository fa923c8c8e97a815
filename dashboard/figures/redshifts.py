"""Distribution of redshifts (Figure 9 of the dissertation)."""

import math

import altair as alt
import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data import Published
from dashboard.figures import theme

OURS, PUBLISHED = "This set", "Published"
ABOUT_PUBLISHED = (
    "Published: Gaia DR3 spectra of SDSS DR16 galaxies; the curve was read off a figure, with "
    "1-2 % of reading error, and is scaled to this set's size and bin width."
)


def histogram(
    table: pd.DataFrame,
    published: Published | None = None,
    log: bool = False,
    cumulative: bool = False,
) -> alt.LayerChart:
    """Draw what `redshift_histogram` returns; what is published is scaled to n, in its bins."""
    n, width = int(table["count"].sum()), float((table["z_high"] - table["z_low"]).iloc[0])
    percent, below = (100 * table[name] for name in ("fraction", "cumulative_fraction"))
    ours = table.assign(
        value=below if cumulative else table["count"],
        percent=percent,
        percent_below=below,
        series=OURS,
    )
    edges = np.append(table["z_low"], table["z_high"].iloc[-1])
    layers = [ours] if published is None else [ours, _steps(published, n, edges, cumulative)]
    # A bar needs a foot, and zero has no place on a logarithmic axis.
    positive = pd.concat([layer["value"] for layer in layers]).loc[lambda v: v > 0]
    foot = float(positive.min()) / 2 if log else 0.0
    top = float(positive.max())
    y_title = "Galaxies below z_spec [%]" if cumulative else f"Galaxies per bin of {width:g}"
    y = alt.Y(
        "value:Q",
        title=y_title,
        scale=alt.Scale(
            type="log" if log else "linear", domain=[foot, top * (1.5 if log else 1.05)], nice=False
        ),
        axis=_log_axis(foot, top) if log else alt.Axis(format=",~f", tickCount=5),
    )
    # Above the axes: inside, there is no corner that is free in all four views.
    legend = None if published is None else theme.KEY
    colors = [theme.OURS, theme.REFERENCE]
    color = theme.named(alt.Color, "series", [OURS, PUBLISHED], colors, legend=legend)
    bars = theme.bars(
        ours[ours["value"] > 0].assign(foot=foot),
        ("z_low", "z_high", "Redshift z_spec"),
        0.75,
        y=y,
        y2=alt.Y2("foot:Q"),
        color=color,
        tooltip=theme.tips(
            z_low="z_spec from|.3f",
            z_high="z_spec to|.3f",
            count="Galaxies|,",
            percent="Share [%]|.2f",
            percent_below="Share below [%]|.2f",
        ),
    )
    charts: list[alt.Chart] = [bars]
    if published is not None:
        charts.append(
            alt.Chart(layers[1])
            .mark_line(interpolate="step-after", strokeWidth=2, tooltip=None)
            .encode(x=alt.X("z_low:Q"), y=y, color=color)
        )
    return theme.layered(
        charts,
        n_of(n, "galaxy")
        + (f", beside the {published.n_galaxies:,} published ones" if published else ""),
        f"{'Cumulative distribution' if cumulative else 'Histogram'} of the redshifts of "
        f"{n_of(n, 'galaxy')} from {table['z_low'].min():g} to {table['z_high'].max():g}"
        + (", with the published distribution" if published else ""),
    )


def _log_axis(low: float, high: float) -> alt.Axis:
    """Return an axis with a tick at each power of ten, and no crowd of lines between."""
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    return alt.Axis(format=",~f", values=[10.0**power for power in powers])


def _steps(published: Published, n: int, edges: np.ndarray, cumulative: bool) -> pd.DataFrame:
    """Return the corners of the published distribution's stepped line, in bins of these edges.

    Within a bin of its own it is taken as flat. Where it goes beyond the last edge, so do the bins.
    """
    theirs = np.asarray(published.histogram_edges)
    below = np.append(0.0, np.cumsum(published.histogram_fraction))
    width = edges[1] - edges[0]
    more = np.arange(edges[-1] + width, theirs[-1] + width, width)
    edges = np.concatenate([edges, more])
    share = np.interp(edges, theirs, below)
    value = 100 * share[1:] if cumulative else n * np.diff(share)
    return pd.DataFrame({"z_low": edges, "value": np.append(value, value[-1]), "series": PUBLISHED})
