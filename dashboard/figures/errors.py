"""Errors of predicted redshifts: per bin, as distributions and along redshift."""

import math

import altair as alt
import pandas as pd
import plotly.graph_objects as go

from core.amounts import n_of
from core.data import Published
from core.evaluation import Histogram2D, standard_errors
from dashboard.figures import theme
from dashboard.figures.density import counted, heatmap

OURS, PUBLISHED = "This run", "Published"
FEW = 10  # galaxies in a bin, below which its errors are mostly chance
FAINT = 0.4  # opacity of such a bin
STANDARD_ERROR, STANDARD_DEVIATION = "standard error", "standard deviation"
BARS = (STANDARD_ERROR, STANDARD_DEVIATION)
"""What the bars of a mean error can be: how sure it is, or how far single galaxies scatter."""
RESIDUALS_HEIGHT, LEGEND_ROOM = 480, 110
ERROR_TITLE = "d = z_pred − z_spec"
AXIS_TITLES = {
    "z_spec": "True redshift z_spec",
    "z_pred": "Predicted redshift z_pred",
    "G": "Magnitude G [mag]",
}


def binned(
    table: pd.DataFrame,
    published: Published | None = None,
    name: str = OURS,
    bars: str = STANDARD_DEVIATION,
) -> alt.LayerChart:
    """Draw the mean error per bin (Figure 16), beside Table 3; `name` is for the legend.

    `bars` is one of `BARS`; of the published errors the standard error is not known. Bins of fewer
    than `FEW` galaxies are faint.
    """
    is_error = bars == STANDARD_ERROR
    half = standard_errors(table)["mean_error"] if is_error else table["std"]
    width = float((table["z_high"] - table["z_low"]).iloc[0])
    data = [
        table.assign(
            series=name,
            half=half,
            galaxies=[f"{n:,}" for n in table["n"]],
            opacity=[FAINT if n < FEW else 1.0 for n in table["n"]],
        )
    ]
    if published is not None:
        theirs = published.table3
        theirs = theirs.assign(half=math.nan if is_error else theirs["std"], opacity=1.0)
        data.append(theirs.assign(series=PUBLISHED, galaxies="not printed"))
    points = pd.concat(data, ignore_index=True).dropna(subset=["mean_error"])
    # Side by side within the bin, so that the bars do not hide each other.
    shift = 0.0 if published is None else 0.12 * width
    points["z"] = (points["z_low"] + points["z_high"]) / 2 + points["series"].map(
        {name: -shift, PUBLISHED: shift}
    )
    points["low"] = points["mean_error"] - points["half"]
    points["high"] = points["mean_error"] + points["half"]
    series = [name] if published is None else [name, PUBLISHED]
    legend = theme.KEY if published is not None else None
    colors = [theme.OURS, theme.REFERENCE]
    base = alt.Chart(points).encode(
        x=alt.X(
            "z:Q",
            title=f"{AXIS_TITLES['z_spec']} (bins of {width:g})",
            scale=theme.exactly(points["z_low"].min(), points["z_high"].max()),
            axis=theme.PLAIN,
        ),
        color=theme.named(alt.Color, "series", series, colors, legend=legend),
        tooltip=theme.tips(
            series="Errors",
            z_low="z_spec from|.2f",
            z_high="z_spec to|.2f",
            mean_error="Mean error|+.4f",
            **({"half": "Standard error|.4f"} if is_error else {}),
            std="Standard deviation|.4f",
            percent="Share of data [%]|.2f",
            galaxies="Galaxies",
        ),
    )
    drawn = (
        base.transform_filter("isValid(datum.half)")
        .mark_rule(strokeWidth=1.5)
        .encode(y=alt.Y("low:Q", title=ERROR_TITLE), y2=alt.Y2("high:Q"), opacity=theme.OPACITY)
    )
    marks = base.mark_point(filled=True, size=70).encode(
        y=alt.Y("mean_error:Q", title=ERROR_TITLE),
        opacity=theme.OPACITY,
        shape=theme.named(alt.Shape, "series", series, ["circle", "diamond"], legend=legend),
    )
    return theme.layered(
        [theme.rule(alt.Y("y:Q", title=ERROR_TITLE), 0.0), drawn, marks],
        f"Mean error per bin, bars of one {bars}",
        f"Mean error and {bars} in {n_of(len(table), 'bin')} of width {width:g} of the true "
        "redshift" + (", with the published values" if published is not None else ""),
    )


def true_and_predicted(table: pd.DataFrame) -> alt.LayerChart:
    """Draw what `paired_histogram` returns: true and predicted redshifts (Figure 17)."""
    width = float((table["z_high"] - table["z_low"]).iloc[0])
    series, colors = ["z_spec", "z_pred"], [theme.NEUTRAL, theme.OURS]
    legend = alt.Legend(orient="top-right", symbolOpacity=1)
    color = theme.named(alt.Color, "series", series, colors, legend=legend)
    x = alt.X("z_low:Q", title="Redshift", bin="binned", axis=theme.PLAIN)
    y_title = f"Galaxies per bin of {width:g}"
    bars = (
        alt.Chart(table.assign(series="z_spec"))
        .mark_bar(binSpacing=0.5, opacity=0.55, tooltip=None)
        .encode(x=x, x2=alt.X2("z_high:Q"), y=alt.Y("n_spec:Q", title=y_title), color=color)
    )
    # The last corner closes the line at the upper edge of the last bin.
    end = table.iloc[[-1]].assign(z_low=table["z_high"].iloc[-1])
    line = (
        alt.Chart(pd.concat([table, end], ignore_index=True).assign(series="z_pred"))
        .mark_line(interpolate="step-after", strokeWidth=2, tooltip=None)
        .encode(x=alt.X("z_low:Q"), y=alt.Y("n_pred:Q", title=y_title), color=color)
    )
    hover = (
        alt.Chart(table.assign(top=table[["n_spec", "n_pred"]].to_numpy().max()))
        # Not quite invisible: the pointer passes through what is.
        .mark_bar(opacity=0.001)
        .encode(
            x=x,
            x2=alt.X2("z_high:Q"),
            y=alt.Y("top:Q", title=y_title),
            tooltip=theme.tips(
                z_low="z from|.3f", z_high="z to|.3f", n_spec="z_spec|,", n_pred="z_pred|,"
            ),
        )
    )
    n = int(table["n_spec"].sum())
    return theme.layered(
        [bars, line, hover],
        f"{n_of(n, 'galaxy')} by true and by predicted redshift",
        f"Histograms of the true and the predicted redshifts of {n_of(n, 'galaxy')}",
    )


def residuals(density: Histogram2D, running: pd.DataFrame, against: str = "z_spec") -> go.Figure:
    """Draw what `residual_density` and `running_percentiles` return along z_spec, z_pred or G."""
    x_title, along = AXIS_TITLES[against], running.iloc[:, 0]
    in_words = "magnitude G" if against == "G" else x_title.lower()
    lines = [
        theme.curve(
            along,
            running[column],
            theme.line(theme.VERMILLION, width, dash),
            name=name,
            hovertemplate=f"{name} %{{y:+.4f}} at {against} %{{x:.2f}}<extra></extra>",
            showlegend=column != "p84",
            legendgroup=name,
        )
        for column, name, width, dash in (
            ("median", "Running median", 2.5, "solid"),
            ("p16", "16th, 84th percentile", 2, "dot"),
            ("p84", "16th, 84th percentile", 2, "dot"),
        )
    ]
    figure = go.Figure(
        [heatmap(density, against + " %{x:.3f}<br>d %{y:+.3f}"), *lines, _unsure(running)],
        layout=theme.plotly_layout(
            f"Errors of {counted(density)} along the {in_words}, per cell, with running "
            "median and 16th and 84th percentile",
            top=70,
            title={
                "text": f"Errors along the {in_words}",
                "subtitle": {"text": counted(density)},
            },
            height=RESIDUALS_HEIGHT,
            margin={"l": 10, "r": 10, "t": 70, "b": LEGEND_ROOM},
            xaxis={"title": {"text": x_title}, "range": list(density.edges_x[[0, -1]])},
            yaxis={"title": {"text": ERROR_TITLE}, "range": list(density.edges_y[[0, -1]])},
            legend={"orientation": "h", "x": 0, "yref": "container", "y": 0, "yanchor": "bottom"},
        ),
    )
    figure.add_hline(y=0, line=theme.line(theme.NEUTRAL, 1))
    return figure


def _unsure(running: pd.DataFrame) -> go.Scatter:
    """Shade one standard error around the running median: where galaxies are few, it is wide."""
    half = running["median_standard_error"]
    low, high = running["median"] - half, running["median"] + half
    return theme.curve(
        [*running.iloc[:, 0], *running.iloc[::-1, 0]],
        [*low, *high[::-1]],
        {"width": 0},
        fill="toself",
        fillcolor=theme.VERMILLION,
        opacity=0.3,
        name="Standard error of the median",
        hoverinfo="skip",
    )
