"""What figures share: colours, readable on the light and on the dark page alike, and parts.

The categorical colours are Okabe & Ito's (2008, "Color Universal Design"),
some of them darkened so that each stands out from white and from the dark
background. Grid and page colours come from Streamlit's own theme. What a saved
picture has must stand in the figure itself: the page's style sheet is not in it.
"""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

BLUE = "#0E7CC0"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#C5699A"
OCHRE = "#B39047"
GREY = "#7C8692"

CATEGORICAL = (BLUE, VERMILLION, GREEN, PURPLE, OCHRE, GREY)

# What is ours and what is compared with it has one colour on every screen.
OURS = BLUE
REFERENCE = VERMILLION
NEUTRAL = GREY

# Low to high redshift: ordered in hue, apart for the colour-blind.
ORDERED = ("#5A5FE0", "#0E7CC0", "#35AE9B", "#5F8A2A", "#CF9813", "#BE4331")

# Viridis without its darkest fifth, which would sink into a dark page.
SEQUENTIAL = tuple(
    sample_colorscale("Viridis", [0.2 + 0.8 * i / 9 for i in range(10)], colortype="rgb")
)

# Below and above 0, which is the page itself, light or dark.
DIVERGING = ((0.0, BLUE), (0.5, "rgba(124, 134, 146, 0.04)"), (1.0, VERMILLION))

ALTAIR_HEIGHT = 380
PLOTLY_HEIGHT = 440

# The type scale of both libraries [pixels].
TITLE_SIZE, TEXT_SIZE, TICK_SIZE = 15, 13, 12

# Of titles of axes, ticks and keys, on the light and on the dark page. The grey of Streamlit's own
# is 3.7 : 1 on white.
INK, DARK_INK = "#4F5A66", "#C9D1DA"

# Between a figure and the edge of its picture [pixels].
ROOM_LEFT, ROOM_RIGHT, ROOM_TOP, ROOM_BELOW = 8, 16, 8, 8


def ordered(n: int) -> list[str]:
    """Return `n` colours from low to high redshift."""
    if n == 1:
        return [ORDERED[0]]
    return sample_colorscale(list(ORDERED), [i / (n - 1) for i in range(n)], colortype="rgb")


# Altair: channels are of its classes, since it takes 3 ms to make one of a text; and layers are put
# together once, with all they have: `properties` would copy them and do it anew.

KEY = alt.Legend(orient="top", symbolOpacity=1)
PLAIN = alt.Axis(format="~g")
OPACITY = alt.Opacity("opacity:Q", scale=None, legend=None)
# By the page that Streamlit draws the figure on, which Vega calls its background.
ALTAIR_INK = alt.ExprRef(f"luminance(background) > 0.5 ? '{INK}' : '{DARK_INK}'")


def tips(**fields: str) -> list[alt.Tooltip]:
    """Return a tooltip of columns: 'title', or 'title|format' of one of numbers."""
    found = []
    for name, text in fields.items():
        title, bar, how = text.rpartition("|") if "|" in text else (text, "", "")
        number: dict[str, Any] = {"format": how} if how else {}
        found.append(alt.Tooltip(f"{name}:{'Q' if bar else 'N'}", title=title, **number))
    return found


def named(channel: Any, column: str, names: Sequence[str], values: Sequence, **how: Any) -> Any:
    """Return a channel, as `alt.Color`, that shows each name of a column by a value of its own."""
    scale = alt.Scale(domain=list(names), range=list(values))
    return channel(f"{column}:N", title=None, scale=scale, **how)


def exactly(low: float, high: float) -> alt.Scale:
    """Return a scale from one number to another, not widened to round ones."""
    return alt.Scale(domain=[float(low), float(high)], nice=False)


def hover(*fields: str) -> alt.Parameter:
    """Return the selection of the point next to the pointer, which is told from others by these."""
    near: dict[str, Any] = {
        "on": "pointerover",
        "clear": "pointerout",
        "nearest": True,
        "empty": False,
    }
    return alt.selection_point(name="hover", fields=list(fields), **near)


def values_axis(column: str, title: str, log: bool, top: float = math.inf) -> alt.Y:
    """Return a vertical axis that need not begin at zero; one that lines leave ends at `top`."""
    # Ended at a round number beyond it, the axis would let lines end inside the plot.
    linear = alt.Scale(zero=False, nice=math.isinf(top))
    scale = alt.Scale(type="log", nice=False) if log else linear
    return alt.Y(f"{column}:Q", title=title, scale=scale, axis=PLAIN)


def rule(place: alt.X | alt.Y, value: float, **mark: Any) -> alt.Chart:
    """Draw a grey line across, at a value of an axis."""
    line = alt.Chart(pd.DataFrame({place.shorthand.removesuffix(":Q"): [value]}))
    across = line.mark_rule(color=NEUTRAL, tooltip=None, **mark)
    return across.encode(place)


def diagonal(x: alt.X, y: alt.Y, names: tuple[str, str], ends: Sequence[float]) -> alt.Chart:
    """Draw the line on which both columns are equal."""
    line = alt.Chart(pd.DataFrame({name: list(ends) for name in names}))
    return line.mark_line(color=NEUTRAL, strokeWidth=1, tooltip=None).encode(x=x, y=y)


def bars(
    table: pd.DataFrame, bins: tuple[str, str, str], opacity: float, **channels: Any
) -> alt.Chart:
    """Draw a histogram; `bins` are the columns of their two ends, and the title of the axis."""
    low, high, title = bins
    x = alt.X(f"{low}:Q", title=title, bin="binned", axis=PLAIN)
    drawn = alt.Chart(table).mark_bar(binSpacing=0.5, opacity=opacity)
    return drawn.encode(x=x, x2=alt.X2(f"{high}:Q"), **channels)


def with_errors(base: alt.Chart, y: alt.Y, title: str, low: str, high: str) -> list[alt.Chart]:
    """Draw points with a bar each, from one column to another."""
    bars = base.mark_rule(color=OURS, strokeWidth=1.5, opacity=0.7)
    return [
        bars.encode(y=alt.Y(f"{low}:Q", title=title), y2=alt.Y2(f"{high}:Q")),
        base.mark_point(color=OURS, filled=True, size=70, opacity=1).encode(y=y),
    ]


def layered(
    layers: Sequence[Any],
    title: str | alt.TitleParams,
    description: str,
    height: int = ALTAIR_HEIGHT,
) -> alt.LayerChart:
    """Put layers over each other, with a title, if any, and what the figure shows in words."""
    named: dict[str, Any] = {"title": title} if title else {}
    return alt.LayerChart(
        layer=list(layers),
        config=altair_config(),
        # Not of the configuration, over which Streamlit sets its own.
        padding={"left": ROOM_LEFT, "right": ROOM_RIGHT, "top": ROOM_TOP, "bottom": ROOM_BELOW},
        height=height,
        description=description,
        **named,
    )


def altair_config() -> alt.Config:
    """Return the type scale of figures; `plotly_layout` is the same for Plotly."""
    legend: dict[str, Any] = {"labelColor": ALTAIR_INK, "titleColor": ALTAIR_INK}
    text: dict[str, Any] = {
        **legend,
        "labelFontSize": TICK_SIZE,
        "titleFontSize": TEXT_SIZE,
        "titleFontWeight": "normal",
    }
    return alt.Config(
        axis=alt.AxisConfig(**text, titlePadding=8, labelPadding=4),
        # By default one for every 40 pixels, which crowds wide figures with steps of 0.02.
        axisX=alt.AxisConfig(tickCount=alt.ExprRef("min(ceil(width / 50), 14)")),
        legend=alt.LegendConfig(labelFontSize=TICK_SIZE, titleFontSize=TICK_SIZE, **legend),
        title=alt.TitleConfig(
            fontSize=TITLE_SIZE, fontWeight=600, anchor="start", offset=10, subtitleColor=ALTAIR_INK
        ),
    )


# Plotly


# Of keys, the machine's own: a saved picture cannot take Streamlit's along, and in another, wider
# one an entry would be cut at the edge that was laid out for it.
KEY_FONT = "Arial, Helvetica, sans-serif"

AXIS: dict[str, Any] = {"tickfont": {"size": TICK_SIZE}, "title_font": {"size": TEXT_SIZE}}
"""Of Plotly's axes; for `update_xaxes` and `update_yaxes` where a figure has several."""


def plotly_layout(alt: str = "", top: int = 40, **settings: Any) -> go.Layout:
    """Return a layout; `alt` says what is shown, `top` is the upper margin [pixels]."""
    for axis in ("xaxis", "yaxis"):
        own = settings.get(axis, {})
        title = {"font": {"size": TEXT_SIZE}} | own.get("title", {})
        settings[axis] = {"tickfont": AXIS["tickfont"], **own, "title": title}
    key = {"font": {"size": TICK_SIZE, "family": KEY_FONT}}
    settings["legend"] = key | settings.get("legend", {})
    return go.Layout(
        **{
            "height": PLOTLY_HEIGHT,
            "margin": {"l": 10, "r": ROOM_RIGHT, "t": top, "b": ROOM_BELOW},
            "hoverlabel": {"align": "left", "font": {"size": TEXT_SIZE}},
            "title_font": {"size": TITLE_SIZE},
            "title_pad": {"l": ROOM_LEFT},  # as Altair's
            "title_subtitle_font": {"size": TICK_SIZE},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": BLUE},
            **({"meta": {"alt": alt}} if alt else {}),
            **settings,
        }
    )


def inked(figure: go.Figure, dark: bool) -> go.Figure:
    """Return the figure with the words around it in the ink of the light or of the dark page."""
    ink = DARK_INK if dark else INK
    words = {"tickfont_color": ink, "title_font_color": ink}
    figure.update_layout(font_color=ink, legend_font_color=ink, legend_title_font_color=ink)
    figure.update_layout(title_subtitle_font_color=ink)
    figure.update_xaxes(**words)
    figure.update_yaxes(**words)
    figure.update_coloraxes(**{f"colorbar_{word}": color for word, color in words.items()})
    return figure


def whole(figure: go.Figure) -> go.Figure:
    """Return the figure with lines through every sample: a larger picture shows those left out."""
    return figure.update_traces(line_simplify=False, selector={"type": "scatter"})


def camera(name: str) -> dict[str, Any]:
    """Return how Plotly's own button saves a picture: sharp in print, and under this name."""
    return {"toImageButtonOptions": {"scale": 3, "filename": name}}


def line(color: str, width: float, dash: str | None = None) -> dict[str, Any]:
    """Return how Plotly draws a line."""
    return {"color": color, "width": width} | ({} if dash is None else {"dash": dash})


def upright(at: float, line: dict[str, Any], x: str = "paper", y: str = "paper") -> dict[str, Any]:
    """Return a line from the foot to the top of Plotly's axes, which `add_vline` draws slowly."""
    ends = {"x0": at, "x1": at, "y0": 0, "y1": 1}
    return {"type": "line", "xref": x, "yref": y, **ends, "line": line}


def curve(x: Any, y: Any, line: dict[str, Any], **settings: Any) -> go.Scatter:
    """Return a line through points; `settings` are those of `go.Scatter`."""
    return go.Scatter(x=x, y=y, line=line, **{"mode": "lines", **settings})


def entry(name: str, line: dict[str, Any]) -> go.Scatter:
    """Return an entry of the legend for lines that have none of their own."""
    return curve([None], [None], line, name=name)


def colorbar(title: str, **settings: Any) -> dict[str, Any]:
    """Return the key of a colour scale, its title beside it."""
    about: dict[str, Any] = {
        "title": {"text": title, "side": "right", "font": {"size": TEXT_SIZE}},
        "tickfont": {"size": TICK_SIZE},
        "thickness": 12,
        "outlinewidth": 0,
    }
    return about | settings


def tick_words(ticks: Sequence[float]) -> list[str]:
    """Return numbers in words, with as many digits as tell them apart, three or more."""
    for digits in range(3, 16):
        words = [f"{tick:.{digits}g}" if abs(tick) < 1000 else f"{tick:.0f}" for tick in ticks]
        if len(set(words)) == len(set(ticks)):
            break
    return [word.replace("-", "−") for word in words]


def ticks_with_ends(low: float, high: float, values: np.ndarray, n: int) -> dict[str, Any]:
    """Return `n` ticks of a colour scale; that of an end says so where values lie beyond it."""
    ticks = np.linspace(low, high, n)
    words = tick_words(ticks.tolist())
    if (values < low).any():
        words[0] = f"≤ {words[0]}"
    if (values > high).any():
        words[-1] = f"≥ {words[-1]}"
    return {"tickvals": ticks, "ticktext": words}


def below(y: float) -> dict[str, Any]:
    """Return a legend in one row under the axes, `y` of their height above the lower one."""
    return {"orientation": "h", "x": 0, "y": y, "yanchor": "top"}
