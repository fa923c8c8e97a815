"""Galaxies of which several runs say different redshifts."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.amounts import n_of
from dashboard.figures import comparison, theme

ROW_HEIGHT = 24
LEGEND_COLUMNS = 3
ROOM = 140  # for title, axis and the first entry of the legend [pixels]


def redshifts(table: pd.DataFrame, names: Sequence[str]) -> alt.LayerChart:
    """Draw galaxy (its label), z_spec and the runs' z_pred, a row per galaxy, the first on top."""
    galaxies, said = table["galaxy"].tolist(), table[list(names)]
    labels = alt.Axis(labelLimit=200, labelOverlap=False, labelFlush=False)
    y = alt.Y("galaxy:N", title=None, sort=galaxies, axis=labels)
    x_title, key = "Redshift", comparison.key(LEGEND_COLUMNS)
    predicted = table.melt(["galaxy", "z_spec"], list(names), var_name="run", value_name="z_pred")
    ends = pd.DataFrame({"galaxy": galaxies, "low": said.min(axis=1), "high": said.max(axis=1)})
    span = (
        alt.Chart(ends)
        .mark_rule(color=theme.NEUTRAL, strokeWidth=1.5, opacity=0.6, tooltip=None)
        .encode(y=y, x=alt.X("low:Q", title=x_title), x2=alt.X2("high:Q"))
    )
    true = (
        alt.Chart(table[["galaxy", "z_spec"]])
        .mark_tick(color=theme.NEUTRAL, thickness=3, size=18)
        .encode(
            y=y,
            x=alt.X("z_spec:Q", title=x_title),
            tooltip=theme.tips(galaxy="source_id", z_spec="z_spec|.4f"),
        )
    )
    points = (
        alt.Chart(predicted)
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            y=y,
            x=alt.X("z_pred:Q", title=x_title, axis=alt.Axis(format="~g", tickCount=10)),
            color=alt.Color("run:N", title=None, scale=comparison.color(names), legend=key),
            shape=alt.Shape("run:N", title=None, scale=comparison.shape(names), legend=key),
            tooltip=theme.tips(
                galaxy="source_id", run="Run", z_pred="z_pred|.4f", z_spec="z_spec|.4f"
            ),
        )
    )
    return theme.layered(
        [span, true, points],
        "Predicted redshifts; the grey bar is z_spec",
        f"Redshifts of {n_of(len(table), 'galaxy')} as predicted by {n_of(len(names), 'run')}, "
        "with the true one",
        comparison.with_legend(ROW_HEIGHT * len(table) + ROOM, len(names), LEGEND_COLUMNS),
    )
