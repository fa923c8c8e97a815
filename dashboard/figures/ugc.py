"""Errors of Gaia's UGC beside another estimate's, with the redshifts it is not to be trusted at."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from core.comparison import BAD_ZONES, zone_name
from dashboard.figures import theme
from dashboard.figures.errors import AXIS_TITLES
from dashboard.figures.high_redshift import mean_errors


def by_predicted(tables: Mapping[str, pd.DataFrame], min_galaxies: int) -> alt.LayerChart:
    """Draw `mean_errors` by each estimate's own redshift, UGC's bad zones shaded."""
    low = min(float(table["z_low"].min()) for table in tables.values())
    high = max(float(table["z_high"].max()) for table in tables.values())
    zones = [
        {"zone": zone_name(*zone), "z": max(zone[0], low), "end": min(zone[1], high)}
        for zone in BAD_ZONES
        if zone[0] < high and zone[1] > low
    ]
    shades = (
        alt.Chart(pd.DataFrame(zones))
        # The outline keeps a zone of 0.001 visible.
        .mark_rect(color=theme.NEUTRAL, opacity=0.25, stroke=theme.NEUTRAL, strokeWidth=1)
        .encode(
            x=alt.X("z:Q", title=f"{AXIS_TITLES['z_pred']}, bins of 0.05"),
            x2=alt.X2("end:Q"),
            tooltip=theme.tips(zone="UGC's bad zone"),
        )
    )
    chart = mean_errors(tables, "z_pred", min_galaxies)
    return theme.layered(
        [shades, *chart.layer],
        "Mean error by predicted redshift, UGC's bad zones in grey",
        f"{chart.description}, with the zones in which UGC is unreliable",
        chart.height,
    )
