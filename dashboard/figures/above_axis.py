"""What lies above the end of an axis: lines that leave the plot towards it, marks, and a caption.

Where an axis of epochs ends, `core.runs.first_epochs` says.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.amounts import n_of

PILE = 10  # [pixels] between marks at one place


def with_lines(
    data: pd.DataFrame, y: str, top: float, by: Sequence[str], along: Sequence[str] = ("epoch",)
) -> pd.DataFrame:
    """Return the points of `data`, and the corners of the lines through them, in one table.

    A line ends where it leaves the plot at `top`, on its way to the point above: cut as if the
    axis were longer. Corners have a `piece`, one for each line without a gap; points have -1. The
    place of a point above the axis, `shown`, is the end of the axis, `beyond` is true, and
    `before` counts the points that stand there already.

    Parameters
    ----------
    data : pd.DataFrame
        A row per point, in the order of the line.
    y : str
        The column that is drawn.
    top : float
        The end of the axis; infinity leaves every line whole.
    by : sequence of str
        Columns that tell lines from each other.
    along : sequence of str
        Columns that are drawn along the other axis, whose scale is linear.
    """
    points = data.assign(shown=data[y].clip(upper=top), beyond=data[y] > top, piece=-1)
    points["before"] = points.groupby([*along, "beyond"]).cumcount()
    group = data.groupby(list(by), sort=False).ngroup()
    line = data.assign(group=group, shown=data[y], beyond=False)
    line = line.sort_values("group", kind="stable", ignore_index=True)
    above = (line[y] > top).to_numpy()
    line["gaps"] = np.cumsum(above)  # a point above the axis ends a piece
    passes = np.flatnonzero((above[1:] != above[:-1]) & (np.diff(line["group"]) == 0))
    before, after = line.iloc[passes], line.iloc[passes + 1]
    share = (top - before[y].to_numpy()) / (after[y].to_numpy() - before[y].to_numpy())
    crossings = before.assign(
        shown=top,
        **{name: before[name] + share * (after[name].to_numpy() - before[name]) for name in along},
    )
    crossings.index = crossings.index + 0.5
    corners = pd.concat([line[~above], crossings]).sort_index()
    corners["piece"] = corners.groupby(["group", "gaps"], sort=False).ngroup()
    return pd.concat([points, corners.drop(columns=["group", "gaps"])], ignore_index=True)


def lines(base: alt.Chart, **mark: Any) -> alt.Chart:
    """Draw the lines of `with_lines`."""
    return (
        base.transform_filter("datum.piece >= 0")
        .mark_line(tooltip=None, **mark)
        .encode(detail=alt.Detail("piece:N"))
    )


def points(base: alt.Chart) -> alt.Chart:
    """Return a chart of the points of `with_lines` alone."""
    return base.transform_filter("datum.piece < 0")


def beyond(base: alt.Chart, y: alt.Y, tips: list[alt.Tooltip], **how: Any) -> alt.Chart:
    """Mark what lies above the end of the axis, at that end; of several at one place, in a pile."""
    marks = base.transform_filter("datum.beyond").mark_point(
        shape="triangle-up",
        size=70,
        filled=True,
        opacity=1,
        yOffset=alt.ExprRef(f"{PILE} * datum.before"),
        # Vega gives a group without marks a role and no name, which screen readers stumble on.
        aria=False,
        **how,
    )
    return marks.encode(y=y, tooltip=tips)


def title(text: str, n_beyond: int, where: str = "above") -> str | alt.TitleParams:
    """Return a figure's title, which says below it how many points lie above the axis."""
    return alt.TitleParams(text, subtitle=words(n_beyond, where)) if n_beyond else text


def words(n_beyond: int, where: str = "above") -> str:
    """Return how many points lie above or at both ends beyond the axis, and how to read them."""
    are, values = ("is", "it for its value") if n_beyond == 1 else ("are", "them for their values")
    signs = {"above": "▲", "beyond": "▲▼"}[where]
    return f"{signs} {n_of(n_beyond, 'point')} {are} {where} the axis: point at {values}"
