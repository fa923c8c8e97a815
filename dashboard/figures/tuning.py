"""The trials of a search: the best so far, what decides, and what an error costs."""

import altair as alt
import numpy as np
import pandas as pd

from core.amounts import n_of
from core.tuning import label_of, pareto_front
from dashboard.figures import above_axis, theme

MAE_TITLE = "Validation MAE [redshift]"
COST_TITLES = {"cpu_seconds": "CPU time of the trial [s]", "parameters": "Parameters"}
COST_NAMES = {"cpu_seconds": "CPU time", "parameters": "number of parameters"}
TRIAL, FRONT, OWN = "trial", "no other is better in both", "the dissertation's network"
KINDS = {
    TRIAL: (theme.NEUTRAL, "circle", 55),
    FRONT: (theme.OURS, "circle", 80),
    OWN: (theme.REFERENCE, "diamond", 150),
}
# A network that only knows the mean redshift has about three times the error of a good one: what
# lies farther off came apart, and would press all others together.
FAR = 3.0


def history(trials: pd.DataFrame) -> alt.LayerChart:
    """Draw trial, state, mae (NaN: failed) and own (the dissertation's) in the order of ending."""
    data = trials[["trial", "state", "mae", "own"]].assign(
        number=range(1, len(trials) + 1), best=trials["mae"].cummin().ffill()
    )
    done, failed = data[data["mae"].notna()], data[data["mae"].isna()]
    x = alt.X(
        "number:Q",
        title="Trials ended",
        scale=theme.exactly(0.5, len(data) + 0.5),
        axis=alt.Axis(format="d", tickMinStep=1),
    )
    layers: list[alt.Chart] = []
    if len(done):
        layers += [
            alt.Chart(data[data["best"].notna()])
            .mark_line(
                interpolate="step-after", strokeWidth=2, color=theme.OURS, clip=True, tooltip=None
            )
            .encode(x=x, y=_mae_axis(done, "best")),
            *_points(done.assign(kind=np.where(done["own"], OWN, TRIAL)), x),
        ]
    if len(failed):
        layers.append(
            alt.Chart(failed)
            .mark_text(text="✕", fontSize=theme.TICK_SIZE, color=theme.REFERENCE)
            .encode(x=x, y=alt.YValue(8), tooltip=theme.tips(trial="Trial", state="state"))
        )
    return theme.layered(
        layers,
        above_axis.title("Each trial, and the best so far", n_beyond(done["mae"])),
        f"Validation MAE of {n_of(len(done), 'trial')} in the order in which they ended, with "
        "the lowest so far" + (f"; {len(failed)} failed" if len(failed) else ""),
    )


def costs(trials: pd.DataFrame, cost: str) -> alt.LayerChart:
    """Draw MAE against a cost, with the trials that no other one beats in both.

    Parameters
    ----------
    trials : pd.DataFrame
        Finished trials: trial, mae, `cost`, own.
    cost : {'cpu_seconds', 'parameters'}
        CPU time [s] or number of trainable parameters.
    """
    data = trials[["trial", "mae", "own", cost]].assign(
        front=pareto_front(trials[["mae", cost]].to_numpy(float))
    )
    front = data[data["front"]].sort_values(cost)
    data["kind"] = np.select([data["own"], data["front"]], [OWN, FRONT], TRIAL)
    x = alt.X(
        f"{cost}:Q",
        title=COST_TITLES[cost],
        scale=alt.Scale(type="log", nice=False, padding=18),
        axis=alt.Axis(format="~s" if cost == "parameters" else "~g"),
    )
    line = alt.Chart(front).mark_line(
        interpolate="step-after", strokeWidth=2, color=theme.OURS, tooltip=None
    )
    points = _points(data, x, **{cost: f"{COST_TITLES[cost]}|,.4~g"})
    return theme.layered(
        [line.encode(x=x, y=_mae_axis(data)), *points],
        above_axis.title(f"MAE against {COST_NAMES[cost]}", n_beyond(data["mae"])),
        f"Validation MAE of {n_of(len(data), 'trial')} against {COST_TITLES[cost]}; "
        f"beaten by no other one in both: {len(front)}",
    )


def importances(table: pd.DataFrame) -> alt.LayerChart:
    """Draw the importance of each hyperparameter, with one standard error to either side."""
    data = table.assign(
        label=[label_of(name) for name in table["name"]],
        low=table["importance"] - table["standard_error"],
        high=table["importance"] + table["standard_error"],
    )
    title = "Share of the variance of the trials' ranks"
    labels = alt.Axis(labelLimit=220, labelOverlap=False, labelFlush=False)
    base = alt.Chart(data).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=labels),
        tooltip=theme.tips(
            label="Hyperparameter", importance="Importance|.3f", standard_error="Standard error|.3f"
        ),
    )
    bars = base.mark_bar(color=theme.OURS, opacity=0.75, height={"band": 0.6}).encode(
        x=alt.X("importance:Q", title=title, axis=alt.Axis(format="~g", tickCount=8))
    )
    errors = base.mark_rule(color=theme.NEUTRAL, strokeWidth=2).encode(
        x=alt.X("low:Q", title=title), x2=alt.X2("high:Q")
    )
    return theme.layered(
        [bars, errors],
        "Importance of each hyperparameter, with its standard error",
        f"Importance of {n_of(len(data), 'hyperparameter')}, the largest first",
        max(120, 24 * len(data) + 40),
    )


def axis_top(mae: pd.Series) -> float:
    """Return where the axis of the errors of some trials ends; errors above it are marked there."""
    return float(min(mae.max(), FAR * mae.min()))


def n_beyond(mae: pd.Series) -> int:
    """Return how many errors lie above the end of the axis."""
    return int((mae > axis_top(mae)).sum()) if len(mae) else 0


def _points(data: pd.DataFrame, x: alt.X, **more: str) -> list[alt.Chart]:
    """Draw trials as points, by kind; the dissertation's network is a diamond.

    Those above the axis are marked at its end, in a layer of their own.
    """
    shown = [kind for kind in KINDS if (data["kind"] == kind).any()]
    legend = alt.Legend(orient="top", title=None, values=shown) if len(shown) > 1 else None
    colors, shapes, sizes = zip(*KINDS.values(), strict=True)
    y, tips = _mae_axis(data), theme.tips(trial="Trial", mae=f"{MAE_TITLE}|.5f", **more)
    # A trial is alone at its place along the axis: no marks in a pile.
    data = data.assign(beyond=data["mae"] > axis_top(data["mae"]), before=0)
    base = alt.Chart(data).encode(
        x=x, color=theme.named(alt.Color, "kind", list(KINDS), colors, legend=legend)
    )
    inside = (
        base.transform_filter("!datum.beyond")
        .mark_point(filled=True, opacity=0.9)
        .encode(
            y=y,
            shape=theme.named(alt.Shape, "kind", list(KINDS), shapes, legend=legend),
            size=theme.named(alt.Size, "kind", list(KINDS), sizes, legend=legend),
            tooltip=tips,
        )
    )
    return [inside, above_axis.beyond(base, y, tips)] if data["beyond"].any() else [inside]


def _mae_axis(data: pd.DataFrame, column: str = "mae") -> alt.Y:
    low, top = data["mae"].min(), axis_top(data["mae"])
    if pd.isna(low):
        return alt.Y(f"{column}:Q", title=MAE_TITLE)
    margin = 0.06 * (top - low) or 0.05 * low
    scale = theme.exactly(low - margin, top + margin)
    scale.clamp = True
    return alt.Y(f"{column}:Q", title=MAE_TITLE, scale=scale, axis=theme.PLAIN)
