"""By how much the errors of runs differ from those of a reference: per galaxy, and per bin."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.amounts import n_of
from core.evaluation import METRICS
from dashboard.figures import above_axis, comparison, theme
from dashboard.figures.errors import AXIS_TITLES, FAINT, FEW

LEGEND_COLUMNS = 2
CHANGE, MAE_CHANGE = "|d| minus that of the reference", "MAE minus that of the reference"


def per_galaxy(
    table: pd.DataFrame, limit: float, name: str, names: Sequence[str]
) -> alt.LayerChart:
    """Draw the change of |d| of every galaxy of `core.comparison.paired_errors`, of the run `name`.

    The axis ends at `limit` on both sides; what lies beyond is marked there. `names` are all runs
    in the order of their colours.
    """
    points = _held(table, -limit, limit).assign(run=name, source=table["source_id"].astype(str))
    y = alt.Y("at:Q", title=CHANGE, scale=theme.exactly(-limit, limit), axis=theme.PLAIN)
    legend = comparison.key(LEGEND_COLUMNS, values=[name])
    base = alt.Chart(points).encode(
        x=alt.X("z_spec:Q", title=AXIS_TITLES["z_spec"], axis=alt.Axis(format="~g")),
        y=y,
        color=alt.Color("run:N", title=None, scale=comparison.color(names), legend=legend),
        tooltip=theme.tips(
            source="source_id",
            z_spec="z_spec|.4f",
            z_reference="z_pred of the reference|.4f",
            z_other="z_pred|.4f",
            change=f"{CHANGE}|+.4f",
        ),
    )
    look: dict[str, Any] = {"filled": True, "opacity": 0.45}
    marks = [base.transform_filter("!datum.beyond").mark_point(size=16, **look)]
    zero = theme.rule(alt.Y("at:Q", title=CHANGE), 0.0)
    return theme.layered(
        [*marks, *_arrows(base, points, size=50, **look), zero],
        above_axis.title("Galaxy by galaxy", int(points["beyond"].sum()), "beyond"),
        f"By how much |d| of {n_of(len(table), 'galaxy')} differs from that of the reference, "
        "over z_spec",
    )


def per_bin(table: pd.DataFrame, names: Sequence[str]) -> alt.LayerChart:
    """Draw `core.comparison.change_by_bin` of several runs, with the run's name in `run`.

    `names` are all runs in the order of their colours, the reference too. Bins of few galaxies are
    faint, and marked at the axis' end where their mean lies beyond; one galaxy alone has no
    interval.
    """
    shown = [name for name in names if name in set(table["run"])]
    width = float((table["z_high"] - table["z_low"]).iloc[0])
    # Side by side within the bin, so that the marks do not hide each other.
    place = {name: (i + 1) / (len(shown) + 1) for i, name in enumerate(shown)}
    low, high = _ends(table)
    points = _held(table, low, high).assign(
        z=table["z_low"] + width * (0.2 + 0.6 * table["run"].map(place)),
        opacity=[FAINT if n < FEW else 1.0 for n in table["n"]],
    )
    legend = comparison.key(LEGEND_COLUMNS, values=shown)
    y_title = MAE_CHANGE
    # Intervals are cut at the ends.
    ends = alt.Scale(domain=[low, high], nice=False, clamp=True)
    decimals = comparison.decimals_of_all(METRICS["mae"], table)
    base = alt.Chart(points).encode(
        x=alt.X(
            "z:Q",
            title=f"{AXIS_TITLES['z_spec']} (bins of {width:g})",
            scale=theme.exactly(points["z_low"].min(), points["z_high"].max()),
            axis=alt.Axis(format="~g"),
        ),
        color=alt.Color("run:N", title=None, scale=comparison.color(names), legend=legend),
        opacity=theme.OPACITY,
        tooltip=theme.tips(
            run="Run",
            z_low="z_spec from|.2f",
            z_high="z_spec to|.2f",
            change=f"{MAE_CHANGE}|+.{decimals}f",
            low=f"95 % from|+.{decimals}f",
            high=f"95 % to|+.{decimals}f",
            n="Galaxies|,",
        ),
    )
    bars = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2)
        .encode(y=alt.Y("low:Q", title=y_title, scale=ends), y2=alt.Y2("high:Q"))
    )
    placed = base.encode(y=alt.Y("at:Q", title=y_title, axis=theme.PLAIN, scale=ends))
    marks = placed.transform_filter("!datum.beyond").mark_point(filled=True, size=70)
    marks = marks.encode(
        shape=alt.Shape("run:N", title=None, scale=comparison.shape(names), legend=legend),
    )
    zero, title = alt.Y("at:Q", title=y_title), "Bin by bin, with 95 % intervals"
    return theme.layered(
        [theme.rule(zero, 0.0), bars, marks, *_arrows(placed, points, size=70, filled=True)],
        above_axis.title(title, int(points["beyond"].sum()), "beyond"),
        f"By how much the MAE of {n_of(len(shown), 'run')} differs from that of the reference, "
        f"in bins of {width:g} of the true redshift, with 95 % intervals",
        comparison.with_legend(theme.ALTAIR_HEIGHT, len(shown), LEGEND_COLUMNS),
    )


def _held(table: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    """Return where each change is drawn, `at`, and which lie `beyond` an axis from low to high."""
    change = table["change"]
    return table.assign(
        at=change.clip(low, high),
        beyond=(change < low) | (change > high),
        # Of what lies beyond, in its direction.
        angle=np.where(change < low, 180, 0),
    )


def _arrows(base: alt.Chart, points: pd.DataFrame, **look: Any) -> list[alt.Chart]:
    """Mark what lies beyond the axis; nothing where nothing does."""
    if not points["beyond"].any():
        return []
    beyond = base.transform_filter("datum.beyond")
    arrows = beyond.mark_point(shape="triangle-up", aria=False, **look)
    return [arrows.encode(angle=alt.Angle("angle:Q", scale=None))]


def _ends(table: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of an axis that holds the intervals of all bins but those of few galaxies.

    The intervals of two or three galaxies are so wide that the others would be points.
    """
    many = table[table["n"] >= FEW]
    held = (many if len(many) else table)[["change", "low", "high"]].to_numpy()
    low, high = min(0.0, float(np.nanmin(held))), max(0.0, float(np.nanmax(held)))
    room = 0.08 * (high - low) or 1e-6
    return low - room, high + room
