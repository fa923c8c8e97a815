"""Slices of a search: each hyperparameter against the score of the trials."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.amounts import n_of
from core.tuning import Dimension, label_of, value_in_words
from dashboard.figures import theme
from dashboard.figures.tuning import MAE_TITLE, axis_top

COLUMNS, ROW_HEIGHT = 4, 230
MOST_POINTS = 10_000
TOP, BOTTOM = 60, 10  # margins in pixels; Plotly's toolbar stands above the titles of the panels
GAP_IN_X, ROOM_BELOW = 0.03, 66  # of the width; pixels of a row that axis and title take
MOST_CLASSES = 8  # whole numbers that stand side by side as choices do
FEW_CLASSES, WRAP, LINE = 3, 10, 15  # that stand level; letters of a line; its height in pixels
MANY = 100.0  # from low to high: one tick a decade is enough
TOUCH = 1 + 1e-9


def most_trials(n: int) -> int:
    """Return how many trials are drawn at most, against `n` hyperparameters."""
    return max(1, MOST_POINTS // max(1, n))


def slices(trials: pd.DataFrame, dimensions: Sequence[Dimension]) -> go.Figure:
    """Draw a small plot per hyperparameter: its values against the MAE, one axis for all.

    `trials` are finished: trial, mae, and a column per dimension, missing where the hyperparameter
    had no effect. Later trials are lighter; the best of all is ringed wherever it stands. Where
    they are too many, the best are drawn.
    """
    drawn = trials.nsmallest(most_trials(len(dimensions)), "mae")
    low, top = float(drawn["mae"].min()), axis_top(drawn["mae"])
    best = int(drawn["trial"].iloc[0])
    margin = 0.06 * (top - low) or 0.05 * low
    n_rows = -(-len(dimensions) // COLUMNS)
    axes = [_values(drawn.loc[drawn[one.name].notna(), one.name], one) for one in dimensions]
    room = ROOM_BELOW + LINE * max((_lines(axis) for _, axis in axes), default=0)
    height = (ROW_HEIGHT + room - ROOM_BELOW) * n_rows + TOP + BOTTOM
    figure = make_subplots(
        n_rows,
        COLUMNS,
        shared_yaxes=True,
        # Not as titles of their axes, which Plotly puts over short words on these.
        subplot_titles=[label_of(one.name) for one in dimensions],
        horizontal_spacing=GAP_IN_X,
        vertical_spacing=0.0 if n_rows == 1 else room / height,
    )
    for place, (one, axis) in enumerate(zip(dimensions, axes, strict=True)):
        where = {"row": place // COLUMNS + 1, "col": place % COLUMNS + 1}
        _draw(figure, drawn[drawn[one.name].notna()], one, axis, top, best, where)
    figure.update_layout(
        theme.plotly_layout(
            f"Validation MAE of {n_of(len(drawn), 'trial')} against each of "
            f"{n_of(len(dimensions), 'hyperparameter')}",
            top=TOP,
            height=height,
            showlegend=False,
            coloraxis={
                "colorscale": list(theme.SEQUENTIAL),
                "colorbar": theme.colorbar("Trial"),
            },
            uirevision="slices",
        )
    )
    figure.update_annotations(font_size=theme.TEXT_SIZE)
    figure.update_xaxes(**theme.AXIS)
    figure.update_yaxes(**theme.AXIS, range=[low - margin, top + margin], nticks=6)
    figure.update_yaxes(title_text=MAE_TITLE, col=1)
    return figure


def _draw(
    figure: go.Figure,
    trials: pd.DataFrame,
    one: Dimension,
    along: tuple[list[Any], dict[str, Any]],
    top: float,
    best: int,
    where: dict[str, int],
) -> None:
    values, axis = along
    mae = trials["mae"].to_numpy(float)
    number = trials["trial"].to_numpy()
    ring, beyond = theme.line(theme.REFERENCE, 2.5), mae > top
    figure.add_trace(
        go.Scatter(
            x=values,
            y=np.minimum(mae, top),
            mode="markers",
            marker={
                "size": np.where(beyond, 10, 7),
                "symbol": np.where(beyond, "triangle-up", "circle"),
                "color": number,
                "coloraxis": "coloraxis",
                "opacity": 0.85,
            },
            customdata=np.column_stack([number, mae]),
            hovertemplate="Trial %{customdata[0]}<br>"
            + f"{label_of(one.name)} %{{x}}<br>MAE %{{customdata[1]:.5f}}<extra></extra>",
        ),
        **where,
    )
    at = np.flatnonzero(number == best)
    figure.add_trace(
        go.Scatter(
            x=[values[each] for each in at],
            y=mae[at],
            mode="markers",
            marker={"size": 13, "color": "rgba(0,0,0,0)", "line": ring},
            hoverinfo="skip",
        ),
        **where,
    )
    figure.update_xaxes(**axis, **where)


def _values(column: pd.Series, one: Dimension) -> tuple[list[Any], dict[str, Any]]:
    """Return what stands on the horizontal axis, and how that is drawn."""
    options = one.options()
    if options is None or (one.kind != "choice" and len(options) > MOST_CLASSES):
        return column.astype(float).to_list(), _log_axis(one) if one.log else {"nticks": 5}

    def word(value: Any) -> str:
        return "<br>".join(wrap(value_in_words(one.name, value), WRAP))

    order = [word(each) for each in options]
    kind: dict[str, Any] = {"type": "category", "categoryorder": "array", "categoryarray": order}
    kind |= {"range": [-0.5, len(order) - 0.5]}
    if len(order) <= FEW_CLASSES:  # more stand aslant
        kind["tickangle"] = 0
    return [word(each) for each in column], kind


def _lines(axis: dict[str, Any]) -> int:
    """Return how many lines the longest word of an axis takes beyond the first."""
    return max((word.count("<br>") for word in axis.get("categoryarray", ())), default=0)


def _log_axis(one: Dimension) -> dict[str, Any]:
    """Return an axis with ticks at 1, 2 and 5: Plotly's own run into each other in a small plot."""
    low, high = float(one.low or 0), float(one.high or 0)
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    steps = (1, 2, 5) if high < MANY * low else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    ticks = [each for each in ticks if low <= each * TOUCH and each <= high * TOUCH]
    ends = np.log10([low, high])
    pad = 0.06 * (ends[1] - ends[0]) or 0.1
    return {
        "type": "log",
        "tickvals": ticks,
        "ticktext": [f"{each:g}" for each in ticks],
        "range": [ends[0] - pad, ends[1] + pad],
    }
