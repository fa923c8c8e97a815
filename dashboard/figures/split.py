"""Redshifts of the training, validation and test part."""

import altair as alt
import pandas as pd

from dashboard.figures import theme

PARTS = ("train", "validation", "test")
DASHES = ([1, 0], [6, 3], [2, 2])


def parts(histograms: pd.DataFrame) -> alt.LayerChart:
    """Draw part, z_low, z_high, count, fraction of each part and bin as stepped lines."""
    present = [part for part in PARTS if (histograms["part"] == part).any()]
    n = len(present)
    legend = alt.Legend(orient="top")
    lines = (
        alt.Chart(histograms.assign(percent=100 * histograms["fraction"]))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("z_low:Q", title="Redshift z_spec", axis=theme.PLAIN),
            y=alt.Y("percent:Q", title="Share of the part per bin [%]", axis=theme.PLAIN),
            color=theme.named(alt.Color, "part", present, theme.CATEGORICAL[:n], legend=legend),
            # Told apart by dashes too: the lines lie on one another.
            strokeDash=theme.named(alt.StrokeDash, "part", present, DASHES[:n]),
            tooltip=theme.tips(
                part="Part",
                z_low="z_spec from|.3f",
                z_high="z_spec to|.3f",
                count="Galaxies|,",
                percent="Share [%]|.2f",
            ),
        )
    )
    return theme.layered(
        [lines],
        "Redshifts of the parts, each normalised to itself",
        f"Redshift distribution of the parts {', '.join(present)}, as shares",
    )
