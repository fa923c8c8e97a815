"""Coverage of intervals: against what they promise, and along redshift."""

import altair as alt
import pandas as pd

from core.amounts import n_of
from core.evaluation import percent_axis
from dashboard.figures import theme
from dashboard.figures.errors import FAINT, FEW

COVERAGE_TITLE = "Measured coverage [%]"
HEIGHT = 300
_MEASURED = {
    "measured": "Measured [%]|.2f",
    "low": "from [%]|.2f",
    "high": "to [%]|.2f",
    "n": "Galaxies|,",
}


def by_level(table: pd.DataFrame) -> alt.LayerChart:
    """Draw measured against nominal coverage, as `Calibration.coverage` returns it."""
    points = _in_percent(table).assign(nominal=100 * table["level"])
    ends = percent_axis(table["coverage_low"])
    x = alt.X("nominal:Q", title="Nominal coverage [%]", scale=theme.exactly(*ends))
    y = alt.Y("measured:Q", title=COVERAGE_TITLE, scale=theme.exactly(*ends))
    equal = theme.diagonal(x, y, ("nominal", "measured"), ends)
    return theme.layered(
        [equal, *_with_errors(points, x, y, nominal="Nominal [%]|.0f")],
        "Coverage by level, with 95 % errors",
        f"Measured coverage of the intervals at {len(table)} nominal levels, with the line on "
        "which they would be equal",
        HEIGHT,
    )


def by_redshift(table: pd.DataFrame, level: float) -> alt.LayerChart:
    """Draw coverage at a nominal level per bin of z_pred, as `coverage_by_bin` returns it.

    Bins of fewer than `FEW` galaxies are faint.
    """
    points = _in_percent(table).assign(
        z=(table["z_low"] + table["z_high"]) / 2,
        opacity=[FAINT if n < FEW else 1.0 for n in table["n"]],
    )
    scale = theme.exactly(table["z_low"].min(), table["z_high"].max())
    x = alt.X("z:Q", title="Predicted redshift z_pred", scale=scale)
    y = alt.Y("measured:Q", title=COVERAGE_TITLE, scale=theme.exactly(0, 100))
    measured = _with_errors(points, x, y, z_low="z_pred from|.2f", z_high="z_pred to|.2f")
    return theme.layered(
        [theme.rule(y, 100 * level), *measured],
        f"Coverage of {100 * level:.0f} % intervals by z_pred, with 95 % errors",
        f"Measured coverage of {100 * level:.0f} % intervals in {n_of(len(table), 'bin')} of "
        "the predicted redshift",
        HEIGHT,
    )


def _in_percent(table: pd.DataFrame) -> pd.DataFrame:
    columns = {"measured": "coverage", "low": "coverage_low", "high": "coverage_high"}
    return table.assign(**{name: 100 * table[column] for name, column in columns.items()})


def _with_errors(points: pd.DataFrame, x: alt.X, y: alt.Y, **bins: str) -> list[alt.Chart]:
    base = alt.Chart(points).encode(x=x, tooltip=theme.tips(**bins, **_MEASURED))
    if "opacity" in points:
        base = base.encode(opacity=theme.OPACITY)
    return theme.with_errors(base, y, COVERAGE_TITLE, "low", "high")
