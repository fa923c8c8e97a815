"""Loss, error, learning rate and time along the epochs of a training."""

from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from core.amounts import n_of
from dashboard.figures import theme

PARTS = {"Training": "", "Validation": "val_"}
MAX_POINTS = 30
TITLES = {"loss": "Loss", "mae": "MAE [redshift]"}
COURSES = {"learning_rate": "Learning rate", "seconds": "Time of an epoch [s]"}
COURSE_HEIGHT = 180

# Of the first epochs, whose values are often far above all others: one in so many, and how far
# above the others' range the axis goes on, in units of it.
ONE_IN, ROOM = 20, 0.3
FEWEST = 4  # epochs of which the first may be taken for such a one
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
    whole: bool = False,
    beside: Beside | None = None,
) -> alt.LayerChart:
    """Draw a quantity, 'loss' or 'mae', of the training and the validation part over epochs.

    A logarithmic axis stays linear if a value is negative, as likelihoods are. `smoothing` is the
    weight of the past in a moving average, 0 (none) to below 1; the values then stand pale behind
    it. `best_epoch` is marked, in the word of `mark`. Unless the axis is logarithmic or the `whole`
    range is asked for, first epochs that would press all others together stand at its end, marked.
    `beside` is another run, dashed.
    """
    runs = {"": metrics} if beside is None else {beside[0]: metrics, beside[1]: beside[2]}
    data = pd.concat(
        [long_table(table, quantity, smoothing).assign(run=run) for run, table in runs.items()],
        ignore_index=True,
    )
    log = log and bool((data["value"] > 0).all())
    top = np.inf if log or whole else axis_top(data, ["value", "smoothed"])
    data = data.assign(
        pale=data["value"].clip(upper=top),
        shown=data["smoothed"].clip(upper=top),
        beyond=data["smoothed"] > top,
    )
    colors = [theme.OURS, theme.REFERENCE]
    base = alt.Chart(data).encode(
        x=EPOCH,
        color=theme.named(alt.Color, "part", list(PARTS), colors, legend=_KEY),
        **_dashes(beside),
    )
    behind, y = (theme.values_axis(name, TITLES[quantity], log) for name in ("pale", "shown"))
    # Few epochs show as points too: one alone makes no line.
    few = data["epoch"].nunique() <= MAX_POINTS
    pale = base.mark_line(strokeWidth=1, opacity=0.45, tooltip=None).encode(y=behind)
    hover = theme.hover("epoch")
    tips = {"part": "Part", "epoch": "Epoch|", "value": f"{TITLES[quantity]}|.5f"}
    if beside is not None:
        tips = {"run": "Run", **tips}
    layers = [
        *([pale] if smoothing else []),
        base.mark_line(strokeWidth=2, point=few, tooltip=None).encode(y=y),
        base.mark_point(size=90, filled=True)
        .encode(
            y=y,
            opacity=alt.when(hover).then(alt.value(1)).otherwise(alt.value(0)),
            tooltip=theme.tips(**tips),
        )
        .add_params(hover),
    ]
    if not (log or whole):
        layers.append(beyond(base, y, theme.tips(**tips)))
    if best_epoch is not None:
        layers.extend(_mark(best_epoch, mark, data["epoch"]))
    return theme.layered(
        layers,
        TITLES[quantity].split(" [")[0] + " per epoch",
        f"{TITLES[quantity]} of the training and validation part over "
        f"{n_of(data['epoch'].nunique(), 'epoch')}",
    )


def course(metrics: pd.DataFrame, name: str, beside: Beside | None = None) -> alt.LayerChart:
    """Draw a column of `COURSES` over epochs, low: it belongs below the curves of a training."""
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
    top = axis_top(data, ["value"]) if name == "seconds" else np.inf
    data = data.assign(shown=data["value"].clip(upper=top), beyond=data["value"] > top)
    few = data["epoch"].nunique() <= MAX_POINTS
    y = alt.Y("shown:Q", title=None, scale=alt.Scale(zero=name == "seconds"), axis=_FEW_TICKS)
    tips = theme.tips(epoch="Epoch|", value=f"{COURSES[name]}|.4~g")
    base = alt.Chart(data).encode(x=EPOCH, **_dashes(beside))
    layers = [
        base.mark_line(
            strokeWidth=2, color=theme.NEUTRAL, point={"color": theme.NEUTRAL} if few else False
        ).encode(y=y, tooltip=tips)
    ]
    if name == "seconds":
        layers.append(beyond(base, y, tips, color=theme.NEUTRAL))
    return theme.layered(
        layers,
        COURSES[name],
        f"{COURSES[name]} over {n_of(data['epoch'].nunique(), 'epoch')}",
        COURSE_HEIGHT,
    )


def axis_top(data: pd.DataFrame, columns: list[str]) -> float:
    """Return where an axis ends that first epochs do not squash; infinity where none would.

    `data` has run, epoch and the columns that are drawn, a row per point.
    """
    later = []
    for _, rows in data.groupby("run", sort=False):
        epochs = np.unique(rows["epoch"])
        n = max(1, len(epochs) // ONE_IN) if len(epochs) >= FEWEST else 0
        first = epochs[:n]
        later.append(rows.loc[~rows["epoch"].isin(first), columns].to_numpy(float))
    values = np.concatenate(later)
    low, high = np.nanmin(values), np.nanmax(values)
    top = high + ROOM * (high - low)
    return float(top) if top > low and data[columns].to_numpy(float).max() > top else np.inf


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


_FEW_TICKS = alt.Axis(format="~r", tickCount=4)
_KEY = alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=2, symbolOpacity=1)


def _dashes(beside: Beside | None) -> dict[str, Any]:
    """Return what tells a second run's lines from the first's; nothing where there is none."""
    if beside is None:
        return {}
    # In no legend: Vega draws no line in one that has no colour. The page says which is which.
    return {"strokeDash": theme.named(alt.StrokeDash, "run", beside[:2], DASHES, legend=None)}


def beyond(base: alt.Chart, y: alt.Y, tips: list[alt.Tooltip], **how: Any) -> alt.Chart:
    """Mark what lies above the end of the axis."""
    marks = base.transform_filter("datum.beyond").mark_point(
        shape="triangle-up",
        size=70,
        filled=True,
        opacity=1,
        # Vega gives a group without marks a role and no name, which screen readers stumble on.
        aria=False,
        **how,
    )
    return marks.encode(y=y, tooltip=tips)


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
        align=align, xOffset=offset, baseline="top", color=theme.NEUTRAL, tooltip=None
    )
    return text.encode(y=alt.value(4), text="label:N")
