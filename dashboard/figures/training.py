"""Loss, error, learning rate and time along the epochs of a training."""

from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from core.amounts import n_of
from core.runs import axis_top
from dashboard.figures import above_axis, theme

PARTS = {"Training": "", "Validation": "val_"}
MAX_POINTS = 30
TITLES = {"loss": "Loss", "mae": "MAE [redshift]"}
COURSES = {"learning_rate": "Learning rate", "seconds": "Time of an epoch [s]"}
COURSE_HEIGHT = 180

DASHES = ((1, 0), (5, 4))  # of the first run, and of one beside it

EPOCH = alt.X(
    "epoch:Q",
    title="Epoch",
    scale=alt.Scale(zero=False, nice=False, padding=12),
    axis=alt.Axis(format="d", tickMinStep=1),
)
Beside = tuple[str, str, pd.DataFrame]
"""A second run over the first: what the first is called, what the second, and its metrics."""


def curves(
    metrics: pd.DataFrame,
    quantity: str,
    log: bool = False,
    smoothing: float = 0.0,
    best_epoch: int | None = None,
    *,
    mark: str = "kept",
    title: str = "",
    whole: bool = False,
    beside: Beside | None = None,
) -> alt.LayerChart:
    """Draw a quantity, 'loss' or 'mae', of the training and the validation part over epochs.

    A logarithmic axis stays linear if a value is negative, as likelihoods are. `smoothing` is the
    weight of the past in a moving average, 0 (none) to below 1; the values then stand pale behind
    it. `best_epoch` is marked, in the word of `mark`. Unless the axis is logarithmic or the `whole`
    range is asked for, it ends where first epochs would press all others together; lines leave the
    plot towards these, and the title counts them. `beside` is another run, dashed.
    """
    runs = {"": metrics} if beside is None else {beside[0]: metrics, beside[1]: beside[2]}
    data = pd.concat(
        [long_table(table, quantity, smoothing).assign(run=run) for run, table in runs.items()],
        ignore_index=True,
    )
    log = log and bool((data["value"] > 0).all())
    top = np.inf if log or whole else axis_top(data, ["value", "smoothed"])
    by = ("run", "part")
    drawn = above_axis.with_lines(data, "smoothed", top, by)
    colors = [theme.OURS, theme.REFERENCE]
    shared = {
        "x": EPOCH,
        "color": theme.named(alt.Color, "part", list(PARTS), colors, legend=_KEY),
        **_dashes(beside),
    }
    base = alt.Chart(drawn).encode(**shared)
    y = theme.values_axis("shown", TITLES[quantity], log, top)
    hover = theme.hover("epoch")
    named = {} if beside is None else {"run": "Run"}
    tips = theme.tips(
        **named,
        part="Part",
        epoch="Epoch|",
        value=f"{TITLES[quantity]}|.5f",
        **({"smoothed": "Smoothed|.5f"} if smoothing else {}),
    )
    behind = above_axis.with_lines(data, "value", top, by)
    pale = above_axis.lines(alt.Chart(behind).encode(**shared), strokeWidth=1, opacity=0.45)
    layers = [
        *([pale.encode(y=y)] if smoothing else []),
        above_axis.lines(base, strokeWidth=2).encode(y=y),
        # Few epochs show as points too: one alone makes no line.
        above_axis.points(base)
        .mark_point(size=90, filled=True)
        .encode(
            y=y,
            opacity=alt.when(hover).then(alt.value(1)).otherwise(alt.value(0)),
            tooltip=tips,
        )
        .add_params(hover),
    ]
    if data["epoch"].nunique() <= MAX_POINTS:
        inside = above_axis.points(base).transform_filter("!datum.beyond")
        layers.insert(-1, inside.mark_point(filled=True, opacity=1, tooltip=None).encode(y=y))
    if not (log or whole):
        layers.append(above_axis.beyond(base, y, tips))
    if best_epoch is not None:
        layers.extend(_mark(best_epoch, mark, data["epoch"]))
    return theme.layered(
        layers,
        above_axis.title(title or _title(quantity), int(drawn["beyond"].sum())),
        f"{TITLES[quantity]} of the training and validation part over "
        f"{n_of(data['epoch'].nunique(), 'epoch')}",
    )


def course(
    metrics: pd.DataFrame, name: str, beside: Beside | None = None, *, whole: bool = False
) -> alt.LayerChart:
    """Draw a column of `COURSES` over epochs, low: it belongs below the curves of a training.

    Unless the `whole` range is asked for, the axis of times ends as that of `curves` does.
    """
    runs = {"": metrics} if beside is None else {beside[0]: metrics, beside[1]: beside[2]}
    data = pd.concat(
        [
            pd.DataFrame({"epoch": table["epoch"], "value": table[name].astype(float)}).assign(
                run=run
            )
            for run, table in runs.items()
        ],
        ignore_index=True,
    )
    top = np.inf
    if name == "seconds" and not whole:
        top = axis_top(data, ["value"])
    n = data["epoch"].nunique()
    data = above_axis.with_lines(data, "value", top, ("run",))
    scale = alt.Scale(zero=name == "seconds", nice=bool(np.isinf(top)))
    y = alt.Y("shown:Q", title=None, scale=scale, axis=_FEW_TICKS)
    tips = theme.tips(epoch="Epoch|", value=f"{COURSES[name]}|.4~g")
    base = alt.Chart(data).encode(x=EPOCH, **_dashes(beside))
    inside = above_axis.points(base).transform_filter("!datum.beyond")
    layers = [
        above_axis.lines(base, strokeWidth=2, color=theme.NEUTRAL).encode(y=y),
        inside.mark_point(filled=True, opacity=float(n <= MAX_POINTS), color=theme.NEUTRAL).encode(
            y=y, tooltip=tips
        ),
    ]
    if name == "seconds":
        layers.append(above_axis.beyond(base, y, tips, color=theme.NEUTRAL))
    return theme.layered(
        layers,
        above_axis.title(COURSES[name], int(data["beyond"].sum())),
        f"{COURSES[name]} over {n_of(n, 'epoch')}",
        COURSE_HEIGHT,
    )


def values_of(metrics: pd.DataFrame, quantity: str) -> list[np.ndarray]:
    """Return the values of a quantity, 'loss' or 'mae', of the training and validation part."""
    return [metrics[prefix + quantity].to_numpy(float) for prefix in PARTS.values()]


def long_table(metrics: pd.DataFrame, quantity: str, smoothing: float = 0.0) -> pd.DataFrame:
    """Return part, epoch, value and smoothed, a row per part and epoch."""
    rows = [
        pd.DataFrame(
            {
                "part": part,
                "epoch": metrics["epoch"],
                "value": metrics[prefix + quantity],
                "smoothed": metrics[prefix + quantity].ewm(alpha=1 - smoothing).mean(),
            }
        )
        for part, prefix in PARTS.items()
    ]
    return pd.concat(rows, ignore_index=True)


def _title(quantity: str) -> str:
    return TITLES[quantity].split(" [")[0] + " per epoch"


_FEW_TICKS = alt.Axis(format="~r", tickCount=4)
_KEY = alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=2, symbolOpacity=1)


def _dashes(beside: Beside | None) -> dict[str, Any]:
    """Return what tells a second run's lines from the first's; nothing where there is none."""
    if beside is None:
        return {}
    # In no legend: Vega draws no line in one that has no colour. The page says which is which.
    return {"strokeDash": theme.named(alt.StrokeDash, "run", beside[:2], DASHES, legend=None)}


def _mark(epoch: int, word: str, epochs: pd.Series) -> list[alt.Chart]:
    """Mark the epoch with the lowest validation loss, in words beside it, inside the axes.

    Which side depends on the data alone: a specification that changes makes a chart flicker.
    """
    left = 2 * epoch < epochs.min() + epochs.max()
    data = pd.DataFrame({"epoch": [epoch], "label": [f"{word}: epoch {epoch}"], "left": [left]})
    base = alt.Chart(data).encode(x=EPOCH)
    return [
        base.mark_rule(color=theme.NEUTRAL, strokeDash=[4, 4], tooltip=None),
        _beside(base.transform_filter("datum.left"), "left", 6),
        _beside(base.transform_filter("!datum.left"), "right", -6),
    ]


def _beside(base: alt.Chart, align: Literal["left", "right"], offset: int) -> alt.Chart:
    text = base.mark_text(
        align=align, xOffset=offset, baseline="top", color=theme.ALTAIR_INK, tooltip=None
    )
    return text.encode(y=alt.YValue(4), text=alt.Text("label:N"))
