"""The dissertation's figures for a page: ours, with the published values where they are known."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.published import published
from core.data.statistics import AverageSpectrum
from core.report.document import Figure
from core.report.estimates import MIN_PER_BIN, Estimates, errors_by_redshift, planes
from core.report.figures import Series, cells, curves
from core.reproduction.cells import PUBLISHED
from core.spectra import FLUX_UNIT, N_BP

BAR_GAP = 0.006
"""Between the bars of two curves in a bin, in z."""

WAVELENGTH, FLUX = "Wavelength [nm]", f"Flux [{FLUX_UNIT}]"


def redshifts(histogram: pd.DataFrame, name: str) -> Figure:
    """Return the distribution of a data set's redshifts (Figure 9)."""
    theirs = published()
    series = [
        _stepped(name, histogram, histogram["fraction"]),
        Series(
            PUBLISHED,
            theirs.histogram_edges,
            theirs.histogram_fraction / np.diff(theirs.histogram_edges),
            stepped=True,
            reference=True,
        ),
    ]
    return Figure(
        curves(series, "z_spec", "Share of galaxies per unit of redshift"),
        f"Distribution of the redshifts of {name}, and the published one, which was read off a "
        "figure.",
    )


def averages(wavelength_nm: np.ndarray, found: Sequence[AverageSpectrum]) -> Figure:
    """Return the mean spectrum per range of redshift, the published ones dashed (Figure 11)."""
    theirs = published()
    flux = dict(zip(theirs.mean_flux_ranges, theirs.mean_flux, strict=True))
    series = []
    for each in (one for one in found if one.n_used):
        place, name = (each.z_low, each.z_high), f"z {each.z_low:g} to {each.z_high:g}"
        series.append(_spectrum(name, wavelength_nm, each.mean))
        if place in flux:
            series.append(replace(_spectrum("", wavelength_nm, flux[place]), beside=True))
    return Figure(
        curves(series, WAVELENGTH, FLUX),
        "Mean of up to 1,000 random spectra per range of redshift: BP on the left, RP on the "
        "right. Dashed: published, read off a figure.",
    )


def spectrum(
    wavelength_nm: np.ndarray, flux: np.ndarray, error: np.ndarray | None, z: float
) -> Figure:
    """Return the spectrum of one galaxy (Figure 12), with its errors where they are known."""
    one = _spectrum(f"z = {z:.4f}", wavelength_nm, flux)
    if error is not None and np.isfinite(error).all():
        gap = _with_gap(error)
        one = replace(one, low=one.y - gap, high=one.y + gap)
    errors = ", with its errors of one standard deviation" if one.low is not None else ""
    return Figure(curves([one], WAVELENGTH, FLUX), f"The spectrum of one galaxy{errors}.")


def split(histograms: pd.DataFrame) -> Figure:
    """Return the redshifts of the parts (Figure 13)."""
    series = [
        _stepped(str(part), own, own["fraction"])
        for part, own in histograms.groupby("part", sort=False)
    ]
    return Figure(
        curves(series, "z_spec", "Share of the part per unit of redshift"),
        "Redshifts of the training, validation and test part, each normalised to itself.",
    )


def errors(estimates: Estimates) -> Figure:
    """Return the mean error per bin of z_spec (Figure 16)."""
    theirs = published().table3
    z = ((theirs["z_low"] + theirs["z_high"]) / 2).to_numpy(float)
    mean, std = (theirs[name].to_numpy(float) for name in ("mean_error", "std"))
    series = [*errors_by_redshift(estimates, scatter=True)]
    series.append(Series(PUBLISHED, z, mean, mean - std, mean + std, reference=True))
    # Side by side, or their bars would hide one another.
    beside = BAR_GAP * (np.arange(len(series)) - (len(series) - 1) / 2)
    series = [replace(one, x=one.x + gap) for one, gap in zip(series, beside, strict=True)]
    return Figure(
        curves(series, "z_spec", "Mean error d", level=0.0),
        f"Mean error in bins of 0.05 of z_spec with {MIN_PER_BIN} galaxies or more. Bars: one "
        "standard deviation of the errors in the bin.",
    )


def histograms(predictions: Mapping[str, pd.DataFrame], bin_width: float = 0.01) -> list[Figure]:
    """Return true and predicted redshifts of each run (Figure 17)."""
    from core.evaluation.histograms import paired_histogram  # brings SciPy

    figures = []
    for name, table in predictions.items():
        paired = paired_histogram(table["z_spec"], table["z_pred"], bin_width)
        edges = np.append(paired["z_low"], paired["z_high"].iloc[-1])
        series = [
            Series("z_pred", edges, paired["n_pred"].to_numpy(float), stepped=True),
            Series("z_spec", edges, paired["n_spec"].to_numpy(float), stepped=True, reference=True),
        ]
        figures.append(
            Figure(
                curves(series, "Redshift", f"Galaxies per bin of {bin_width:g}"),
                f"{n_of(len(table), 'galaxy')} by true redshift, and by that of {name}.",
            )
        )
    return figures


def plane(estimates: Estimates) -> Figure:
    """Return predicted against true redshift, colour on a logarithmic scale (Figure 18)."""
    return Figure(
        cells(planes(estimates), "z_spec", "z_pred"),
        "Predicted against true redshift: galaxies per cell, from blue (one) to yellow, on a "
        "logarithmic scale; on the dotted line both agree.",
    )


def _stepped(name: str, histogram: pd.DataFrame, share: pd.Series) -> Series:
    edges = np.append(histogram["z_low"], histogram["z_high"].iloc[-1])
    return Series(name, edges, share.to_numpy(float) / np.diff(edges), stepped=True)


def _spectrum(name: str, wavelength_nm: np.ndarray, flux: np.ndarray) -> Series:
    return Series(name, _with_gap(wavelength_nm), _with_gap(flux))


def _with_gap(values: np.ndarray) -> np.ndarray:
    """Part BP from RP, so that no line joins them."""
    return np.insert(np.asarray(values, float), N_BP, np.nan)
