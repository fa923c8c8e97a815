"""Mean errors along redshift for several answers, and what each costs."""

from collections.abc import Mapping

import altair as alt
import numpy as np
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

# Of the trade: from a point to its name, a letter of it, half a point; around all points, and
# between the outermost of them at the narrowest, to the right and upwards [pixels].
LABEL_PIXELS, LETTER_PIXELS, POINT_PIXELS = 16, 7, 5
PADDING, PLOT_PIXELS = 28, np.array([250, 200])


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
    """Draw high_z_error against mae, a point per cap (1: the usual prior), the chosen marked.

    A cap whose name has no room goes without: its point tells it under the pointer.
    """
    points = table.assign(
        label=["default" if cap == 1 else f"{cap:g}" for cap in table["cap"]],
        chosen=table["cap"] == chosen,
        size=[140 if cap == chosen else 60 for cap in table["cap"]],
        color=[_cap_color(cap, chosen) for cap in table["cap"]],
    )
    points = points.assign(side=_label_sides(points))
    scale = alt.Scale(zero=False, padding=PADDING)
    axis = alt.Axis(format=".4f", tickCount=5, labelSeparation=14)
    x = alt.X("mae:Q", title="MAE over all galaxies", scale=scale, axis=axis)
    y = alt.Y("high_z_error:Q", title="Mean |bin error|, z_spec 0.35-0.60", scale=scale)
    base = alt.Chart(points).encode(x=x, y=y, order="cap:Q")
    line = base.mark_line(color=theme.GREEN, strokeWidth=1, opacity=0.6, tooltip=None)
    marks = base.mark_point(filled=True, opacity=1).encode(
        size=alt.Size("size:Q", scale=None, legend=None),
        color=alt.Color("color:N", scale=None, legend=None),
        tooltip=theme.tips(label="Cap", mae="MAE|.4f", high_z_error="Mean |bin error||.4f"),
    )
    labels = (
        base.transform_filter("datum.side != 0")
        .mark_text(
            color=theme.ALTAIR_INK,
            dy=alt.ExprRef(f"-{LABEL_PIXELS} * datum.side"),
            fontSize=theme.TICK_SIZE,
            fontWeight=alt.ExprRef("datum.chosen ? 'bold' : 'normal'"),
            tooltip=None,
        )
        .encode(text=alt.Text("label:N"))
    )
    return theme.layered(
        [line, marks, labels],
        "The trade: each cap of the flat prior",
        f"Mean absolute bin error at high redshift against the overall MAE, for {len(table)} caps "
        f"of the flat prior, {chosen:g} marked; 'default' is the answer without it",
        HEIGHT,
    )


def _cap_color(cap: float, chosen: float) -> str:
    if cap == chosen:
        return theme.PURPLE
    return theme.OURS if cap == 1 else theme.GREEN


def _label_sides(points: pd.DataFrame) -> list[int]:
    """Return where each point's name stands: 1 above, -1 below, 0 nowhere, for want of room.

    The chosen one has its name in any case, and the default comes next. Measured in a narrow
    figure, so that names which have room there have it in all.
    """
    place = points[["mae", "high_z_error"]]
    extent = (place.max() - place.min()).replace(0.0, 1.0)
    at = ((place - place.min()) / extent * PLOT_PIXELS).to_numpy()
    first = np.lexsort([points["cap"], points["cap"] != 1, ~points["chosen"]])
    sides = [0] * len(points)
    taken: list[tuple[np.ndarray, np.ndarray]] = []
    for i in first:
        half = np.array([LETTER_PIXELS * len(points["label"].iloc[i]) / 2, theme.TICK_SIZE / 2])
        for side in (1, -1):
            centre = at[i] + [0, side * LABEL_PIXELS]
            on_point = (abs(np.delete(at, i, axis=0) - centre) < half + POINT_PIXELS).all(axis=1)
            on_name = [(abs(other - centre) < half + its_half).all() for other, its_half in taken]
            if not taken or not (on_point.any() or any(on_name)):
                sides[i] = side
                taken.append((centre, half))
                break
    return sides
