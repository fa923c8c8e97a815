"""Several runs in one figure: their colours, their paired differences, their errors per bin."""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.data.published import Published
from core.evaluation.bins import standard_errors
from dashboard.figures import theme
from dashboard.figures.errors import AXIS_TITLES, PUBLISHED

# Grey is what is published; after these, colours repeat with another dash and shape.
COLORS = tuple(color for color in theme.CATEGORICAL if color != theme.NEUTRAL)
SHAPES = ("circle", "square")
DASHES = ([1, 0], [6, 3])
QUANTITIES = {
    "mean_error": "Mean error, mean d",
    "std": "Standard deviation of d",
    "mae": "MAE, mean |d|",
}
ROW_HEIGHT = 34
# Ids of runs begin alike and end with what tells them apart.
SHORT_NAME = (
    "length(datum.label) > 27 ? slice(datum.label, 0, 12) + '…' + slice(datum.label, -14) "
    ": datum.label"
)
FAINT = 0.35  # opacity
LEGEND_COLUMNS, LEGEND_ROW, LABEL_LIMIT = 3, 20, 220  # heights and widths in pixels


def color(names: Sequence[str]) -> alt.Scale:
    """Return one colour per run, which it has in every figure."""
    return alt.Scale(domain=list(names), range=_repeat(COLORS, len(names)))


def shape(names: Sequence[str]) -> alt.Scale:
    """Return one mark per run: runs of the same colour differ in it."""
    return alt.Scale(domain=list(names), range=_turn(SHAPES, len(names)))


def dash(names: Sequence[str]) -> alt.Scale:
    """Return one kind of line per run: runs of the same colour differ in it."""
    return alt.Scale(domain=list(names), range=_turn(DASHES, len(names)))


def differences(table: pd.DataFrame, title: str, reference: str) -> alt.LayerChart:
    """Draw the difference of each run to a reference, with its interval: a forest plot.

    Parameters
    ----------
    table : pd.DataFrame
        run, difference, low, high, verdict: a row per run but the reference.
    title : str
        What differs, as the axis calls it.
    reference : str
        Name of the run that the others are compared with.

    Returns
    -------
    alt.LayerChart
    """
    names = table["run"].tolist()
    unclear = [each for each in table["verdict"].unique() if each not in ("better", "worse")]
    base = alt.Chart(table).encode(
        y=alt.Y(
            "run:N",
            title=None,
            sort=names,
            axis=alt.Axis(labelExpr=SHORT_NAME, labelLimit=LABEL_LIMIT, labelOverlap=False),
        ),
        color=alt.Color(
            "verdict:N",
            title=None,
            scale=alt.Scale(
                domain=["better", "worse", *(unclear or ["not told apart"])],
                range=[theme.GREEN, theme.VERMILLION] + [theme.NEUTRAL] * max(len(unclear), 1),
            ),
            legend=alt.Legend(orient="top", symbolOpacity=1),
        ),
        tooltip=[
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("difference:Q", title="Difference", format="+.5f"),
            alt.Tooltip("low:Q", title="95 % from", format="+.5f"),
            alt.Tooltip("high:Q", title="95 % to", format="+.5f"),
            alt.Tooltip("verdict:N", title="Than the reference"),
        ],
    )
    x_title = f"{title} less that of {reference}"
    zero = (
        alt.Chart(pd.DataFrame({"x": [0.0]}))
        .mark_rule(color=theme.NEUTRAL, strokeDash=[4, 4], tooltip=None)
        .encode(x=alt.X("x:Q", title=x_title))
    )
    bars = base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q", title=x_title), x2="high:Q")
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("difference:Q", title=x_title, axis=alt.Axis(format="~g"))
    )
    return alt.LayerChart(layer=[zero, bars, points]).properties(
        height=ROW_HEIGHT * len(names) + 150,
        title="Paired differences with 95 % intervals",
        description=f"{x_title}, with 95 % intervals, for {len(names)} runs",
    )


def binned(
    table: pd.DataFrame,
    names: Sequence[str],
    quantity: str,
    published: Published | None = None,
    min_galaxies: int = 1,
) -> alt.LayerChart:
    """Draw a quantity of the errors per bin of z_spec for several runs.

    Parameters
    ----------
    table : pd.DataFrame
        As `core.evaluation.bins.binned_errors` returns it, of every run, with its name in
        `run`; empty bins are left out.
    names : sequence of str
        The runs, in the order of their colours.
    quantity : {'mean_error', 'std', 'mae'}
        What to draw.
    published : Published, optional
        Table 3 of the dissertation is drawn beside it, where it has the quantity.
    min_galaxies : int
        Bins with fewer are drawn faintly.

    Returns
    -------
    alt.LayerChart
    """
    # None is known of what is published, nor of a standard deviation.
    errors = standard_errors(table).get(quantity, float("nan"))
    series, parts = list(names), [table.assign(standard_error=errors)]
    if published is not None and quantity in published.table3:
        series = [*series, PUBLISHED]
        parts.append(published.table3.assign(run=PUBLISHED))
    points = pd.concat(parts, ignore_index=True).dropna(subset=[quantity])
    # Side by side within the bin, so that the marks do not hide each other.
    width = float((table["z_high"] - table["z_low"]).iloc[0])
    place = {name: (i + 1) / (len(series) + 1) for i, name in enumerate(series)}
    points["z"] = points["z_low"] + width * (0.2 + 0.6 * points["run"].map(place))
    points["galaxies"] = [f"{n:,.0f}" if n == n else "not printed" for n in points["n"]]
    points["opacity"] = [FAINT if n < min_galaxies else 1.0 for n in points["n"]]
    points["low"] = points[quantity] - points["standard_error"]
    points["high"] = points[quantity] + points["standard_error"]
    y_title = f"{QUANTITIES[quantity]} [redshift]"
    grey = [] if series == list(names) else [theme.NEUTRAL]
    key = alt.Legend(
        orient="top",
        symbolOpacity=1,
        columns=LEGEND_COLUMNS,
        labelExpr=SHORT_NAME,
        labelLimit=LABEL_LIMIT,
    )
    base = alt.Chart(points).encode(
        x=alt.X(
            "z:Q",
            title=f"{AXIS_TITLES['z_spec']} (bins of {width:g})",
            scale=alt.Scale(
                domain=[float(points["z_low"].min()), float(points["z_high"].max())], nice=False
            ),
            axis=alt.Axis(format="~g", tickCount=12),
        ),
        y=alt.Y(f"{quantity}:Q", title=y_title),
        color=alt.Color(
            "run:N",
            title=None,
            scale=alt.Scale(domain=series, range=[*_repeat(COLORS, len(names)), *grey]),
            legend=key,
        ),
        tooltip=[
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("z_low:Q", title="z_spec from", format=".2f"),
            alt.Tooltip("z_high:Q", title="z_spec to", format=".2f"),
            *(
                alt.Tooltip(
                    f"{each}:Q", title=words, format="+.4f" if each == "mean_error" else ".4f"
                )
                for each, words in QUANTITIES.items()
                if each in points
            ),
            alt.Tooltip("standard_error:Q", title="Standard error", format=".4f"),
            alt.Tooltip("galaxies:N", title="Galaxies"),
        ],
    )
    lines = base.mark_line(strokeWidth=1.5, opacity=0.6, tooltip=None)
    opacity = alt.Opacity("opacity:Q", scale=None, legend=None)
    bars = (
        base.transform_filter("isValid(datum.standard_error)")
        .mark_rule(strokeWidth=1.5)
        .encode(y=alt.Y("low:Q", title=y_title), y2="high:Q", opacity=opacity)
    )
    marks = base.mark_point(filled=True, size=70).encode(
        opacity=opacity,
        shape=alt.Shape(
            "run:N",
            title=None,
            scale=alt.Scale(
                domain=series, range=[*_turn(SHAPES, len(names)), *["diamond" for _ in grey]]
            ),
            legend=key,
        ),
    )
    zero = (
        alt.Chart(pd.DataFrame({"y": [0.0]}))
        .mark_rule(color=theme.NEUTRAL, tooltip=None)
        .encode(y=alt.Y("y:Q", title=y_title))
    )
    return alt.LayerChart(layer=[zero, lines, bars, marks]).properties(
        height=with_legend(theme.ALTAIR_HEIGHT, len(series), LEGEND_COLUMNS),
        title=f"{QUANTITIES[quantity].split(',')[0]} per bin",
        description=f"{QUANTITIES[quantity]} in bins of {width:g} of the true redshift for "
        f"{len(names)} runs" + (", with the published values" if grey else ""),
    )


def with_legend(height: int, n: int, columns: int) -> int:
    """Return the height of a figure whose legend has `n` entries in so many columns [pixels]."""
    return height + LEGEND_ROW * (math.ceil(n / columns) - 1)


def _repeat(values: Sequence[str], n: int) -> list[str]:
    return [values[i % len(values)] for i in range(n)]


def _turn(values: Sequence, n: int) -> list:
    """Return the next of `values` each time the colours begin anew."""
    return [values[i // len(COLORS) % len(values)] for i in range(n)]
