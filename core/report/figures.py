"""Figures of a page: curves, values with intervals and maps, as SVG for light and dark alike.

Lines and letters take the colour of the page's text; text stays text.
"""

import hashlib
import io
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

# Okabe & Ito (2008), "Color Universal Design", some darkened to stand out from white and black:
# the same on the screens.
COLOURS = ("#0E7CC0", "#D55E00", "#009E73", "#C5699A", "#B39047", "#7C8692")
LINES = ("-", "--", "-.", ":")

DOTTED = (0, (2, 4))
"""Wide enough to be seen as dots in a thin line, in units of its width."""

INK = "#010203"
"""Stands for the colour of the page's text, which an SVG calls currentColor."""

WIDTH_INCH, HEIGHT_INCH = 7.4, 3.6

ROOM = 0.05
"""Below the lowest value, in units of the range, where the top of an axis is given."""

MANY_POINTS = 60
"""Points of a curve that are not marked one by one."""


@dataclass(frozen=True, eq=False)
class Series:
    """A curve: points (x, y), each of shape (n,), and both ends of its error bars, if any.

    NaN leaves a gap. With `stepped`, y are the heights of bins whose edges are x, shape (n + 1,).
    A `reference` is drawn in the colour of the text, and takes none from the others. One that is
    `beside` another is drawn dashed in the colour of the series before it.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    stepped: bool = False
    reference: bool = False
    beside: bool = False


@dataclass(frozen=True, eq=False)
class Panel:
    """A map: counts, shape (n_x, n_y), of cells between edges."""

    name: str
    counts: np.ndarray
    x_edges: np.ndarray
    y_edges: np.ndarray


def curves(
    series: Sequence[Series],
    x: str,
    y: str,
    *,
    level: float | None = None,
    diagonal: tuple[float, float] | None = None,
    mark: tuple[float, str] | None = None,
    top: float = math.inf,
) -> str:
    """Draw curves over one another; with a line at a `level` of y, or where y is x.

    `diagonal` are the ends of both axes then, from corner to corner. `mark` is a value of x and
    what is to be said of it, at an upright line. The axis of y ends at `top`, where triangles stand
    for points above it.
    """

    def draw(figure: Any) -> None:
        axes = _axes(figure.subplots(), x, y)
        numbers, number, piles = itertools.count(), 0, itertools.count()
        for one in series:
            if not one.reference and not one.beside:
                number = next(numbers)
            colour = INK if one.reference else COLOURS[number % len(COLOURS)]
            style = {"color": colour, "label": one.name, "lw": 1.6}
            style["ls"] = "--" if one.beside else _line(0 if one.reference else number)
            if one.stepped:
                axes.stairs(one.y, one.x, **style)
                continue
            marked = {"marker": "o", "ms": 3.5} if len(one.x) <= MANY_POINTS else {}
            axes.plot(one.x, one.y, **marked, **style)
            if one.low is not None and one.high is not None:
                axes.vlines(one.x, one.low, one.high, color=colour, lw=1.0, alpha=0.7)
            beyond = one.x[one.y > top]
            if len(beyond):
                _mark_above(axes, beyond, colour, next(piles))
        if all(not one.stepped and _are_whole(one.x) for one in series):
            axes.xaxis.get_major_locator().set_params(integer=True)
        if top < math.inf:
            low = min(np.nanmin(one.y) for one in series)
            axes.set_ylim(low - ROOM * (top - low), top)
        if level is not None:
            axes.axhline(level, color=INK, lw=0.8, ls=DOTTED)
        if mark is not None:
            axes.axvline(mark[0], color=INK, lw=0.8, ls="--")
            place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
            axes.annotate(
                mark[1], (mark[0], 1), xytext=(-4, -2), ha="right", va="top", color=INK, **place
            )
        if diagonal is not None:
            axes.axline((0, 0), slope=1, color=INK, lw=0.8, ls=DOTTED)
            axes.set(xlim=diagonal, ylim=diagonal)
        figure.legend(loc="outside upper left", ncols=3, frameon=False, labelcolor=INK)

    return _svg(draw, HEIGHT_INCH)


def intervals(names: Sequence[str], rows: Sequence[Sequence[float | None]], x: str) -> str:
    """Draw a value with its interval for each name, one below the other.

    `rows` are value, low and high; where ends are None there is no interval.
    """

    def draw(figure: Any) -> None:
        axes = _axes(figure.subplots(), x, "")
        for number, (value, low, high) in enumerate(rows):
            if low is not None and high is not None:
                axes.hlines(number, low, high, color=COLOURS[0], lw=2)
            axes.plot([math.nan if value is None else value], [number], "o", color=COLOURS[0], ms=6)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)

    return _svg(draw, 0.9 + 0.32 * len(names))


def cells(panels: Sequence[Panel], x: str, y: str) -> str:
    """Draw maps of counts side by side, on a logarithmic scale of colour, with the line y = x."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap, LogNorm

    # Without its darkest fifth, which would sink into a dark page.
    colours = ListedColormap(colormaps["viridis"](np.linspace(0.2, 1, 200)))
    columns = 2 if len(panels) in (2, 4) else min(3, len(panels))
    n_rows = math.ceil(len(panels) / columns)

    def draw(figure: Any) -> None:
        most = max(2.0, *(float(panel.counts.max()) for panel in panels))
        places = figure.subplots(n_rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
        for place in places[len(panels) :]:
            place.set_axis_off()
        for number, (place, panel) in enumerate(zip(places, panels, strict=False)):
            lowest = number + columns >= len(panels)
            axes = _axes(place, x if lowest else "", y if number % columns == 0 else "")
            axes.tick_params(labelbottom=lowest)
            counts = np.ma.masked_equal(panel.counts.T, 0)
            axes.pcolormesh(
                *(panel.x_edges, panel.y_edges, counts),
                cmap=colours, norm=LogNorm(1, most), rasterized=True,
            )  # fmt: skip
            axes.axline((0, 0), slope=1, color=INK, lw=0.8, ls=DOTTED)
            axes.set_title(panel.name, color=INK, fontsize=10)

    return _svg(draw, (7.0 / columns) * n_rows + 0.3)


def _mark_above(axes: Any, x: np.ndarray, colour: str, pile: int) -> None:
    """Mark points that lie above the axis at its end, of several series below one another."""
    from matplotlib.transforms import offset_copy

    place = offset_copy(axes.get_xaxis_transform(), axes.figure, y=-6 * pile, units="points")
    axes.plot(x, np.ones(len(x)), "^", ms=6, color=colour, transform=place, clip_on=False)


def _line(number: int) -> str:
    return LINES[number // len(COLOURS) % len(LINES)]


def _are_whole(x: np.ndarray) -> bool:
    return bool((x == np.round(x)).all())


def _axes(axes: Any, x: str, y: str) -> Any:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(color=INK, alpha=0.12, lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _svg(draw: Callable[[Any], None], height_inch: float) -> str:
    """Return what is drawn as an SVG element; the same drawing is the same text."""
    # It takes half a second to import; without pyplot, which would look for a screen.
    from matplotlib.figure import Figure

    with _style():
        figure = Figure((WIDTH_INCH, height_inch), layout="constrained", facecolor="none")
        draw(figure)
        for axes in figure.axes:
            axes.set_facecolor("none")
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", dpi=200, metadata={"Date": None})
    text = buffer.getvalue()
    element = text[text.index("<svg") :].replace(INK, "currentColor")
    # The parts of several figures on one page must not be called alike.
    prefix = f"f{hashlib.sha256(element.encode()).hexdigest()[:8]}-"
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}", element)


@contextmanager
def _style() -> Iterator[None]:
    """Draw in the colour of the page's text, in its letters, and names as they are."""
    import matplotlib.style

    ink = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    words = {
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "xpz",
        "text.parse_math": False,  # a name may hold a $
        "font.family": "sans-serif",
        "font.size": 9.5,
        **dict.fromkeys(ink, INK),
    }
    # Other packages change the settings of all: GaiaXPy turns LaTeX on.
    with matplotlib.style.context(["default", words]):
        yield
