"""Coverage of intervals: against what they promise, and along redshift."""

import altair as alt
import pandas as pd

from dashboard.figures import theme

COVERAGE_TITLE = "Measured coverage [%]"
HEIGHT = 300


def by_level(table: pd.DataFrame) -> alt.LayerChart:
    """Draw measured against nominal coverage, with its 95 % intervals and the diagonal.

    Parameters
    ----------
    table : pd.DataFrame
        level, n, coverage, coverage_low, coverage_high (shares), as
        `core.prediction.calibration.calibration.Calibration.coverage` returns it.

    Returns
    -------
    alt.LayerChart
    """
    points = _in_percent(table).assign(nominal=100 * table["level"])
    # On galaxies of another kind coverage may be far below.
    ends = [float(min(40, points["low"].min())), 100.0]
    scale = alt.Scale(domain=ends, nice=False)
    x = alt.X("nominal:Q", title="Nominal coverage [%]", scale=scale)
    y = alt.Y("measured:Q", title=COVERAGE_TITLE, scale=scale)
    diagonal = (
        alt.Chart(pd.DataFrame({"nominal": ends, "measured": ends}))
        .mark_line(color=theme.NEUTRAL, strokeWidth=1, tooltip=None)
        .encode(x=x, y=y)
    )
    tooltip = [alt.Tooltip("nominal:Q", title="Nominal [%]", format=".0f"), *_TOOLTIP]
    return alt.LayerChart(layer=[diagonal, *_with_errors(points, x, y, tooltip)]).properties(
        height=HEIGHT,
        title="Coverage by level, with 95 % errors",
        description=f"Measured coverage of the intervals at {len(table)} nominal levels, with the "
        "line on which they would be equal",
    )


def by_redshift(table: pd.DataFrame, level: float) -> alt.LayerChart:
    """Draw the coverage at one level per bin of z_pred, with its 95 % intervals.

    Parameters
    ----------
    table : pd.DataFrame
        As `core.evaluation.coverage.coverage_by_bin` returns it.
    level : float
        The nominal coverage.

    Returns
    -------
    alt.LayerChart
    """
    points = _in_percent(table).assign(z=(table["z_low"] + table["z_high"]) / 2)
    domain = [float(table["z_low"].min()), float(table["z_high"].max())]
    x = alt.X("z:Q", title="Predicted redshift z_pred", scale=alt.Scale(domain=domain, nice=False))
    y = alt.Y("measured:Q", title=COVERAGE_TITLE, scale=alt.Scale(domain=[0, 100], nice=False))
    nominal = (
        alt.Chart(pd.DataFrame({"measured": [100 * level]}))
        .mark_rule(color=theme.NEUTRAL, tooltip=None)
        .encode(y=y)
    )
    tooltip = [
        alt.Tooltip("z_low:Q", title="z_pred from", format=".2f"),
        alt.Tooltip("z_high:Q", title="z_pred to", format=".2f"),
        *_TOOLTIP,
    ]
    return alt.LayerChart(layer=[nominal, *_with_errors(points, x, y, tooltip)]).properties(
        height=HEIGHT,
        title=f"Coverage of {100 * level:.0f} % intervals by z_pred, with 95 % errors",
        description=f"Measured coverage of {100 * level:.0f} % intervals in {len(table)} bins of "
        "the predicted redshift",
    )


def _in_percent(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        measured=100 * table["coverage"],
        low=100 * table["coverage_low"],
        high=100 * table["coverage_high"],
    )


def _with_errors(
    points: pd.DataFrame, x: alt.X, y: alt.Y, tooltip: list[alt.Tooltip]
) -> list[alt.Chart]:
    base = alt.Chart(points).encode(x=x, tooltip=tooltip)
    low = alt.Y("low:Q", title=COVERAGE_TITLE)
    return [
        base.mark_rule(color=theme.OURS, strokeWidth=1.5, opacity=0.7).encode(y=low, y2="high:Q"),
        base.mark_point(color=theme.OURS, filled=True, size=70, opacity=1).encode(y=y),
    ]


_TOOLTIP = [
    alt.Tooltip("measured:Q", title="Measured [%]", format=".2f"),
    alt.Tooltip("low:Q", title="from [%]", format=".2f"),
    alt.Tooltip("high:Q", title="to [%]", format=".2f"),
    alt.Tooltip("n:Q", title="Galaxies", format=","),
]
