"""Metrics of predicted redshifts, each named once: an entry of `HEADLINE` is all that one takes.

Everywhere d = z_pred - z_spec is the error and e = d / (1 + z_spec) the normalised error; a
positive value means that the prediction is too high. The metrics of densities stand in
`core.evaluation.calibration.SCORES`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.amounts import n_of
from core.errors import DataError
from core.evaluation.draws import Draws

# Inverse of the normal quantile at 3/4: makes a median absolute deviation a sigma.
MAD_TO_SIGMA = 1.4826
# Interquartile range of a normal distribution with sigma 1.
IQR_OF_NORMAL = 1.349

# Limits of |e| beyond which a galaxy is an outlier; RAIL's is so many sigma_IQR, or its least.
EAZY_LIMIT, STRICT_LIMIT = 0.15, 0.05
RAIL_SIGMAS, RAIL_LEAST = 3, 0.06


class DifferenceTexts(NamedTuple):
    """The numbers of a difference for people, to the same digits; '-' where there is none."""

    difference: str  # with its sign, as the ends have theirs
    standard_error: str
    low: str
    high: str


@dataclass(frozen=True)
class Definition:
    """What a number means, and how it is shown.

    Attributes
    ----------
    title : str
    formula : str
        In LaTeX.
    sentence : str
        What it tells.
    source : str
        Who defined it.
    percent : bool
        Whether it is a share, shown in per cent.
    decimals : int
        Places after the point, where it is no share.
    by_size : bool
        Whether two estimates are compared by its size, without its sign.
    ranks : bool
        Whether a lower value means a better estimate.
    """

    title: str
    formula: str
    sentence: str
    source: str
    percent: bool = False
    decimals: int = 4
    by_size: bool = False
    ranks: bool = True

    @property
    def compared_title(self) -> str:
        """The title where two estimates are compared."""
        return f"|{self.title}|" if self.by_size else self.title

    def compared_name(self, name: str) -> str:
        """Return what files call it where two estimates are compared, from its name elsewhere."""
        return f"abs_{name}" if self.by_size else name

    def as_compared(self, value: Any) -> Any:
        """Return a value, or an array of them, as two estimates are compared by it."""
        return abs(value) if self.by_size else value

    @property
    def unit(self) -> str:
        """What follows its numbers: a share is shown in per cent (see `shown`)."""
        return " %" if self.percent else ""

    @property
    def unit_of_difference(self) -> str:
        """What follows a difference of two of its numbers: that of two shares is no share."""
        return " percentage points" if self.percent else ""

    @property
    def title_of_difference(self) -> str:
        """The title of a column of differences, with their unit, if any."""
        unit = self.unit_of_difference.strip()
        return f"{self.compared_title} [{unit}]" if unit else self.compared_title

    def shown(self, value: Any) -> Any:
        """Return a value, or an array of them, in the unit in which it is shown."""
        return 100 * value if self.percent else value

    def text(self, value: float | None, *, decimals: int | None = None, sign: str = "") -> str:
        """Return a value in its unit, such as '0.0123' or '1.23 %'; '-' for none.

        `decimals` are those of a value that is no share, of which a share has two fewer;
        `sign` is '+' where also positive ones have one.
        """
        told = self.number(value, decimals=decimals, sign=sign)
        return told if told == "-" else told + self.unit

    def spread_text(self, value: float | None, *, decimals: int | None = None) -> str:
        """Return a standard deviation of such numbers as text, in the unit of differences."""
        told = self.number(value, decimals=decimals)
        return told if told == "-" else told + self.unit_of_difference

    def decimals_of_difference(
        self, standard_error: float | None, low: float | None, high: float | None
    ) -> int:
        """Return the decimals of a difference and its 95 % interval, as `text` takes them.

        Its own or more: two digits of the standard error are shown, and no end of an interval that
        leaves out 0 as 0.
        """
        nearest = 0.0 if low is None or high is None else max(low, -high)
        return max(self.decimals, _place(standard_error or 0.0) + 1, _place(nearest))

    def texts_of_difference(
        self,
        difference: float | None,
        standard_error: float | None,
        low: float | None,
        high: float | None,
    ) -> DifferenceTexts:
        """Return a difference of two values with its standard error and interval as texts."""
        how: dict[str, Any] = {
            "decimals": self.decimals_of_difference(standard_error, low, high),
            "sign": "+",
        }
        ends = (self.number(end, **how) for end in (low, high))
        error = self.number(standard_error, **how | {"sign": ""})
        return DifferenceTexts(self.number(difference, **how), error, *ends)

    def number(self, value: float | None, *, decimals: int | None = None, sign: str = "") -> str:
        """Return a value as `text` does, without its unit; what is shown as 0 has no sign."""
        if value is None or not np.isfinite(value):
            return "-"
        places = self.decimals if decimals is None else decimals
        text = f"{self.shown(value):{sign}z.{places - 2 if self.percent else places}f}"
        return text if float(text) else text.lstrip("+")

    def best(self, values: Mapping[Any, float]) -> list[Any]:
        """Return the labels of those values that are the lowest by the digits that are shown.

        None where the number does not rank. What differs by less than is shown is a tie: its
        smaller digits are rounding and chance.
        """
        if not self.ranks or not values:
            return []
        sizes = {label: self.as_compared(one) for label, one in values.items()}
        lowest = self.number(min(sizes.values()))
        return [label for label, size in sizes.items() if self.number(size) == lowest]

    def ends(self, low: float | None, high: float | None) -> str:
        """Return the ends of an interval in brackets, in the unit of the value; '' for none."""
        if low is None or high is None:
            return ""
        return f"[{self.number(low)}, {self.text(high)}]"


def _place(size: float) -> int:
    """Return the place of a number's first digit after the point; 0 of none above 0."""
    return -math.floor(math.log10(size)) if size > 0 else 0


@dataclass(frozen=True, kw_only=True)
class Metric(Definition):
    """A number of all galaxies, from one or more numbers of each."""

    # Takes the columns, each of shape (n,), unchecked, and returns the number.
    of: Callable[..., float]
    # The errors d and e, or columns of a table of predictions.
    columns: tuple[str, ...] = ("d", "e")
    # The number on each resample, shape (size,), faster than `of` on one after another.
    resampled: Callable[[Draws], np.ndarray] | None = None
    # Of a number that resampling makes larger than it is, so that it has no interval: takes n and
    # returns what chance alone stays below in 95 % of cases.
    limit: Callable[[int], float] | None = None
    # Whether it is a share beyond a limit that is the same in every resample, so that its interval
    # is that of a share.
    counts: bool = False
    compared: bool = True  # whether estimates are compared by it
    criterion: str = ""  # of several that differ in a limit: what a switch calls this one

    def __call__(self, *columns: np.ndarray) -> float:
        """Return the metric of these columns."""
        return float(self.of(*columns))

    def on(self, draws: Draws) -> np.ndarray:
        """Return the metric of each resample, shape (size,)."""
        if self.resampled is not None:
            return self.resampled(draws)
        columns = [draws[name] for name in self.columns]
        return np.array([self(*(column[rows] for column in columns)) for rows in draws.drawn])


def values(metrics: Mapping[str, Metric], columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return every metric of these columns, by name."""
    return {
        name: metric(*(columns[each] for each in metric.columns))
        for name, metric in metrics.items()
    }


def check_pair(z_spec: ArrayLike, z_pred: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return both redshifts as float64 arrays of shape (n,), n >= 1.

    A `DataError` says if an array is empty or not 1-D, the lengths differ, a value is not finite,
    or a true redshift is -1 or less.
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
                f"Expected finite redshifts; {name} is {values[bad[0]]} at index {bad[0]} "
                f"({n_of(len(bad), 'such galaxy')}). Remove these galaxies first."
            )
    if true.min() <= -1:
        row = int(true.argmin())
        raise DataError(f"Expected z_spec above -1; received {true[row]} at index {row}.")
    return true, predicted


def errors(z_spec: ArrayLike, z_pred: ArrayLike) -> dict[str, np.ndarray]:
    """Return d and e by name, each of shape (n,)."""
    true, predicted = check_pair(z_spec, z_pred)
    d = predicted - true
    return {"d": d, "e": d / (1 + true)}


def mae(z_spec: ArrayLike, z_pred: ArrayLike) -> float:
    """Return the mean absolute error, mean |d|: the dissertation's headline number."""
    return HEADLINE["mae"](*errors(z_spec, z_pred).values())


def _sigma_iqr(e: np.ndarray) -> float:
    low, high = np.percentile(e, [25, 75])
    return float((high - low) / IQR_OF_NORMAL)


def _resampled_sigma_iqr(draws: Draws) -> np.ndarray:
    return (draws.quantile(0.75) - draws.quantile(0.25)) / IQR_OF_NORMAL


WILSON = "its 95 % interval is Wilson's (1927, JASA 22, 209)"
SCHMIDT = "Schmidt, Malz et al. (2020), MNRAS 499, 1587"

HEADLINE: dict[str, Metric] = {
    "mae": Metric(
        "MAE",
        r"\mathrm{mean}\,|d|,\quad d = z_\mathrm{pred} - z_\mathrm{spec}",
        "Mean absolute error over all galaxies: how far off a prediction is on average.",
        "The dissertation behind xpz (2023)",
        of=lambda d, e: np.abs(d).mean(),
        resampled=lambda draws: draws.mean(np.abs(draws["d"])),
    ),
    "bias": Metric(
        "Bias",
        r"\mathrm{median}(e),\quad e = d / (1 + z_\mathrm{spec})",
        "Median normalised error: above zero, predictions are typically too high.",
        SCHMIDT,
        by_size=True,
        of=lambda d, e: np.median(e),
        resampled=lambda draws: draws.quantile(0.5),
    ),
    "sigma_nmad": Metric(
        "σ NMAD",
        r"1.4826\ \mathrm{median}\,|e - \mathrm{median}(e)|",
        "Scatter of the normalised error that outliers hardly affect; sigma if the error is "
        "normal.",
        "Brammer et al. (2008), ApJ 686, 1503",
        of=lambda d, e: MAD_TO_SIGMA * np.median(np.abs(e - np.median(e))),
        resampled=lambda draws: MAD_TO_SIGMA * draws.median_distance(draws.quantile(0.5)),
    ),
    "sigma_iqr": Metric(
        "σ IQR",
        r"(q_{75}(e) - q_{25}(e)) / 1.349",
        "Scatter from the middle half of the normalised errors; sigma if the error is normal.",
        SCHMIDT,
        of=lambda d, e: _sigma_iqr(e),
        resampled=_resampled_sigma_iqr,
    ),
    "rms": Metric(
        "RMS",
        r"\sqrt{\mathrm{mean}(e^2)}",
        "Root mean square of the normalised error, bias and outliers included.",
        "Dahlen et al. (2013), ApJ 775, 93",
        of=lambda d, e: np.sqrt(np.mean(e**2)),
        resampled=lambda draws: np.sqrt(draws.mean(draws["e"] ** 2)),
    ),
    "outlier_fraction_eazy": Metric(
        "Outliers, |e| > 0.15",
        r"\mathrm{share\ of\ } |e| > 0.15",
        "Share of galaxies with a catastrophic error by the usual photometric-redshift limit.",
        f"Ilbert et al. (2006), A&A 457, 841; used with EAZY; {WILSON}",
        percent=True,
        of=lambda d, e: np.mean(np.abs(e) > EAZY_LIMIT),
        resampled=lambda draws: draws.share_beyond(EAZY_LIMIT),
        counts=True,
        criterion="0.15",
    ),
    "outlier_fraction_strict": Metric(
        "Outliers, |e| > 0.05",
        r"\mathrm{share\ of\ } |e| > 0.05",
        "Share of galaxies beyond a tighter limit that suits redshifts below 0.6.",
        f"xpz; {WILSON}",
        percent=True,
        of=lambda d, e: np.mean(np.abs(e) > STRICT_LIMIT),
        resampled=lambda draws: draws.share_beyond(STRICT_LIMIT),
        counts=True,
        criterion="0.05",
    ),
    "outlier_fraction_rail": Metric(
        "Outliers, RAIL",
        r"\mathrm{share\ of\ } |e| > \max(0.06,\ 3\,\sigma_\mathrm{IQR})",
        "Share of galaxies beyond three times the run's own scatter, or 0.06 if that is larger.",
        "Graham et al. (2018), AJ 155, 1; RAIL",
        percent=True,
        # Its limit follows each estimate's own scatter: the worse one has fewer galaxies beyond.
        ranks=False,
        of=lambda d, e: np.mean(np.abs(e) > max(RAIL_LEAST, RAIL_SIGMAS * _sigma_iqr(e))),
        resampled=lambda draws: draws.share_beyond(
            np.maximum(RAIL_LEAST, RAIL_SIGMAS * _resampled_sigma_iqr(draws))
        ),
        criterion="RAIL",
    ),
}
"""The headline metrics, in the order in which they are shown; lower is better."""
