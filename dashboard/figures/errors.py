"""Errors of predicted redshifts: per bin, as distributions and along redshift."""

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.data.published import Published
from core.evaluation.histograms import Histogram2D
from dashboard.figures import theme
from dashboard.figures.density import counted, heatmap

OURS, PUBLISHED = "This run", "Published"
ERROR_TITLE = "d = z_pred − z_spec"
AXIS_TITLES = {"z_spec": "True redshift z_spec", "z_pred": "Predicted redshift z_pred"}


def binned(
    table: pd.DataFrame, published: Published | None = None, name: str = OURS
) -> alt.LayerChart:
    """Draw mean error and standard deviation per bin of z_spec (Figure 16).

    Parameters
    ----------
    table : pd.DataFrame
        As `core.evaluation.bins.binned_errors` returns it; empty bins are left out.
    published : Published, optional
        Table 3 of the dissertation is drawn beside it.
    name : str
        What the legend calls the redshifts that are not published.

    Returns
    -------
    alt.LayerChart
    """
    width = float((table["z_high"] - table["z_low"]).iloc[0])
    data = [table.assign(series=name, galaxies=[f"{n:,}" for n in table["n"]])]
    if published is not None:
        data.append(published.table3.assign(series=PUBLISHED, galaxies="not printed"))
    points = pd.concat(data, ignore_index=True).dropna(subset=["mean_error"])
    # Side by side within the bin, so that the bars do not hide each other.
    shift = 0.0 if published is None else 0.12 * width
    points["z"] = (points["z_low"] + points["z_high"]) / 2 + points["series"].map(
        {name: -shift, PUBLISHED: shift}
    )
    points["low"] = points["mean_error"] - points["std"]
    points["high"] = points["mean_error"] + points["std"]
    series = [name] if published is None else [name, PUBLISHED]
    legend = alt.Legend(orient="top", symbolOpacity=1) if published is not None else None
    tooltip = [
        alt.Tooltip("series:N", title="Errors"),
        alt.Tooltip("z_low:Q", title="z_spec from", format=".2f"),
        alt.Tooltip("z_high:Q", title="z_spec to", format=".2f"),
        alt.Tooltip("mean_error:Q", title="Mean error", format="+.4f"),
        alt.Tooltip("std:Q", title="Standard deviation", format=".4f"),
        alt.Tooltip("percent:Q", title="Share of data [%]", format=".2f"),
        alt.Tooltip("galaxies:N", title="Galaxies"),
    ]
    x = alt.X(
        "z:Q",
        title=f"{AXIS_TITLES['z_spec']} (bins of {width:g})",
        scale=alt.Scale(
            domain=[float(points["z_low"].min()), float(points["z_high"].max())], nice=False
        ),
        axis=alt.Axis(format="~g"),
    )
    base = alt.Chart(points).encode(
        x=x,
        color=alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(domain=series, range=[theme.OURS, theme.REFERENCE]),
            legend=legend,
        ),
        tooltip=tooltip,
    )
    bars = base.mark_rule(strokeWidth=1.5, opacity=0.7).encode(
        y=alt.Y("low:Q", title=ERROR_TITLE), y2="high:Q"
    )
    marks = base.mark_point(filled=True, size=70, opacity=1).encode(
        y=alt.Y("mean_error:Q", title=ERROR_TITLE),
        shape=alt.Shape(
            "series:N",
            title=None,
            scale=alt.Scale(domain=series, range=["circle", "diamond"]),
            legend=legend,
        ),
    )
    return alt.LayerChart(layer=[_zero(), bars, marks]).properties(
        height=theme.ALTAIR_HEIGHT,
        title="Mean error per bin, bars of one standard deviation",
        description=f"Mean error and standard deviation in {len(table)} bins of width {width:g} of "
        "the true redshift" + (", with the published values" if published is not None else ""),
    )


def true_and_predicted(table: pd.DataFrame) -> alt.LayerChart:
    """Draw the histograms of true and predicted redshifts over each other (Figure 17).

    Parameters
    ----------
    table : pd.DataFrame
        As `core.evaluation.histograms.paired_histogram` returns it.

    Returns
    -------
    alt.LayerChart
    """
    width = float((table["z_high"] - table["z_low"]).iloc[0])
    series = ["z_spec", "z_pred"]
    color = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=series, range=[theme.NEUTRAL, theme.OURS]),
        legend=alt.Legend(orient="top-right", symbolOpacity=1),
    )
    x = alt.X("z_low:Q", title="Redshift", bin="binned", axis=alt.Axis(format="~g"))
    y_title = f"Galaxies per bin of {width:g}"
    bars = (
        alt.Chart(table.assign(series="z_spec"))
        .mark_bar(binSpacing=0.5, opacity=0.55, tooltip=None)
        .encode(x=x, x2="z_high:Q", y=alt.Y("n_spec:Q", title=y_title), color=color)
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
            x2="z_high:Q",
            y=alt.Y("top:Q", title=y_title),
            tooltip=[
                alt.Tooltip("z_low:Q", title="z from", format=".3f"),
                alt.Tooltip("z_high:Q", title="z to", format=".3f"),
                alt.Tooltip("n_spec:Q", title="z_spec", format=","),
                alt.Tooltip("n_pred:Q", title="z_pred", format=","),
            ],
        )
    )
    n = int(table["n_spec"].sum())
    return alt.LayerChart(layer=[bars, line, hover]).properties(
        height=theme.ALTAIR_HEIGHT,
        title=f"{n:,} galaxies by true and by predicted redshift",
        description=f"Histograms of the true and the predicted redshifts of {n:,} galaxies",
    )


def residuals(density: Histogram2D, running: pd.DataFrame, against: str = "z_spec") -> go.Figure:
    """Draw the density of errors along redshift with running median and 16-84 % lines.

    Parameters
    ----------
    density : Histogram2D
        As `core.evaluation.histograms.residual_density` returns it.
    running : pd.DataFrame
        z, p16, median, p84, as `running_percentiles` returns it.
    against : {'z_spec', 'z_pred'}
        The redshift along x.

    Returns
    -------
    go.Figure
    """
    x_title = AXIS_TITLES[against]
    lines = [
        go.Scatter(
            x=running["z"],
            y=running[column],
            mode="lines",
            name=name,
            line={"color": theme.VERMILLION, "width": width, "dash": dash},
            hovertemplate=f"{name} %{{y:+.4f}} at {against} %{{x:.2f}}<extra></extra>",
            showlegend=column != "p84",
            legendgroup=name,
        )
        for column, name, width, dash in (
            ("median", "Running median", 2.5, "solid"),
            ("p16", "16th and 84th percentile", 2, "dot"),
            ("p84", "16th and 84th percentile", 2, "dot"),
        )
    ]
    figure = go.Figure(
        [heatmap(density, against + " %{x:.3f}<br>d %{y:+.3f}"), *lines],
        layout=theme.plotly_layout(
            title_text=counted(density),
            xaxis={"title": {"text": x_title}, "range": [density.edges_x[0], density.edges_x[-1]]},
            yaxis={
                "title": {"text": ERROR_TITLE},
                "range": [density.edges_y[0], density.edges_y[-1]],
            },
            legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
            margin={"l": 10, "r": 10, "t": 70, "b": 10},
            title_y=0.98,
            title_yanchor="top",
            meta={
                "alt": f"Errors of {counted(density)} along the {x_title.lower()}, per cell, "
                "with running median and 16th and 84th percentile"
            },
        ),
    )
    figure.add_hline(y=0, line={"color": theme.NEUTRAL, "width": 1})
    return figure


def _zero() -> alt.Chart:
    return (
        alt.Chart(pd.DataFrame({"y": np.zeros(1)}))
        .mark_rule(color=theme.NEUTRAL, tooltip=None)
        .encode(y=alt.Y("y:Q", title=ERROR_TITLE))
    )
