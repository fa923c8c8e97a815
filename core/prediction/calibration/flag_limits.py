"""What flags are measured against, found on a run's validation part."""

import numpy as np
import scipy

from core.data.dataset import Dataset
from core.evaluation.metrics import check_pair
from core.prediction.flags import LEVEL, FlagBasis, FlagLimits, Zone, signal_to_noise

N_SN_BINS = 20
MAX_SCATTER_RATIO = 2.0

ZONE_WIDTH = 0.02
MIN_PER_ZONE = 20
TOO_FEW = "too few galaxies to tell"
OUTLIER_SIGMAS = 3.0
MAX_OUTLIER_RATIO = 3.0
MAX_BIAS_SIGMAS = 0.5
ACCIDENT = 0.001

MAX_WIDTH_RATIO = 2.0
RANGE_TAIL = 0.001


def measure_limits(
    validation: Dataset, basis: FlagBasis, *, z_train: np.ndarray, max_distance: float
) -> FlagLimits:
    """Measure the limits of the flags on a validation part.

    `basis` is that of its predictions, calibrated with it; `z_train` are the redshifts of the
    training part, `max_distance` is the threshold of the training domain.
    """
    flux, flux_error = validation.flux, validation.flux_error
    true, predicted = check_pair(validation.z, basis.z)
    e = (predicted - true) / (1 + true)
    z_low, z_high = np.quantile(z_train, [RANGE_TAIL, 1 - RANGE_TAIL])
    half_width = (basis.z_upper - basis.z_lower) / 2 / (1 + predicted)
    by_error = None
    if flux_error is not None:
        ratio = signal_to_noise(flux, flux_error)
        known = np.isfinite(ratio)  # errors of 0 are none
        by_error = lowest_sn(ratio[known], e[known]) if known.any() else None
    return FlagLimits(
        min_sn_by_error=by_error,
        min_sn_by_flux=lowest_sn(signal_to_noise(flux), e),
        max_distance=max_distance,
        z_low=float(z_low),
        z_high=float(z_high),
        z_pred_low=float(predicted.min()),
        z_pred_high=float(predicted.max()),
        bad_zones=find_bad_zones(predicted, e),
        max_half_width=float(MAX_WIDTH_RATIO * np.median(half_width)),
    )


def lowest_sn(ratio: np.ndarray, e: np.ndarray) -> float:
    """Return the signal-to-noise ratio below which redshifts scatter too much.

    The n galaxies are cut into 20 bins of equal number by their ratio. From the lowest on, bins
    whose scatter (68 % of |e - median e| are below it, e the normalised error) exceeds twice that
    of all galaxies are low; where not even the first is, the lowest 1 % of the galaxies are.
    """
    order = np.argsort(ratio, kind="stable")
    deviation = np.abs(e - np.median(e))[order]
    limit = float(np.quantile(ratio, 0.01))
    for rows in np.array_split(np.arange(len(e)), min(N_SN_BINS, len(e))):
        if np.quantile(deviation[rows], LEVEL) <= MAX_SCATTER_RATIO * np.quantile(deviation, LEVEL):
            break
        limit = float(ratio[order[rows[-1]]])
    return limit


def find_bad_zones(z_pred: np.ndarray, e: np.ndarray) -> tuple[Zone, ...]:
    """Return the stretches of z_pred in which the validation part does badly.

    Stretches are 0.02 wide; neighbours with one reason are joined. A stretch is bad if it holds
    fewer than 20 galaxies; if its median e (normalised error) differs from 0 by more than half the
    scatter of all galaxies (half of the range from the 16th to the 84th percentile); or if its
    share of outliers, |e - median e| beyond three times that scatter, is more than three times that
    of all galaxies. Neither may be an accident (p < 0.001; the median by its standard error, the
    share by a binomial test), which any of the k stretches with 20 galaxies could have: each is
    tested with p < 0.001 / k (Bonferroni; Wasserman 2004, All of Statistics, section 10.7).
    """
    scatter = np.subtract(*np.quantile(e, [0.84, 0.16])) / 2
    outlier = np.abs(e - np.median(e)) > OUTLIER_SIGMAS * scatter
    cells, cell, n = np.unique(
        np.floor(np.round(z_pred / ZONE_WIDTH, 9)), return_inverse=True, return_counts=True
    )
    accident = ACCIDENT / max(1, int((n >= MIN_PER_ZONE).sum()))
    zones: list[Zone] = []
    for number, (before, at) in enumerate(zip([cells[0], *(cells[:-1] + 1)], cells, strict=True)):
        gap, low, high = (float(round(edge * ZONE_WIDTH, 9)) for edge in (before, at, at + 1))
        if before < at:
            _append(zones, Zone(gap, low, TOO_FEW))
        members = cell == number
        reason = _reason(e[members], outlier[members], scatter, float(outlier.mean()), accident)
        if reason:
            _append(zones, Zone(low, high, reason))
    return tuple(zones)


def _append(zones: list[Zone], zone: Zone) -> None:
    """Add a zone, or stretch the last one up to its end if both are one."""
    if zones and (zones[-1].high, zones[-1].reason) == (zone.low, zone.reason):
        zone = Zone(zones.pop().low, zone.high, zone.reason)
    zones.append(zone)


def _reason(
    e: np.ndarray, outlier: np.ndarray, scatter: float, usual: float, accident: float
) -> str:
    """Return why a stretch is bad, or ''; what may be by chance so probably is an accident."""
    n = len(e)
    if n < MIN_PER_ZONE:
        return TOO_FEW
    spread = np.subtract(*np.quantile(e, [0.84, 0.16])) / 2
    # The standard error of a median is sqrt(pi / 2) that of a mean, if the errors are normal.
    error = np.sqrt(np.pi / 2) * spread / np.sqrt(n)
    bias = float(np.median(e))
    if abs(bias) > max(MAX_BIAS_SIGMAS * scatter, scipy.stats.norm.isf(accident / 2) * error):
        return "predictions too high" if bias > 0 else "predictions too low"
    by_chance = scipy.stats.binomtest(int(outlier.sum()), n, usual, alternative="greater").pvalue
    if by_chance < accident and outlier.mean() > MAX_OUTLIER_RATIO * usual:
        return "many outliers"
    return ""
