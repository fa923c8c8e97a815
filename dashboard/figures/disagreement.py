"""Galaxies of which several runs say different redshifts."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.figures import comparison, theme

ROW_HEIGHT = 24
ROOM = 140  # for title, axis and the first entry of the legend [pixels]
TRUE = "z_spec"


def redshifts(table: pd.DataFrame, names: Sequence[str]) -> alt.LayerChart:
    """Draw what each run says of each galaxy, and the true redshift: a row per galaxy.

    Parameters
    ----------
    table : pd.DataFrame
        galaxy (its label), z_spec and a column of predicted redshifts per run; the row that
        stands first is drawn on top.
    names : sequence of str
        Those columns, in the order of their colours.

    Returns
    -------
    alt.LayerChart
    """
    galaxies = table["galaxy"].tolist()
    y = alt.Y(
        "galaxy:N",
        title=None,
        sort=galaxies,
        axis=alt.Axis(labelLimit=200, labelOverlap=False, labelFlush=False),
    )
    x_title = "Redshift"
    predicted = table.melt(["galaxy", "z_spec"], list(names), var_name="run", value_name="z_pred")
    key = alt.Legend(
        orient="top",
        symbolOpacity=1,
        columns=1,
        labelExpr=comparison.SHORT_NAME,
        labelLimit=comparison.LABEL_LIMIT,
    )
    span = (
        alt.Chart(
            pd.DataFrame(
                {
                    "galaxy": galaxies,
                    "low": table[list(names)].min(axis=1),
                    "high": table[list(names)].max(axis=1),
                }
            )
        )
        .mark_rule(color=theme.NEUTRAL, strokeWidth=1.5, opacity=0.6, tooltip=None)
        .encode(y=y, x=alt.X("low:Q", title=x_title), x2="high:Q")
    )
    true = (
        alt.Chart(table[["galaxy", "z_spec"]])
        .mark_tick(color=theme.NEUTRAL, thickness=3, size=18)
        .encode(
            y=y,
            x=alt.X("z_spec:Q", title=x_title),
            tooltip=[
                alt.Tooltip("galaxy:N", title="source_id"),
                alt.Tooltip("z_spec:Q", title=TRUE, format=".4f"),
            ],
        )
    )
    points = (
        alt.Chart(predicted)
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            y=y,
            x=alt.X("z_pred:Q", title=x_title, axis=alt.Axis(format="~g")),
            color=alt.Color("run:N", title=None, scale=comparison.color(names), legend=key),
            shape=alt.Shape("run:N", title=None, scale=comparison.shape(names), legend=key),
            tooltip=[
                alt.Tooltip("galaxy:N", title="source_id"),
                alt.Tooltip("run:N", title="Run"),
                alt.Tooltip("z_pred:Q", title="z_pred", format=".4f"),
                alt.Tooltip("z_spec:Q", title=TRUE, format=".4f"),
            ],
        )
    )
    return alt.LayerChart(layer=[span, true, points]).properties(
        height=comparison.with_legend(ROW_HEIGHT * len(table) + ROOM, len(names), 1),
        title="Predicted redshifts; the grey bar is z_spec",
        description=f"Redshifts that {len(names)} runs predict for {len(table)} galaxies, with "
        "the true one",
    )
