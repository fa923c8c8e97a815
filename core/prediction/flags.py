"""Flags: reasons not to trust a redshift, as bits of a whole number."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.data.noise import rough_squares
from core.data.validation import Z_MAX
from core.spectra import BANDS, N_SAMPLES, Spectra

LEVEL = 0.68
"""Level of the intervals that flags are made from, whichever the user asks to see."""

MIN_RUN = 8
"""Equal samples in a row that no noise gives: they were filled in."""

MIN_Z = -0.02
"""Predictions of galaxies at z = 0 scatter about that much below 0."""


_NO_ANSWER = f"the network's answer lies outside {MIN_Z:g} to {Z_MAX:g}, or where the prior is 0."


class Flag(enum.IntFlag):
    """What may be wrong with a redshift; `SENTENCES` says what each means."""

    MISSING_BAND = 1
    CLIPPED_BAND = 2
    LOW_SN = 4
    OUTSIDE_DOMAIN = 8
    EDGE_OF_RANGE = 16
    BAD_ZONE = 32
    WIDE_INTERVAL = 64
    NO_REDSHIFT = 128
    MULTIMODAL = 256
    OTHER_INSTRUMENT = 512


# What the run was calibrated with is its validation part, or galaxies that came later.
SENTENCES: dict[Flag, str] = {
    Flag.MISSING_BAND: "BP or RP has no flux at all: every sample is empty, or all are equal.",
    Flag.CLIPPED_BAND: "Part of BP or RP is missing: samples are empty, or "
    f"{MIN_RUN} or more in a row are equal.",
    Flag.LOW_SN: "Mean flux over noise is so low that galaxies like it, of those the run was "
    "calibrated with, scatter by more than twice the usual, or lower than of all but 1 % of them.",
    Flag.OUTSIDE_DOMAIN: "The spectrum is unlike those the run was trained on: its distance from "
    "them exceeds that of 99 % of those it was calibrated with.",
    Flag.EDGE_OF_RANGE: "The 68 % interval reaches beyond the redshifts of all but 0.1 % of the "
    "training galaxies at either end, or of those of a recalibration whose n(z) p(z) assumes.",
    Flag.BAD_ZONE: "Around this predicted redshift the galaxies the run was calibrated with are "
    "biased, have far more outliers than elsewhere, or are too few to tell.",
    Flag.WIDE_INTERVAL: "Half the 68 % interval, over 1 + z, is more than twice the median of the "
    "galaxies the run was calibrated with.",
    Flag.NO_REDSHIFT: "There is no redshift: the spectrum cannot be used (a band is missing, a "
    f"sample is empty or no number), or {_NO_ANSWER}",
    Flag.MULTIMODAL: "p(z) has a second peak, which rises by more than a tenth of the highest one "
    "above the valley between them: another redshift may be the true one.",
    Flag.OTHER_INSTRUMENT: "The spectrum is of another release of Gaia, or has other bases or "
    "samples, than those the run was trained on or recalibrated for; its redshift was asked for "
    "all the same.",
}


@dataclass(frozen=True)
class Zone:
    """Predicted redshifts from `low` to `high` that are unreliable, and why."""

    low: float
    high: float
    reason: str


@dataclass(frozen=True)
class FlagLimits:
    """What the flags are measured against, from the validation part of one run."""

    # Ratios below which it is low, by the flux errors (None where the validation part has none,
    # or only 0) and by the noise estimated from the spectrum itself.
    min_sn_by_error: float | None
    min_sn_by_flux: float
    max_distance: float  # threshold of the training domain
    # Redshifts between which all but 0.1 % of the training galaxies at either end lie.
    z_low: float
    z_high: float
    z_pred_low: float  # the lowest and the highest prediction in the validation part
    z_pred_high: float
    bad_zones: tuple[Zone, ...]
    max_half_width: float  # of a 68 % interval, over 1 + z


@dataclass(frozen=True, eq=False)
class FlagBasis:
    """What flags look at of the predictions for n sources, whatever interval or prior is shown."""

    z: np.ndarray  # NaN where there is none
    z_lower: np.ndarray  # both ends are of 68 % intervals
    z_upper: np.ndarray
    multimodal: np.ndarray  # bool, whether p(z) has a second peak

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> "FlagBasis":
        """Return the arrays that `change` makes of these."""
        return FlagBasis(*map(change, vars(self).values()))

    @classmethod
    def joined(cls, parts: Sequence["FlagBasis"]) -> "FlagBasis":
        """Join that of several groups of sources, one or more, in their order."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*map(np.concatenate, columns))


def spread(values: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    """Return an array of `n` with `values` in these rows, and NaN, or False, elsewhere."""
    whole = np.zeros(n, bool) if values.dtype == bool else np.full(n, np.nan)
    whole[rows] = values
    return whole


def words(flags: int, flux: np.ndarray | None = None, problem: str = "") -> dict[Flag, str]:
    """Return the sentences of the flags that one spectrum carries, lowest bit first.

    Parameters
    ----------
    flags : int
    flux : np.ndarray, shape (186,), optional
        With it, `NO_REDSHIFT` tells which of its reasons holds.
    problem : str
        What was wrong with the spectrum when its file was read, one more reason.
    """
    told = {flag: sentence for flag, sentence in SENTENCES.items() if flags & flag}
    reason = ""
    if flags & Flag.MISSING_BAND:
        reason = "a band is missing."
    elif problem:
        reason = problem
    elif flux is not None and not np.isfinite(flux).all():
        reason = "a sample is empty."
    elif flux is not None:
        reason = _NO_ANSWER
    if Flag.NO_REDSHIFT in told and reason:
        told[Flag.NO_REDSHIFT] = f"There is no redshift: {reason}"
    return told


def shares(flags: ArrayLike) -> dict[Flag, float]:
    """Return the share of sources that carry each flag.

    Parameters
    ----------
    flags : array-like of int, shape (n,), n >= 1
    """
    bits = np.asarray(flags)
    return {flag: float(np.mean((bits & flag.value) > 0)) for flag in Flag}


def set_flags(
    spectra: Spectra, basis: FlagBasis, distance: np.ndarray, limits: FlagLimits
) -> np.ndarray:
    """Return the flags of n spectra, shape (n,), int32; `distance`: from the training domain."""
    z, z_lower, z_upper = basis.z, basis.z_lower, basis.z_upper
    missing, clipped = missing_and_clipped(spectra.flux, spectra.unreadable)
    # Comparisons with NaN are false: what is not known is not flagged.
    zones = [(z >= zone.low) & (z < zone.high) for zone in limits.bad_zones]
    beyond = (z < limits.z_pred_low) | (z > limits.z_pred_high)
    marks = {
        Flag.MISSING_BAND: missing,
        Flag.CLIPPED_BAND: clipped,
        Flag.LOW_SN: has_low_sn(spectra.flux, spectra.flux_error, limits),
        Flag.OUTSIDE_DOMAIN: distance > limits.max_distance,
        Flag.EDGE_OF_RANGE: (z_lower < limits.z_low) | (z_upper > limits.z_high),
        Flag.BAD_ZONE: np.logical_or.reduce([beyond, *zones]),
        Flag.WIDE_INTERVAL: (z_upper - z_lower) / 2 / (1 + z) > limits.max_half_width,
        Flag.NO_REDSHIFT: ~np.isfinite(z),
        Flag.MULTIMODAL: basis.multimodal,
    }
    flags = np.zeros(len(spectra), np.int32)
    for flag, marked in marks.items():
        flags[marked] |= flag.value
    return flags


def usable(flux: np.ndarray) -> np.ndarray:
    """Return for which spectra a redshift can be predicted: both bands, all samples finite."""
    missing, _ = missing_and_clipped(flux)
    return np.isfinite(flux).all(axis=1) & ~missing


def missing_and_clipped(
    flux: np.ndarray, unreadable: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return which spectra lack a whole band, and which lack part of one.

    Parameters
    ----------
    flux : np.ndarray, shape (n, 186)
    unreadable : np.ndarray of bool, shape (n, 2), optional
        Bands that lack nothing, but hold something else than fluxes; see `Spectra`.

    Returns
    -------
    missing, clipped : np.ndarray of bool, shape (n,)
    """
    missing, clipped = np.zeros((2, len(flux)), bool)
    unreadable = np.zeros((len(flux), 2), bool) if unreadable is None else unreadable
    for samples, other in zip(BANDS, unreadable.T, strict=True):
        band = flux[:, samples]
        empty = ~np.isfinite(band)
        equal = band[:, 1:] == band[:, :-1]
        gone = empty.all(axis=1) | equal.all(axis=1)
        # A run of MIN_RUN equal samples is one of MIN_RUN - 1 equal neighbours.
        run = np.ones((len(band), band.shape[1] - MIN_RUN + 1), bool)
        for shift in range(MIN_RUN - 1):
            run &= equal[:, shift : shift + run.shape[1]]
        missing |= gone & ~other
        clipped |= ~gone & ~other & (empty.any(axis=1) | run.any(axis=1))
    return missing, clipped


def has_low_sn(flux: np.ndarray, flux_error: np.ndarray | None, limits: FlagLimits) -> np.ndarray:
    """Return which spectra have a low signal-to-noise ratio, shape (n,).

    By the flux errors where the spectrum and the validation part have them, else by the noise
    estimated from the spectrum.
    """
    low = signal_to_noise(flux) < limits.min_sn_by_flux
    if flux_error is not None and limits.min_sn_by_error is not None:
        ratio = signal_to_noise(flux, flux_error)
        low = np.where(np.isfinite(ratio), ratio < limits.min_sn_by_error, low)
    return low


def signal_to_noise(flux: np.ndarray, flux_error: np.ndarray | None = None) -> np.ndarray:
    """Return the signal-to-noise ratio of a typical sample, shape (n,).

    Mean flux over the root mean square of the flux errors, or, without errors, of what a polynomial
    of degree 9 per band leaves over. NaN where a sample is not finite.
    """
    if flux_error is None:
        squares = sum(rough_squares(flux[:, band]) for band in BANDS)
    else:
        squares = np.square(flux_error, dtype=float).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # no noise: infinite, or NaN of nothing
        return flux.mean(axis=1, dtype=float) / np.sqrt(squares / N_SAMPLES)
