"""The curves of a search's trials over each other."""

import altair as alt
import pandas as pd

from core.amounts import n_of
from core.runs import axis_top
from dashboard.figures import above_axis, theme
from dashboard.figures.training import EPOCH

TITLES = {"val_mae": "Validation MAE [redshift]", "val_loss": "Validation loss"}
TITLE = "Validation of the trials per epoch"


def trial_curves(
    curves: pd.DataFrame, quantity: str, best: int, log: bool = False, *, whole: bool = False
) -> alt.LayerChart:
    """Draw a line per trial, the best one thick and in a colour of its own.

    Parameters
    ----------
    curves : pd.DataFrame
        trial, mae (its lowest), epoch and `quantity`, a row per trial and epoch.
    quantity : {'val_mae', 'val_loss'}
    best : int
        The one with the lowest MAE.
    log : bool
        Whether the axis is logarithmic.
    whole : bool
        Whether the axis shows first epochs that press all others together; else lines leave the
        plot towards them, and the title counts them.
    """
    data = curves.rename(columns={quantity: "value"})[["trial", "mae", "epoch", "value"]]
    data = data.assign(run=data["trial"])
    top = float("inf") if log or whole else axis_top(data, ["value"])
    data = above_axis.with_lines(data, "value", top, ("trial",))
    y = theme.values_axis("shown", TITLES[quantity], log, top)
    tips = theme.tips(
        trial="Trial", epoch="Epoch|", value=f"{TITLES[quantity]}|.5f", mae="Its lowest MAE|.5f"
    )
    scale = alt.Scale(range=list(theme.SEQUENTIAL), reverse=True)
    key = alt.Legend(title="Lowest MAE", gradientLength=160, format="~g", tickCount=4)
    color = alt.Color("mae:Q", scale=scale, legend=key)
    base = alt.Chart(data).encode(x=EPOCH)
    hover = theme.hover("trial", "epoch")
    layers = [
        above_axis.lines(base, strokeWidth=1.3, opacity=0.75).encode(y=y, color=color),
        above_axis.lines(
            alt.Chart(data[data["trial"] == best]).encode(x=EPOCH),
            strokeWidth=3,
            color=theme.REFERENCE,
        ).encode(y=y),
        above_axis.points(base)
        .mark_point(size=90, filled=True, color=theme.NEUTRAL)
        .encode(
            y=y,
            opacity=alt.when(hover).then(alt.value(1)).otherwise(alt.value(0)),
            tooltip=tips,
        )
        .add_params(hover),
    ]
    if not (log or whole):
        layers.append(above_axis.beyond(base, y, tips, color=theme.NEUTRAL))
    n = data["trial"].nunique()
    return theme.layered(
        layers,
        above_axis.title(TITLE, int(data["beyond"].sum())),
        f"{TITLES[quantity]} of {n_of(n, 'trial')} over {n_of(data['epoch'].max(), 'epoch')}; "
        f"the best of them, {best}, is thick",
    )
