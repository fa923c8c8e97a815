"""Loss and error along the epochs of one or several trainings."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from dashboard import theme

PARTS = {"Training": "", "Validation": "val_"}
TITLES = {"loss": "Loss", "mae": "MAE [redshift]"}


def curves(
    metrics_by_run: Mapping[str, pd.DataFrame],
    quantity: str,
    log: bool = False,
    smoothing: float = 0.0,
    best_epoch: int | None = None,
) -> alt.LayerChart:
    """Draw a quantity of the training and the validation part over epochs.

    Parameters
    ----------
    metrics_by_run : mapping of str to pd.DataFrame
        Per run: epoch and `quantity` with its val_ twin. With one run the
        parts differ in colour; with several, colour tells the run and a
        dashed line the training part.
    quantity : {'loss', 'mae'}
        What to draw.
    log : bool
        Logarithmic vertical axis.
    smoothing : float
        Weight of the past in an exponential moving average, 0 (none) to
        below 1; the values themselves then stand pale behind it.
    best_epoch : int, optional
        Epoch to mark as the one whose weights are kept.

    Returns
    -------
    alt.LayerChart
    """
    data = long_table(metrics_by_run, quantity, smoothing)
    several = len(metrics_by_run) > 1
    parts, runs = list(PARTS), list(metrics_by_run)
    legend = alt.Legend(orient="top")
    color = (
        alt.Color(
            "run:N",
            title=None,
            scale=alt.Scale(domain=runs, range=theme.categorical(len(runs))),
            legend=legend,
        )
        if several
        else alt.Color(
            "part:N",
            title=None,
            scale=alt.Scale(domain=parts, range=[theme.OURS, theme.REFERENCE]),
            legend=legend,
        )
    )
    dash = (
        alt.StrokeDash(
            "part:N",
            title=None,
            scale=alt.Scale(domain=parts, range=[[5, 4], [1, 0]]),
            legend=legend,
        )
        if several
        else alt.StrokeDash("part:N", scale=alt.Scale(range=[[1, 0]]), legend=None)
    )
    base = alt.Chart(data).encode(
        x=alt.X("epoch:Q", title="Epoch", axis=alt.Axis(format="d", tickMinStep=1)),
        color=color,
        strokeDash=dash,
        detail=["run:N", "part:N"],
    )
    layers = [base.mark_line(strokeWidth=2).encode(y=_y("smoothed", quantity, log))]
    if smoothing:
        layers.insert(
            0, base.mark_line(strokeWidth=1, opacity=0.3).encode(y=_y("value", quantity, log))
        )
    layers.append(
        base.mark_point(size=90, filled=True)
        .encode(
            y=_y("smoothed", quantity, log),
            opacity=alt.when(_HOVER).then(alt.value(1)).otherwise(alt.value(0)),
            strokeDash=alt.Undefined,
            tooltip=[
                alt.Tooltip("run:N", title="Run"),
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("epoch:Q", title="Epoch"),
                alt.Tooltip("value:Q", title=TITLES[quantity], format=".5f"),
            ],
        )
        .add_params(_HOVER)
    )
    if best_epoch is not None:
        layers.extend(_mark(best_epoch))
    return alt.LayerChart(layer=layers).properties(
        height=theme.ALTAIR_HEIGHT,
        title=TITLES[quantity].split(" [")[0] + " per epoch",
        description=f"{TITLES[quantity]} of the training and validation part of {', '.join(runs)} "
        f"over {data['epoch'].nunique()} epochs",
    )


def long_table(
    metrics_by_run: Mapping[str, pd.DataFrame], quantity: str, smoothing: float = 0.0
) -> pd.DataFrame:
    """Return run, part, epoch, value and smoothed, a row per run, part and epoch."""
    rows = [
        pd.DataFrame(
            {
                "run": run,
                "part": part,
                "epoch": metrics["epoch"],
                "value": metrics[prefix + quantity],
                "smoothed": metrics[prefix + quantity].ewm(alpha=1 - smoothing).mean(),
            }
        )
        for run, metrics in metrics_by_run.items()
        for part, prefix in PARTS.items()
    ]
    return pd.concat(rows, ignore_index=True)


_HOVER = alt.selection_point(
    name="hover",
    fields=["epoch"],
    on="pointerover",
    clear="pointerout",
    nearest=True,
    empty=False,
)


def _y(column: str, quantity: str, log: bool) -> alt.Y:
    return alt.Y(
        f"{column}:Q",
        title=TITLES[quantity],
        scale=alt.Scale(type="log") if log else alt.Scale(zero=False),
        axis=alt.Axis(format="~g"),
    )


def _mark(epoch: int) -> list[alt.Chart]:
    """Mark the epoch whose weights are kept."""
    base = alt.Chart(pd.DataFrame({"epoch": [epoch], "label": [f"kept: epoch {epoch}"]})).encode(
        x="epoch:Q"
    )
    return [
        base.mark_rule(color=theme.NEUTRAL, strokeDash=[4, 4]),
        base.mark_text(align="right", dx=-6, baseline="top", color=theme.NEUTRAL).encode(
            y=alt.value(4), text="label:N"
        ),
    ]
