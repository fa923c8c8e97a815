"""What a sample looks like: distribution of its redshifts, average spectra."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.galaxies import Galaxies
from core.data.shape import shape_of
from core.data.split import Split
from core.errors import ConfigError, DataError

PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)

DEFAULT_RANGES = ((0.0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6))
"""The redshift ranges of the dissertation's average spectra."""


@dataclass(frozen=True)
class RedshiftSummary:
    """Moments and percentiles of a redshift distribution.

    Attributes
    ----------
    std : float
        Square root of the mean squared deviation (N in the denominator).
    skewness, kurtosis : float
        Third and fourth standardised moment; the kurtosis is the excess over a
        normal distribution. NaN where all redshifts are equal.
    percentiles : dict of int to float
        Redshift at each of `PERCENTILES`.
    """

    n: int
    mean: float
    median: float
    std: float
    skewness: float
    kurtosis: float
    percentiles: dict[int, float]


@dataclass(frozen=True, eq=False)
class AverageSpectrum:
    """Average of randomly chosen spectra in a range of redshift.

    Attributes
    ----------
    z_low, z_high : float
        The range, z_low <= z < z_high.
    n_available, n_used : int
        Galaxies in the range, and how many of them were averaged.
    mean, median, p16, p84 : np.ndarray, shape (186,)
        Mean, median and percentiles of the flux per sample [e-/s per sample], or of
        flux over mean flux; NaN where no galaxy lies in the range.
    """

    z_low: float
    z_high: float
    n_available: int
    n_used: int
    mean: np.ndarray
    median: np.ndarray
    p16: np.ndarray
    p84: np.ndarray


@dataclass(frozen=True, eq=False)
class SplitSummary:
    """How galaxies and their redshifts are shared out among the parts of a split.

    Attributes
    ----------
    hash : str
        Of the split.
    parts : pd.DataFrame
        Columns part, galaxies, percent (of all), median_z; NaN where a part is empty.
    histograms : pd.DataFrame
        As `redshift_histogram`, with the column part; a row per bin and part.
    """

    hash: str
    parts: pd.DataFrame
    histograms: pd.DataFrame


def redshift_histogram(z: np.ndarray, bin_width: float = 0.01) -> pd.DataFrame:
    """Count redshifts in bins of equal width that start at 0.

    Parameters
    ----------
    z : np.ndarray, shape (N,)
    bin_width : float
        The last bin reaches up to or beyond the highest redshift.

    Returns
    -------
    pd.DataFrame
        Columns z_low, z_high, count, fraction (of all) and cumulative_fraction,
        a row per bin; a redshift on an edge belongs to the bin above.

    Raises
    ------
    ConfigError
        If the width is not positive.
    DataError
        If there is no redshift.
    """
    if not bin_width > 0:
        raise ConfigError(f"Expected a bin width above 0, received {bin_width}.")
    z = _one_or_more(z)
    # Rounded so that edges are the numbers people type: 0.29, not 0.29000000000000004.
    n_bins = int(np.round(z.max() / bin_width, 9)) + 1
    edges = np.round(np.arange(n_bins + 1) * bin_width, 12)
    bins = np.clip(np.searchsorted(edges, z, side="right") - 1, 0, n_bins - 1)
    count = np.bincount(bins, minlength=n_bins)
    return pd.DataFrame(
        {
            "z_low": edges[:-1],
            "z_high": edges[1:],
            "count": count,
            "fraction": count / len(z),
            "cumulative_fraction": np.cumsum(count) / len(z),
        }
    )


def describe_redshifts(z: np.ndarray) -> RedshiftSummary:
    """Return moments and percentiles of the redshifts `z`, shape (N,)."""
    from scipy import stats  # takes a second, which not every reader of data should pay

    z = _one_or_more(z)
    spread = z.max() > z.min()
    return RedshiftSummary(
        n=len(z),
        mean=float(z.mean()),
        median=float(np.median(z)),
        std=float(z.std()),
        skewness=float(stats.skew(z)) if spread else float("nan"),
        kurtosis=float(stats.kurtosis(z)) if spread else float("nan"),
        percentiles={
            rank: float(value)
            for rank, value in zip(PERCENTILES, np.percentile(z, PERCENTILES), strict=True)
        },
    )


def describe_split(z: np.ndarray, split: Split, bin_width: float = 0.02) -> SplitSummary:
    """Return sizes and redshift distributions of the parts of galaxies of redshifts `z`, (N,)."""
    members = {part: z[getattr(split, part)] for part in ("train", "validation", "test")}
    parts = pd.DataFrame(
        {
            "part": part,
            "galaxies": len(own),
            "percent": 100 * len(own) / len(z),
            "median_z": np.median(own) if len(own) else np.nan,
        }
        for part, own in members.items()
    )
    histograms = [
        redshift_histogram(own, bin_width).assign(part=part)
        for part, own in members.items()
        if len(own)
    ]
    return SplitSummary(split.hash, parts, pd.concat(histograms, ignore_index=True))


def average_spectra(
    galaxies: Galaxies,
    ranges: Sequence[tuple[float, float]] = DEFAULT_RANGES,
    n_per_range: int = 1000,
    seed: int = 0,
    normalised: bool = False,
) -> list[AverageSpectrum]:
    """Average random spectra per redshift range, as in Figure 11 of the dissertation.

    Parameters
    ----------
    galaxies : Galaxies
        In memory, or in a file, of which only what is averaged is kept.
    ranges : sequence of (float, float)
        z_low <= z < z_high of each.
    n_per_range : int
        How many galaxies to draw per range without replacement; all of them
        where there are fewer.
    seed : int
        The choice in one range does not depend on the other ranges.
    normalised : bool
        Of the same galaxies, each spectrum over its own mean flux first
        (`core.data.shape.shape_of`): the scatter is that of the shape alone.

    Raises
    ------
    ConfigError
        If a range is empty or fewer than one galaxy is asked for.
    DataError
        As of `Galaxies.rows`.
    """
    if n_per_range < 1:
        raise ConfigError(f"Expected at least 1 galaxy per range, received {n_per_range}.")
    chosen, available = [], []
    for low, high in ranges:
        if not low < high:
            raise ConfigError(f"Expected a redshift range from low to high, received {low}-{high}.")
        inside = np.flatnonzero((galaxies.z >= low) & (galaxies.z < high))
        rng = np.random.default_rng(seed)
        chosen.append(np.sort(rng.choice(inside, min(n_per_range, len(inside)), replace=False)))
        available.append(len(inside))
    # All at once: the chosen ones of each range are spread over the whole file.
    flux, _ = galaxies.rows(np.concatenate([[], *chosen]).astype(int), with_errors=False)
    parts = np.split(flux, np.cumsum([len(rows) for rows in chosen]))[:-1]
    return [
        average_of(shape_of(part) if normalised else part, low, high, n)
        for part, (low, high), n in zip(parts, ranges, available, strict=True)
    ]


def average_of(flux: np.ndarray, z_low: float, z_high: float, n_available: int) -> AverageSpectrum:
    """Return the average of spectra or shapes, (n, 186), chosen among `n_available`.

    `z_low` and `z_high` say in which range of redshift they lie.
    """
    if len(flux):
        spectra = flux.astype(np.float64)
        mean = spectra.mean(axis=0)
        p16, median, p84 = np.percentile(spectra, (16, 50, 84), axis=0)
    else:
        mean, p16, median, p84 = np.full((4, flux.shape[1]), np.nan)
    return AverageSpectrum(z_low, z_high, n_available, len(flux), mean, median, p16, p84)


def _one_or_more(z: np.ndarray) -> np.ndarray:
    z = np.asarray(z, np.float64)
    if len(z) == 0:
        raise DataError("Expected at least one redshift, received none.")
    return z
