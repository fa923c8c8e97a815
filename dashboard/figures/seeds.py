"""How far a number scatters over runs that differ in their seed alone."""

import altair as alt
import pandas as pd

from core.amounts import n_of
from dashboard.figures import comparison, theme

ROW_HEIGHT, ROOM = 30, 90  # of a run, and for title and axis [pixels]


def scatter(table: pd.DataFrame, title: str, mean: float, std: float) -> alt.LayerChart:
    """Draw value, low and high of each run, a row each, over the mean and spread of all.

    `table` has run and seed as well; `title` is what the value is called. The interval of a run is
    over galaxies.
    """
    points = table.assign(
        label=[f"seed {seed}" for seed in table["seed"]],
        mean=mean,
        below=mean - std,
        above=mean + std,
    )
    band = (
        alt.Chart(points.head(1))
        .mark_rect(color=theme.OURS, opacity=0.15, tooltip=None)
        .encode(x=alt.X("below:Q", title=title, scale=alt.Scale(zero=False)), x2=alt.X2("above:Q"))
    )
    centre = theme.rule(alt.X("mean:Q", title=title), mean, strokeDash=[4, 4])
    labels = alt.Axis(labelLimit=comparison.LABEL_LIMIT, labelOverlap=False)
    base = alt.Chart(points).encode(
        y=alt.Y("label:N", title=None, sort=points["label"].tolist(), axis=labels),
        tooltip=theme.tips(
            run="Run", seed="Seed|", value=f"{title}|.5f", low="95 % from|.5f", high="95 % to|.5f"
        ),
    )
    bars = base.mark_rule(color=theme.OURS, strokeWidth=2, opacity=0.7).encode(
        x=alt.X("low:Q", title=title), x2=alt.X2("high:Q")
    )
    marks = base.mark_point(color=theme.OURS, filled=True, size=90, opacity=1).encode(
        x=alt.X("value:Q", title=title, axis=theme.PLAIN)
    )
    return theme.layered(
        [band, centre, bars, marks],
        f"{title} by seed",
        f"{title} of {n_of(len(table), 'run')} that differ in their seed alone, with 95 % "
        "intervals over galaxies, and the mean and standard deviation over the runs",
        ROW_HEIGHT * len(table) + ROOM,
    )
