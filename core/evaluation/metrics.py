"""Metrics of predicted redshifts, each a pure function of two 1-D arrays.

Everywhere d = z_pred - z_spec is the error and e = d / (1 + z_spec) the
normalised error; a positive value means that the prediction is too high.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.errors import ConfigError, DataError

CRITERIA = ("eazy", "strict", "rail")

# Inverse of the normal quantile at 3/4: makes a median absolute deviation a sigma.
MAD_TO_SIGMA = 1.4826
# Interquartile range of a normal distribution with sigma 1.
IQR_OF_NORMAL = 1.349

# Limits of |e| beyond which a galaxy is an outlier; RAIL's is so many sigma_IQR, or its least.
EAZY_LIMIT, STRICT_LIMIT = 0.15, 0.05
RAIL_SIGMAS, RAIL_LEAST = 3, 0.06


def check_pair(z_spec: ArrayLike, z_pred: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return both redshifts as float64 arrays of shape (n,), n >= 1.

    Raises
    ------
    DataError
        If an array is empty or not 1-D, the lengths differ, a value is not
        finite, or a true redshift is -1 or less.
    """
    true, predicted = np.asarray(z_spec, dtype=float), np.asarray(z_pred, dtype=float)
    if true.ndim != 1 or true.shape != predicted.shape:
        raise DataError(
            "Expected two 1-D arrays with one true and one predicted redshift per galaxy; "
            f"received the shapes {true.shape} (z_spec) and {predicted.shape} (z_pred)."
        )
    if not len(true):
        raise DataError("Expected at least one galaxy to evaluate; received empty arrays.")
    for name, values in (("z_spec", true), ("z_pred", predicted)):
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise DataError(
                f"Expected finite redshifts; {name} is {values[bad[0]]} in row {bad[0]} "
                f"({len(bad)} such rows). Remove these galaxies first."
            )
    if true.min() <= -1:
        row = int(true.argmin())
        raise DataError(f"Expected z_spec above -1; received {true[row]} in row {row}.")
    return true, predicted


def error(z_spec: ArrayLike, z_pred: ArrayLike) -> np.ndarray:
    """Return d = z_pred - z_spec, shape (n,)."""
    true, predicted = check_pair(z_spec, z_pred)
    return predicted - true


def normalised_error(z_spec: ArrayLike, z_pred: ArrayLike) -> np.ndarray:
    """Return e = (z_pred - z_spec) / (1 + z_spec), shape (n,)."""
    true, predicted = check_pair(z_spec, z_pred)
    return (predicted - true) / (1 + true)


def mae(z_spec: ArrayLike, z_pred: ArrayLike) -> float:
    """Return the mean absolute error, mean |d|: the dissertation's headline number."""
    return _mae(error(z_spec, z_pred))


def bias(z_spec: ArrayLike, z_pred: ArrayLike) -> float:
    """Return median e (Schmidt, Malz et al. 2020, MNRAS 499, 1587)."""
    return _bias(normalised_error(z_spec, z_pred))


def sigma_nmad(z_spec: ArrayLike, z_pred: ArrayLike) -> float:
    """Return 1.4826 median |e - median e|.

    The normalised median absolute deviation (Brammer et al. 2008, ApJ 686,
    1503); the standard deviation of e if e is normal.
    """
    return _sigma_nmad(normalised_error(z_spec, z_pred))


def sigma_iqr(z_spec: ArrayLike, z_pred: ArrayLike) -> float:
    """Return (q75 - q25) / 1.349 of e (Schmidt, Malz et al. 2020, MNRAS 499, 1587)."""
    return _sigma_iqr(normalised_error(z_spec, z_pred))


def rms(z_spec: ArrayLike, z_pred: ArrayLike) -> float:
    """Return sqrt(mean e^2), outliers included (Dahlen et al. 2013, ApJ 775, 93)."""
    return _rms(normalised_error(z_spec, z_pred))


def outlier_fraction(z_spec: ArrayLike, z_pred: ArrayLike, criterion: str = "eazy") -> float:
    """Return the share of galaxies whose |e| exceeds a limit, 0 to 1.

    Parameters
    ----------
    z_spec, z_pred : array-like, shape (n,)
        True and predicted redshifts.
    criterion : {'eazy', 'strict', 'rail'}
        Limit 0.15; limit 0.05; or max(0.06, 3 sigma_IQR) as in RAIL
        (Graham et al. 2018, AJ 155, 1).

    Raises
    ------
    ConfigError
        If the criterion is unknown.
    """
    if criterion not in CRITERIA:
        raise ConfigError(
            f"Outlier criterion: expected one of {', '.join(CRITERIA)}, received '{criterion}'."
        )
    return _outlier_fraction(normalised_error(z_spec, z_pred), _LIMITS[criterion])


def headline(z_spec: ArrayLike, z_pred: ArrayLike) -> dict[str, float]:
    """Return every metric of `HEADLINE` by name."""
    true, predicted = check_pair(z_spec, z_pred)
    d = predicted - true
    e = d / (1 + true)
    return {name: metric(d, e) for name, metric in HEADLINE.items()}


def _mae(d: np.ndarray) -> float:
    return float(np.abs(d).mean())


def _bias(e: np.ndarray) -> float:
    return float(np.median(e))


def _sigma_nmad(e: np.ndarray) -> float:
    return float(MAD_TO_SIGMA * np.median(np.abs(e - np.median(e))))


def _sigma_iqr(e: np.ndarray) -> float:
    low, high = np.percentile(e, [25, 75])
    return float((high - low) / IQR_OF_NORMAL)


def _rms(e: np.ndarray) -> float:
    return float(np.sqrt(np.mean(e**2)))


def _outlier_fraction(e: np.ndarray, limit: Callable[[np.ndarray], float]) -> float:
    return float(np.mean(np.abs(e) > limit(e)))


_LIMITS: dict[str, Callable[[np.ndarray], float]] = {
    "eazy": lambda e: EAZY_LIMIT,
    "strict": lambda e: STRICT_LIMIT,
    "rail": lambda e: max(RAIL_LEAST, RAIL_SIGMAS * _sigma_iqr(e)),
}

# Functions of the errors (d, e) rather than of redshifts: the bootstrap
# evaluates them a thousand times and must not check its input each time.
HEADLINE: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "mae": lambda d, e: _mae(d),
    "bias": lambda d, e: _bias(e),
    "sigma_nmad": lambda d, e: _sigma_nmad(e),
    "sigma_iqr": lambda d, e: _sigma_iqr(e),
    "rms": lambda d, e: _rms(e),
    "outlier_fraction_eazy": lambda d, e: _outlier_fraction(e, _LIMITS["eazy"]),
    "outlier_fraction_strict": lambda d, e: _outlier_fraction(e, _LIMITS["strict"]),
    "outlier_fraction_rail": lambda d, e: _outlier_fraction(e, _LIMITS["rail"]),
}


@dataclass(frozen=True)
class Definition:
    """What a number means: `formula` in LaTeX, one sentence, and who defined it."""

    title: str
    formula: str
    sentence: str
    source: str


_DISSERTATION = "The dissertation behind xpz (2023), Table 3"
_SCHMIDT = "Schmidt, Malz et al. (2020), MNRAS 499, 1587"

DEFINITIONS: dict[str, Definition] = {
    "mae": Definition(
        "MAE",
        r"\mathrm{mean}\,|d|,\quad d = z_\mathrm{pred} - z_\mathrm{spec}",
        "Mean absolute error over all galaxies: how far off a prediction is on average.",
        "The dissertation behind xpz (2023)",
    ),
    "bias": Definition(
        "Bias",
        r"\mathrm{median}(e),\quad e = d / (1 + z_\mathrm{spec})",
        "Median normalised error: above zero, predictions are typically too high.",
        _SCHMIDT,
    ),
    "sigma_nmad": Definition(
        "σ NMAD",
        r"1.4826\ \mathrm{median}\,|e - \mathrm{median}(e)|",
        "Scatter of the normalised error that outliers hardly move; sigma if the error is normal.",
        "Brammer et al. (2008), ApJ 686, 1503",
    ),
    "sigma_iqr": Definition(
        "σ IQR",
        r"(q_{75}(e) - q_{25}(e)) / 1.349",
        "Scatter from the middle half of the normalised errors; sigma if the error is normal.",
        _SCHMIDT,
    ),
    "rms": Definition(
        "RMS",
        r"\sqrt{\mathrm{mean}(e^2)}",
        "Root mean square of the normalised error, bias and outliers included.",
        "Dahlen et al. (2013), ApJ 775, 93",
    ),
    "outlier_fraction_eazy": Definition(
        "Outliers, |e| > 0.15",
        r"\mathrm{share\ of\ } |e| > 0.15",
        "Share of galaxies with a catastrophic error by the usual photometric-redshift limit.",
        "Ilbert et al. (2006), A&A 457, 841; used with EAZY",
    ),
    "outlier_fraction_strict": Definition(
        "Outliers, |e| > 0.05",
        r"\mathrm{share\ of\ } |e| > 0.05",
        "Share of galaxies beyond a tighter limit that suits redshifts below 0.6.",
        "xpz",
    ),
    "outlier_fraction_rail": Definition(
        "Outliers, RAIL",
        r"\mathrm{share\ of\ } |e| > \max(0.06,\ 3\,\sigma_\mathrm{IQR})",
        "Share of galaxies beyond three times the run's own scatter, or 0.06 if that is larger.",
        "Graham et al. (2018), AJ 155, 1; RAIL",
    ),
    "mean_error": Definition(
        "Mean error",
        r"\mathrm{mean}(d) \mathrm{\ in\ the\ bin}",
        "Mean signed error of the galaxies in a redshift bin: above zero, too high.",
        _DISSERTATION,
    ),
    "std": Definition(
        "Standard deviation",
        r"\mathrm{std}(d) \mathrm{\ in\ the\ bin}",
        "Spread of the signed errors in a redshift bin.",
        _DISSERTATION,
    ),
    "percent": Definition(
        "Share of data",
        r"100\, n_\mathrm{bin} / n",
        "Part of all galaxies that lies in a redshift bin, in per cent.",
        _DISSERTATION,
    ),
    "mean_absolute_bin_error": Definition(
        "Mean |bin error|",
        r"\mathrm{mean}_\mathrm{bins}\,|\mathrm{mean}(d)|",
        "Mean over redshift bins, each counted once, of the absolute mean error: errors cancel "
        "within a bin, so it is smaller than the MAE.",
        'The dissertation behind xpz (2023), its "MAE 0.013 for 0-0.35"',
    ),
}
