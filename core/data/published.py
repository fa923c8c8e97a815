"""The published numbers of the dissertation that this program reproduces."""

import functools
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class Published:
    """Results on 520,393 real Gaia DR3 spectra of SDSS DR16 galaxies, 0 <= z <= 0.6.

    What is called digitised was read off figures, with 1-2 % of reading error;
    everything else is printed in the dissertation's text and tables.

    Attributes
    ----------
    n_galaxies : int
    redshift_mean, redshift_median, redshift_std, redshift_skewness, redshift_kurtosis : float
        Moments of the redshifts; the kurtosis is the excess over a normal distribution.
    redshift_percentiles : dict of int to float
        Redshift at the percentiles 1, 5, 10, 25, 50, 75, 90, 95 and 99.
    table1 : pd.DataFrame
        Table 1, the galaxies that it shows: z, and the flux [e-/s per sample] of the first three
        and the last three samples, columns flux_0, flux_1, flux_2, flux_183, flux_184, flux_185.
    table3 : pd.DataFrame
        Table 3, a row per redshift bin: z_low, z_high, percent (of the data),
        mean_error and std of z_pred - z_spec.
    test_mae : float
        Mean absolute error on the test part.
    training : dict
        Printed facts of the training: epochs, batch_size, minutes, parameters, ...
    histogram_edges, histogram_fraction : np.ndarray, shapes (100,) and (99,)
        Figure 9, digitised: bin edges in redshift and the fraction of galaxies in each.
    mean_flux_ranges : tuple of (float, float)
        The six redshift ranges of Figure 11.
    mean_flux : np.ndarray, shape (6, 186)
        Mean spectrum of each range, digitised [e-/s per sample]; NaN where a
        curve could not be told from its neighbours.
    noise : dict of str to float
        High-pass rms [e-/s per sample] and lag-1 autocorrelation of the noise of
        seven published spectra, per band.
    """

    n_galaxies: int
    redshift_mean: float
    redshift_median: float
    redshift_std: float
    redshift_skewness: float
    redshift_kurtosis: float
    redshift_percentiles: dict[int, float]
    table1: pd.DataFrame
    table3: pd.DataFrame
    test_mae: float
    training: dict[str, Any]
    histogram_edges: np.ndarray
    histogram_fraction: np.ndarray
    mean_flux_ranges: tuple[tuple[float, float], ...]
    mean_flux: np.ndarray
    noise: dict[str, float]

    @property
    def table3_edges(self) -> np.ndarray:
        """Edges of Table 3's bins in redshift, shape (13,)."""
        return np.append(self.table3["z_low"], self.table3["z_high"].iloc[-1])

    @property
    def table3_percent(self) -> np.ndarray:
        """Share of the data in each of Table 3's bins, shape (12,) [percent]."""
        return self.table3["percent"].to_numpy()


@functools.cache
def published() -> Published:
    """Return the published numbers; shared, so never change its arrays."""
    path = Path(__file__).with_name("dissertation.json")
    values = json.loads(path.read_text(encoding="utf-8"))
    table3, histogram = values["table3"], values["redshift_histogram_digitised"]
    mean_flux = values["mean_flux_digitised"]
    n_bins = len(table3["percent_of_data"])
    # Rounded so that edges print and compare as 0.15, not 0.15000000000000002.
    edges = np.round(np.arange(n_bins + 1) * table3["bin_width"], 6)
    made = {
        "redshift_percentiles": {
            int(rank): z for rank, z in values["redshift_percentiles"].items()
        },
        "table1": pd.DataFrame(map(_example, values["table1_examples"])),
        "table3": pd.DataFrame(
            {
                "z_low": edges[:-1],
                "z_high": edges[1:],
                "percent": table3["percent_of_data"],
                "mean_error": table3["mean_error"],
                "std": table3["std"],
            }
        ),
        "histogram_edges": np.array(histogram["bin_edges"]),
        "histogram_fraction": np.array(histogram["fraction"]),
        "mean_flux_ranges": tuple((low, high) for low, high in mean_flux["redshift_ranges"]),
        "mean_flux": np.array(mean_flux["flux"], dtype=float),
        "noise": {name: n for name, n in values["noise_digitised"].items() if name != "note"},
    }
    return Published(**{f.name: (values | made)[f.name] for f in fields(Published)})


def in_print(value: float) -> str:
    """Return a published number with the digits that were printed, at most four decimals.

    A zero behind them would promise what was not measured.
    """
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _example(galaxy: dict[str, Any]) -> dict[str, float]:
    """Return a galaxy of Table 1 as a row."""
    row = {"z": galaxy["z"]}
    for samples in ("0_1_2", "183_184_185"):
        names = (f"flux_{sample}" for sample in samples.split("_"))
        row |= zip(names, galaxy[f"flux_{samples}"], strict=True)
    return row
