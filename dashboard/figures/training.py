"""Loss and error along the epochs of a training."""

from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures import theme

PARTS = {"Training": "", "Validation": "val_"}
MAX_POINTS = 30
TITLES = {"loss": "Loss", "mae": "MAE [redshift]"}


def curves(
    metrics: pd.DataFrame,
    quantity: str,
    log: bool = False,
    smoothing: float = 0.0,
    best_epoch: int | None = None,
) -> alt.LayerChart:
    """Draw a quantity, 'loss' or 'mae', of the training and the validation part over epochs.

    A logarithmic axis stays linear if a value is negative, as likelihoods are. `smoothing` is the
    weight of the past in a moving average, 0 (none) to below 1; the values then stand pale behind
    it. `best_epoch` is marked as the one whose weights are kept.
    """
    data = long_table(metrics, quantity, smoothing)
    log = log and bool((data["value"] > 0).all())
    key = alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=2, symbolOpacity=1)
    colors = [theme.OURS, theme.REFERENCE]
    base = alt.Chart(data).encode(
        x=_X, color=theme.named(alt.Color, "part", list(PARTS), colors, legend=key)
    )
    values, smoothed = (
        theme.values_axis(column, TITLES[quantity], log) for column in ("value", "smoothed")
    )
    # Few epochs show as points too: one alone makes no line.
    few = data["epoch"].nunique() <= MAX_POINTS
    pale = base.mark_line(strokeWidth=1, opacity=0.45, tooltip=None).encode(y=values)
    hover = theme.hover("epoch")
    layers = [
        *([pale] if smoothing else []),
        base.mark_line(strokeWidth=2, point=few, tooltip=None).encode(y=smoothed),
        base.mark_point(size=90, filled=True)
        .encode(
            y=smoothed,
            opacity=alt.when(hover).then(alt.value(1)).otherwise(alt.value(0)),
            tooltip=theme.tips(part="Part", epoch="Epoch|", value=f"{TITLES[quantity]}|.5f"),
        )
        .add_params(hover),
    ]
    if best_epoch is not None:
        left_half = 2 * best_epoch < data["epoch"].min() + data["epoch"].max()
        layers.extend(_mark(best_epoch, "left" if left_half else "right"))
    return theme.layered(
        layers,
        TITLES[quantity].split(" [")[0] + " per epoch",
        f"{TITLES[quantity]} of the training and validation part over "
        f"{data['epoch'].nunique()} epochs",
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


_X = alt.X(
    "epoch:Q",
    title="Epoch",
    scale=alt.Scale(zero=False, nice=False, padding=12),
    axis=alt.Axis(format="d", tickMinStep=1),
)


def _mark(epoch: int, align: Literal["left", "right"]) -> list[alt.Chart]:
    """Mark the epoch whose weights are kept."""
    base = alt.Chart(pd.DataFrame({"epoch": [epoch], "label": [f"kept: epoch {epoch}"]})).encode(
        x=_X
    )
    return [
        base.mark_rule(color=theme.NEUTRAL, strokeDash=[4, 4], tooltip=None),
        base.mark_text(
            align=align,
            xOffset=6 if align == "left" else -6,
            baseline="top",
            color=theme.NEUTRAL,
            tooltip=None,
        ).encode(y=alt.value(4), text="label:N"),
    ]
