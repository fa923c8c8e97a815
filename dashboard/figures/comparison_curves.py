"""Training curves of several runs over each other."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.amounts import n_of
from core.runs import axis_top
from dashboard.figures import above_axis, comparison, theme, training
from dashboard.figures.training import PARTS, TITLES

ALONG = {"epoch": "Epoch", "seconds": "Training time [s]", "cpu_seconds": "CPU time [s]"}
TRAINING, VALIDATION = PARTS
LEGEND_COLUMNS = 2


def curves(
    metrics: Mapping[str, pd.DataFrame],
    quantity: str,
    *,
    names: Sequence[str] | None = None,
    along: str = "epoch",
    log_x: bool = False,
    log_y: bool = False,
    smoothing: float = 0.0,
    with_training: bool = False,
    whole: bool = False,
) -> alt.LayerChart:
    """Draw a quantity, 'loss' or 'mae', of each run's validation part over epochs or time.

    `metrics` are by the run's name; `names` are all runs in the order of their colours, where some
    have no metrics. The vertical axis stays linear if a value is negative, as likelihoods are.
    `smoothing` is the weight of the past in a moving average, 0 (none) to below 1. The training
    part, if asked for, is pale. Unless that axis is logarithmic or the `whole` range is asked for,
    it ends where first epochs would press all others together.
    """
    data = long_table(metrics, quantity, smoothing)
    data = data if with_training else data[data["part"] == VALIDATION]
    log_y = log_y and bool((data["value"] > 0).all())
    top = float("inf") if log_y or whole else axis_top(data, ["smoothed"])
    # On a logarithmic axis a straight line is one along the logarithm.
    data = data.assign(along=np.log(data[along]) if log_x else data[along])
    data = above_axis.with_lines(data, "smoothed", top, ("run", "part"), ("along",))
    data["along"] = np.exp(data["along"]) if log_x else data["along"]
    names = list(metrics) if names is None else names
    x_scale = alt.Scale(type="log", nice=False) if log_x else alt.Scale(zero=False, nice=False)
    legend = comparison.key(
        LEGEND_COLUMNS, values=list(metrics), symbolType="stroke", symbolStrokeWidth=2
    )
    y = theme.values_axis("shown", TITLES[quantity], log_y, top)
    base = alt.Chart(data).encode(
        x=alt.X("along:Q", title=ALONG[along], scale=x_scale, axis=alt.Axis(format="~s")),
        y=y,
        color=alt.Color("run:N", title=None, scale=comparison.color(names), legend=legend),
    )
    layers = [
        above_axis.lines(
            base.transform_filter(f"datum.part == '{part}'"),
            strokeWidth=2 if part == VALIDATION else 1,
            opacity=strength,
        ).encode(strokeDash=alt.StrokeDash("run:N", scale=comparison.dash(names), legend=None))
        for part, strength in ((TRAINING, 0.5), (VALIDATION, 1.0))
        if with_training or part == VALIDATION
    ]
    hover = theme.hover("run", "epoch")
    tips = theme.tips(
        run="Run",
        **({"part": "Part"} if with_training else {}),
        epoch="Epoch|",
        seconds=f"{ALONG['seconds']}|,.0f",
        cpu_seconds=f"{ALONG['cpu_seconds']}|,.0f",
        value=f"{TITLES[quantity]}|.5f",
        **({"smoothed": "Smoothed|.5f"} if smoothing else {}),
    )
    layers.append(
        above_axis.points(base)
        .transform_filter(f"datum.part == '{VALIDATION}'")
        .mark_point(size=90, filled=True)
        .encode(
            # One epoch alone makes no line.
            opacity=alt.when(hover | "datum.last == 1").then(alt.value(1)).otherwise(alt.value(0)),
            tooltip=tips,
        )
        .add_params(hover)
    )
    if not (log_y or whole):
        layers.append(above_axis.beyond(base, y, tips))
    what = TITLES[quantity].split(" [")[0]
    parts = "training and validation part" if with_training else "validation part"
    return theme.layered(
        layers,
        above_axis.title(f"{what} of the {parts}", int(data["beyond"].sum())),
        f"{what} of the {parts} of {n_of(len(metrics), 'run')} over {ALONG[along].lower()}",
        comparison.with_legend(theme.ALTAIR_HEIGHT, len(metrics), LEGEND_COLUMNS),
    )


def long_table(
    metrics: Mapping[str, pd.DataFrame], quantity: str, smoothing: float = 0.0
) -> pd.DataFrame:
    """Return run, part, epoch, seconds, cpu_seconds (summed up, [s]), value and smoothed."""
    rows = []
    for name, table in metrics.items():
        spent = table[["seconds", "cpu_seconds"]].cumsum()
        spent = spent.assign(
            epoch=table["epoch"], last=(table.index == table.index[-1]).astype(int)
        )
        rows.append(training.long_table(table, quantity, smoothing).merge(spent).assign(run=name))
    return pd.concat(rows, ignore_index=True)
