"""Several runs in one figure: their colours, their paired differences, their errors per bin."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from core.amounts import n_of
from core.data import Published
from core.evaluation import Metric, standard_errors
from dashboard.figures import theme
from dashboard.figures.errors import (
    AXIS_TITLES,
    FAINT,
    PUBLISHED,
    STANDARD_DEVIATION,
    STANDARD_ERROR,
)

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


def decimals_of_all(metric: Metric, table: pd.DataFrame) -> int:
    """Return the decimals of the numbers of all runs, as they are shown in their unit."""
    rows = table[["standard_error", "low", "high"]].itertuples(index=False)
    most = max((metric.decimals_of_difference(*row) for row in rows), default=metric.decimals)
    return most - 2 if metric.percent else most


def differences(
    table: pd.DataFrame, title: str, reference: str, decimals: int = 5
) -> alt.LayerChart:
    """Draw a forest plot of run, difference, low, high, verdict; `title` is what differs.

    Its numbers are told to so many `decimals`.
    """
    names = table["run"].tolist()
    unclear = [each for each in table["verdict"].unique() if each not in ("better", "worse")]
    verdicts = ["better", "worse", *(unclear or ["not distinguished"])]
    colors = [theme.GREEN, theme.VERMILLION] + [theme.NEUTRAL] * max(len(unclear), 1)
    base = alt.Chart(table).encode(
        y=alt.Y(
            "run:N",
            title=None,
            sort=names,
            axis=alt.Axis(labelExpr=SHORT_NAME, labelLimit=LABEL_LIMIT, labelOverlap=False),
        ),
        color=theme.named(alt.Color, "verdict", verdicts, colors, legend=theme.KEY),
        tooltip=theme.tips(
            run="Run",
            difference=f"Difference|+.{decimals}f",
            low=f"95 % from|+.{decimals}f",
            high=f"95 % to|+.{decimals}f",
            verdict="Than the reference",
        ),
    )
    x_title = f"{title} minus that of {reference}"
    zero = theme.rule(alt.X("x:Q", title=x_title), 0.0, strokeDash=[4, 4])
    bars = base.mark_rule(strokeWidth=3).encode(
        x=alt.X("low:Q", title=x_title), x2=alt.X2("high:Q")
    )
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("difference:Q", title=x_title, axis=theme.PLAIN)
    )
    return theme.layered(
        [zero, bars, points],
        "Paired differences with 95 % intervals",
        f"{x_title}, with 95 % intervals, for {n_of(len(names), 'run')}",
        ROW_HEIGHT * len(names) + 150,
    )


def binned(
    table: pd.DataFrame,
    names: Sequence[str],
    quantity: str,
    published: Published | None = None,
    min_galaxies: int = 1,
    bars: str = STANDARD_ERROR,
) -> alt.LayerChart:
    """Draw a quantity of the errors, one of `QUANTITIES`, per bin of z_spec for several runs.

    `table` is as `core.evaluation.binned_errors` returns it, of every run, with its name in `run`;
    empty bins are left out. `names` are the runs in the order of their colours. Bins of fewer than
    `min_galaxies` are faint. `bars` is one of `dashboard.figures.errors.BARS`; standard deviations
    are those of the mean error alone. What is published stands beside it, where Table 3 has the
    quantity.
    """
    # None is known of what is published, nor of a standard deviation.
    is_std = bars == STANDARD_DEVIATION and quantity == "mean_error"
    half = table["std"] if is_std else standard_errors(table).get(quantity, float("nan"))
    series, parts = list(names), [table.assign(half=half)]
    if published is not None and quantity in published.table3:
        series = [*series, PUBLISHED]
        theirs = published.table3
        parts.append(theirs.assign(run=PUBLISHED, half=theirs["std"] if is_std else float("nan")))
    points = pd.concat(parts, ignore_index=True).dropna(subset=[quantity])
    # Side by side within the bin, so that the marks do not hide each other.
    width = float((table["z_high"] - table["z_low"]).iloc[0])
    place = {name: (i + 1) / (len(series) + 1) for i, name in enumerate(series)}
    points["z"] = points["z_low"] + width * (0.2 + 0.6 * points["run"].map(place))
    points["galaxies"] = [f"{n:,.0f}" if n == n else "not printed" for n in points["n"]]
    points["opacity"] = [FAINT if n < min_galaxies else 1.0 for n in points["n"]]
    points["low"] = points[quantity] - points["half"]
    points["high"] = points[quantity] + points["half"]
    y_title = f"{QUANTITIES[quantity]} [redshift]"
    grey = [] if series == list(names) else [theme.NEUTRAL]
    legend = key(LEGEND_COLUMNS)
    colors = [*_repeat(COLORS, len(names)), *grey]
    shapes = [*_turn(SHAPES, len(names)), *["diamond" for _ in grey]]
    of_error = {
        each: f"{words}|{'+.4f' if each == 'mean_error' else '.4f'}"
        for each, words in QUANTITIES.items()
        if each in points
    }
    base = alt.Chart(points).encode(
        x=alt.X(
            "z:Q",
            title=f"{AXIS_TITLES['z_spec']} (bins of {width:g})",
            scale=theme.exactly(points["z_low"].min(), points["z_high"].max()),
            axis=alt.Axis(format="~g", tickCount=12),
        ),
        y=alt.Y(f"{quantity}:Q", title=y_title),
        color=theme.named(alt.Color, "run", series, colors, legend=legend),
        tooltip=theme.tips(
            run="Run",
            z_low="z_spec from|.2f",
            z_high="z_spec to|.2f",
            **of_error,
            **({} if is_std else {"half": "Standard error|.4f"}),
            galaxies="Galaxies",
        ),
    )
    lines = base.mark_line(strokeWidth=1.5, opacity=0.6, tooltip=None)
    bars = (
        base.transform_filter("isValid(datum.half)")
        .mark_rule(strokeWidth=1.5)
        .encode(y=alt.Y("low:Q", title=y_title), y2=alt.Y2("high:Q"), opacity=theme.OPACITY)
    )
    marks = base.mark_point(filled=True, size=70).encode(
        opacity=theme.OPACITY, shape=theme.named(alt.Shape, "run", series, shapes, legend=legend)
    )
    return theme.layered(
        [theme.rule(alt.Y("y:Q", title=y_title), 0.0), lines, bars, marks],
        f"{QUANTITIES[quantity].split(',')[0]} per bin",
        f"{QUANTITIES[quantity]} in bins of {width:g} of the true redshift for "
        f"{n_of(len(names), 'run')}" + (", with the published values" if grey else ""),
        with_legend(theme.ALTAIR_HEIGHT, len(series), LEGEND_COLUMNS),
    )


def key(columns: int, **settings: Any) -> alt.Legend:
    """Return a legend above the axes, in which the names of runs are cut if they are long."""
    return alt.Legend(
        orient="top",
        symbolOpacity=1,
        columns=columns,
        labelExpr=SHORT_NAME,
        labelLimit=LABEL_LIMIT,
        **settings,
    )


def with_legend(height: int, n: int, columns: int) -> int:
    """Return the height of a figure whose legend has `n` entries in so many columns [pixels]."""
    return height + LEGEND_ROW * (math.ceil(n / columns) - 1)


def _repeat(values: Sequence[str], n: int) -> list[str]:
    return [values[i % len(values)] for i in range(n)]


def _turn(values: Sequence, n: int) -> list:
    """Return the next of `values` each time the colours begin anew."""
    return [values[i // len(COLORS) % len(values)] for i in range(n)]
