"""Parallel coordinates of a search's trials: a line per trial, an axis per hyperparameter."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.amounts import n_of
from core.tuning import Dimension, label_of, value_in_words
from dashboard.figures import theme
from dashboard.figures.tuning import MAE_TITLE, axis_top

HEIGHT = 500
N_TICKS = 5
MOST_TICKS = 9
# Beside the values of the dissertation's network.
OWN_SIGN = "◆"
UNUSED = "unused"
LETTERS = 90  # of the words beside the axes, in a window of 1280 pixels, side by side
# Plotly draws hairlines only: each trial is so many of them side by side, half a pixel apart.
STROKES, STROKES_OF_BEST = 5, 13
HALF_PIXEL = 1 / 780  # of the length of an axis


def parallel(
    trials: pd.DataFrame, dimensions: Sequence[Dimension], own: Mapping[str, Any] | None = None
) -> go.Figure:
    """Draw a line per trial over an axis per hyperparameter, the last one its MAE.

    `trials` are finished: mae, and a column per dimension, missing where the hyperparameter had no
    effect. `own` are the values of the dissertation's network, which are marked on the axes.
    """
    # The best are drawn last, over the others.
    drawn = trials.sort_values("mae", ascending=False)
    mae = drawn["mae"].to_numpy(float)
    low, top = float(mae.min()), axis_top(drawn["mae"])
    axes = [_axis(one, drawn[one.name], (own or {}).get(one.name)) for one in dimensions]
    # Left of the first axis there is room; long words of the others would lie on their neighbours.
    for axis in axes[1:]:
        axis["ticktext"] = [_short(word, LETTERS // (len(axes) + 1)) for word in axis["ticktext"]]
    # Low errors stand high, as what is good does.
    axes.append(
        {"label": "MAE, low is up", "values": np.minimum(mae, top), "range": _widened(top, low)}
    )
    end = top if top > low else low * 1.01
    strokes = np.full(len(mae), STROKES)
    strokes[-1:] = STROKES_OF_BEST
    figure = go.Figure(
        go.Parcoords(
            dimensions=[_thickened(axis, strokes) for axis in axes],
            line={
                "color": np.repeat(np.minimum(mae, top), strokes),
                "colorscale": theme.ordered(10),
                "cmin": low,
                "cmax": end,
                "showscale": True,
                "colorbar": theme.colorbar(MAE_TITLE, **theme.ticks_with_ends(low, end, mae, 6)),
            },
            labelangle=-18,
            labelfont={"size": theme.TEXT_SIZE},
            tickfont={"size": theme.TICK_SIZE},
            # The ends of the axes have ticks of their own.
            rangefont={"color": "rgba(0,0,0,0)"},
            unselected={"line": {"color": theme.NEUTRAL, "opacity": 0.06}},
        )
    )
    figure.update_layout(
        theme.plotly_layout(
            f"Parallel coordinates of {n_of(len(drawn), 'trial')} over "
            f"{n_of(len(dimensions), 'hyperparameter')}, coloured by their validation MAE",
            height=HEIGHT,
            margin={"l": _room(axes[0]), "r": 10, "t": 90, "b": 20},
            # Plotly's own lines are black, which a dark page swallows.
            shapes=[
                theme.upright(place, theme.line(theme.NEUTRAL, 1))
                for place in np.linspace(0, 1, len(axes))
            ],
            # What is brushed stays so when a further trial has ended.
            uirevision="trials",
        )
    )
    return figure


def _axis(dimension: Dimension, column: pd.Series, own: Any) -> dict[str, Any]:
    """Return an axis of Plotly with its values; what was unused stands below all values."""
    options = dimension.options()
    if dimension.kind == "choice" or (options is not None and len(options) <= MOST_TICKS):
        places = {option: float(place) for place, option in enumerate(options or ())}
        values = column.map(places).to_numpy(float)
        ticks = list(places.values())
        words = [value_in_words(dimension.name, option) for option in places]
        marked = places.get(own)
    else:
        to_place: Callable[..., np.ndarray] = np.log10 if dimension.log else np.asarray
        values = to_place(column.to_numpy(float, na_value=np.nan))
        ends = to_place(np.array(dimension.ends(), float))
        ticks = [float(tick) for tick in np.linspace(ends[0], ends[-1], N_TICKS)]
        if dimension.kind == "int" and not dimension.log:
            ticks = sorted({float(round(tick)) for tick in ticks})
        words = theme.tick_words([10**tick if dimension.log else tick for tick in ticks])
        marked = None if own is None else float(to_place(own))
    if marked is not None:
        own_word = f"{OWN_SIGN} {value_in_words(dimension.name, own)}"
        nearest = min(ticks, key=lambda tick: abs(tick - marked))
        if abs(nearest - marked) > 0.04 * (ticks[-1] - ticks[0]):
            ticks, words = [*ticks, marked], [*words, own_word]
        else:
            place = ticks.index(nearest)
            ticks[place], words[place] = marked, own_word
    first, last = min(ticks), max(ticks)
    unused = np.isnan(values)
    if unused.any():
        gap = 0.15 * (last - first) or 1.0
        values = np.where(unused, first - gap, values)
        ticks, words, first = [first - gap, *ticks], [UNUSED, *words], first - gap
    return {
        "label": label_of(dimension.name),
        "values": values,
        "range": _widened(first, last),
        "tickvals": ticks,
        "ticktext": words,
    }


def _room(axis: dict[str, Any]) -> int:
    """Return what the words left of the first axis, and its title, take in pixels."""
    longest = max(map(len, axis.get("ticktext", ())), default=0)
    return max(90, 20 + round(0.62 * theme.TICK_SIZE * longest))


def _thickened(axis: dict[str, Any], strokes: np.ndarray) -> dict[str, Any]:
    """Return an axis with each value as often as its line has strokes, half a pixel apart."""
    first, last = axis["range"]
    steps = np.concatenate([np.arange(each) - (each - 1) / 2 for each in strokes])
    values = np.repeat(axis["values"], strokes) + steps * HALF_PIXEL * (last - first)
    # Plotly would not draw what lies beyond the ends.
    room = STROKES_OF_BEST * HALF_PIXEL * (last - first)
    return {**axis, "values": values, "range": [first - room, last + room]}


def _short(word: str, most: int) -> str:
    """Return a word of so many letters at most; of a longer one the beginning and the end."""
    tail = most // 2 - 1
    return word if len(word) <= most else f"{word[: most - tail - 1].rstrip()}…{word[-tail:]}"


def _widened(first: float, last: float) -> list[float]:
    """Return a range that is not empty."""
    return [first, last] if first != last else [first - 0.5, first + 0.5]
