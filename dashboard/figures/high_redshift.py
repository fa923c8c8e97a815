"""Mean errors along redshift for several answers, and what each costs."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from core.evaluation import standard_errors
from dashboard.figures import theme
from dashboard.figures.errors import AXIS_TITLES, FAINT, PUBLISHED

HEIGHT = 340
MEAN_ERROR = "Mean of d = z_pred − z_spec"

# Of our answers in the order in which they are given; then of the published one.
STYLES = ((theme.OURS, "circle"), (theme.GREEN, "triangle-up"))
PUBLISHED_STYLE = (theme.REFERENCE, "diamond")

# Side by side within a bin, so that the points do not hide each other [bin widths].
SHIFT = 0.16


def mean_errors(
    tables: Mapping[str, pd.DataFrame], against: str, min_galaxies: int = 1
) -> alt.LayerChart:
    """Draw the mean error per bin of redshift (z_spec or z_pred) for each answer.

    `tables` have z_low, z_high, mean_error and n (NaN if unknown) per bin, by the name of the
    answer: up to two, and `PUBLISHED`. Bins of fewer than `min_galaxies` are faint; bars of one
    standard error stand where std and mae are there to tell it.
    """
    points = pd.concat(
        [
            table.assign(
                series=name,
                z=(table["z_low"] + table["z_high"]) / 2
                + (table["z_high"] - table["z_low"]) * SHIFT * (i - (len(tables) - 1) / 2),
                galaxies=[f"{n:,.0f}" if n == n else "not printed" for n in table["n"]],
                opacity=[FAINT if n < min_galaxies else 1.0 for n in table["n"]],
                half=standard_errors(table)["mean_error"] if "mae" in table else float("nan"),
            )
            for i, (name, table) in enumerate(tables.items())
        ],
        ignore_index=True,
    ).dropna(subset=["mean_error"])
    points["low"] = points["mean_error"] - points["half"]
    points["high"] = points["mean_error"] + points["half"]
    names = list(tables)
    ours = [name for name in names if name != PUBLISHED]
    styles = dict(zip(ours, STYLES, strict=False)) | {PUBLISHED: PUBLISHED_STYLE}
    colors, shapes = zip(*(styles[name] for name in names), strict=True)
    y = alt.Y("mean_error:Q", title=MEAN_ERROR)
    base = alt.Chart(points).encode(
        x=alt.X(
            "z:Q",
            title=f"{AXIS_TITLES[against]}, bins of 0.05",
            scale=theme.exactly(points["z_low"].min(), points["z_high"].max()),
            axis=theme.PLAIN,
        ),
        y=y,
        color=theme.named(alt.Color, "series", names, colors, legend=theme.KEY),
    )
    marks = base.mark_point(filled=True, size=75).encode(
        opacity=theme.OPACITY,
        shape=theme.named(alt.Shape, "series", names, shapes, legend=theme.KEY),
        tooltip=theme.tips(
            series="Answer",
            z_low=f"{against} from|.2f",
            z_high=f"{against} to|.2f",
            mean_error="Mean error|+.4f",
            galaxies="Galaxies",
        ),
    )
    lines = base.mark_line(strokeWidth=1, opacity=0.5, tooltip=None)
    bars = (
        base.transform_filter("isValid(datum.half)")
        .mark_rule(strokeWidth=1.5, tooltip=None)
        .encode(y=alt.Y("low:Q", title=MEAN_ERROR), y2=alt.Y2("high:Q"), opacity=theme.OPACITY)
    )
    what = "true" if against == "z_spec" else "predicted"
    return theme.layered(
        [theme.rule(y, 0.0), lines, bars, marks],
        f"Mean error by {what} redshift",
        f"Mean error per bin of the {what} redshift: {', '.join(names)}",
        HEIGHT,
    )


def trade(table: pd.DataFrame, chosen: float) -> alt.LayerChart:
    """Draw high_z_error against mae, a point per cap (1: the usual prior), the chosen marked."""
    points = table.assign(
        label=["default" if cap == 1 else f"{cap:g}" for cap in table["cap"]],
        size=[140 if cap == chosen else 60 for cap in table["cap"]],
    )
    scale = alt.Scale(zero=False, padding=18)
    # At the right edge there is room for the label of the last cap.
    wide = alt.Scale(zero=False, padding=44)
    axis = alt.Axis(format=".4f", tickCount=5, labelSeparation=14)
    x = alt.X("mae:Q", title="MAE over all galaxies", scale=wide, axis=axis)
    y = alt.Y("high_z_error:Q", title="Mean |bin error|, z_spec 0.35-0.60", scale=scale)
    base = alt.Chart(points).encode(x=x, y=y, order="cap:Q")
    line = base.mark_line(color=theme.GREEN, strokeWidth=1, opacity=0.6, tooltip=None)
    marks = base.mark_point(filled=True, opacity=1).encode(
        size=alt.Size("size:Q", scale=None, legend=None),
        color=alt.condition("datum.cap == 1", alt.value(theme.OURS), alt.value(theme.GREEN)),
        tooltip=theme.tips(label="Cap", mae="MAE|.4f", high_z_error="Mean |bin error||.4f"),
    )
    labels = base.mark_text(color=theme.NEUTRAL, dx=9, dy=-9, align="left", tooltip=None).encode(
        text=alt.Text("label:N")
    )
    return theme.layered(
        [line, marks, labels],
        "The trade: each cap of the flat prior",
        f"Mean absolute bin error at high redshift against the overall MAE, for {len(table)} caps "
        "of the flat prior; 'default' is the answer without it",
        HEIGHT,
    )
