"""The dissertation's average spectra (Figure 11), to lie over our own."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.data.published import Published
from core.data.statistics import AverageSpectrum
from core.spectra import FLUX_UNIT


def published_averages(
    wavelength_nm: np.ndarray, published: Published, averages: Sequence[AverageSpectrum]
) -> alt.Chart:
    """Draw, dashed, the published curve of every range that `averages` has too.

    Meant as a layer over `dashboard.figures.spectra.averages`, whose colours it takes.

    Parameters
    ----------
    wavelength_nm : np.ndarray, shape (186,)
        Central wavelengths [nm].
    published : Published
        The digitised curves [e-/s per sample].
    averages : sequence of AverageSpectrum
        Our own.

    Returns
    -------
    alt.Chart
    """
    ours = {(average.z_low, average.z_high) for average in averages if average.n_used}
    curves = [
        pd.DataFrame(
            {"wavelength_nm": wavelength_nm, "flux": flux, "range": f"{low:g}–{high:g}"}
        ).dropna()
        for (low, high), flux in zip(published.mean_flux_ranges, published.mean_flux, strict=True)
        if (low, high) in ours
    ]
    columns = ["wavelength_nm", "flux", "range"]
    data = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=columns)
    return (
        alt.Chart(data)
        .mark_line(strokeDash=[5, 3], strokeWidth=1.5)
        .encode(
            x="wavelength_nm:Q",
            y="flux:Q",
            color="range:N",
            tooltip=[
                alt.Tooltip("range:N", title="Published, redshift"),
                alt.Tooltip("wavelength_nm:Q", title="Wavelength [nm]", format=".1f"),
                alt.Tooltip("flux:Q", title=f"Mean [{FLUX_UNIT}]", format=".3f"),
            ],
        )
    )
