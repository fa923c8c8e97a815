"""Priors of redshift: for whom p(z) is meant, apart from galaxies like the training part's."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy
from numpy.typing import ArrayLike

from core.amounts import n_of
from core.config import require
from core.data.validation import InArrays, Where
from core.errors import ConfigError

DEFAULT_CAP = 100.0
"""More than half of the mean errors at high redshift are gone, for 2 % in the mean |error|."""

PRIORS = ("training", "flat", "galaxies", "magnitude")
"""Of priors that are told by their name alone."""

# Of the highest n(z), the share below which redshifts count as rare.
RARE = 0.1

# Width of the Gaussian that smooths the histogram of the training part [redshift]: narrower
# than any error of a redshift.
SMOOTHING = 0.01


@dataclass(frozen=True, eq=False)
class Prior:
    """A distribution of redshifts that p(z) shall assume.

    A network learns p(z | spectrum) of a galaxy drawn from its training part,
    which holds the training part's n(z) as a prior. Divided by it and
    multiplied by another, p(z) is that of a galaxy drawn from another
    population (Bayes; Bishop 2006, Pattern Recognition and Machine Learning,
    section 1.5.4, "compensating for class priors").

    Attributes
    ----------
    kind : str
        'training' (as it is), 'flat', 'table', 'galaxies' (those of a
        recalibration), or 'magnitude' (the same at the G of each source).
    cap : float
        At least 1: by how much rare redshifts are raised at most over the others.
    z, n : np.ndarray, shape (k,)
        Of a 'table': rising redshifts and the density there, in any unit;
        linear between them, 0 beyond them.
    """

    kind: str = "training"
    cap: float = DEFAULT_CAP
    z: np.ndarray | None = None
    n: np.ndarray | None = None

    training: ClassVar["Prior"]

    @classmethod
    def named(cls, kind: str, cap: float = DEFAULT_CAP) -> "Prior":
        """Return the prior of a kind that takes no table: one of `PRIORS`; else a `ConfigError`."""
        require(
            kind in PRIORS,
            f"Prior: expected {', '.join(PRIORS[:-1])} or {PRIORS[-1]}, received '{kind}'.",
        )
        return cls.training if kind == "training" else cls(kind, _checked(cap))

    @classmethod
    def flat(cls, cap: float = DEFAULT_CAP) -> "Prior":
        """Return the training part's n(z) made flat where galaxies are rare.

        As it is down to a tenth of its highest value; from there on no less than that, but raised
        by no more than the cap, which is at least 1 (`ConfigError`). A prior that is flat all over
        would cost more of the accuracy where most galaxies are.
        """
        return cls("flat", _checked(cap))

    @classmethod
    def galaxies(cls, cap: float = DEFAULT_CAP) -> "Prior":
        """Return the n(z) of the galaxies that a run was recalibrated with; the cap as of a table.

        `DensityCalibration.ratio_to` knows it.
        """
        return cls("galaxies", _checked(cap))

    @classmethod
    def magnitude(cls, cap: float = DEFAULT_CAP) -> "Prior":
        """Return n(z | G) of the galaxies that a run was recalibrated with; the cap as of a table.

        `DensityCalibration.under` knows it; a source without G keeps the prior that it has.
        """
        return cls("magnitude", _checked(cap))

    @classmethod
    def table(cls, z: ArrayLike, n: ArrayLike, cap: float = DEFAULT_CAP) -> "Prior":
        """Return a distribution given by its density at some redshifts.

        The training part's n(z) counts as no less than its highest value over the cap. A
        `ConfigError` says if the redshifts do not rise, if the density is negative, not finite, or
        0 everywhere, or if the cap is below 1.
        """
        z, n = np.asarray(z, float), np.asarray(n, float)
        check_table(z, n, InArrays("Prior"))
        return cls("table", _checked(cap), z, n)

    def ratio(self, z: np.ndarray, n_z: np.ndarray) -> np.ndarray:
        """Return this prior over that of the training part, but for a constant factor, shape (m,).

        For `Density.reweighted`, on a grid of redshifts `z` where the training part has the density
        `n_z` (see `training_density`). A prior of 0 all over the grid is a `ConfigError`.
        """
        if self.kind == "training":
            return np.ones(len(z))
        peak = n_z.max()
        if self.z is None or self.n is None:
            rare = RARE * peak
            return np.maximum(rare / np.maximum(n_z, rare / self.cap), 1)
        prior = np.interp(z, self.z, self.n, left=0, right=0)
        require(
            bool(prior.any()),
            f"Prior: expected a density above 0 somewhere from z = {z[0]:.2f} to {z[-1]:.2f}, "
            "the range of the run; received 0 everywhere there.",
        )
        ratio = prior / np.maximum(n_z, peak / self.cap)
        return ratio / ratio.max()

    def __str__(self) -> str:
        return self.kind if self.kind == "training" else f"{self.kind}, cap {self.cap:g}"


Prior.training = Prior()


def check_table(z: np.ndarray, n: np.ndarray, where: Where) -> None:
    """Raise a `ConfigError` unless the densities `n` at the redshifts `z` make a prior.

    It names the first wrong place, as people find it there, and how many there are.
    """
    require(
        z.ndim == 1 and z.shape == n.shape and len(z) >= 2,
        f"{where.name}: expected a table of at least two redshifts, each with one density; "
        f"received the shapes {z.shape} and {n.shape}.",
    )
    before = np.append(-np.inf, z[:-1])
    correct = "Correct or remove each such row."
    rising = "redshifts that increase from row to row"
    sort = "Sort the table by redshift and keep each redshift once."
    for column, values, wrong, expected, do in (
        ("z", z, ~np.isfinite(z), "a redshift", correct),
        ("z", z, z <= before, rising, sort),
        ("n", n, ~(np.isfinite(n) & (n >= 0)), "a density of 0 or more", correct),
    ):
        if not wrong.any():
            continue
        row, count = int(wrong.argmax()), int(wrong.sum())
        received = "no number" if np.isnan(values[row]) else f"{values[row]}"
        if column == "z" and values[row] <= before[row]:
            received += f" after {before[row]}"
        raise ConfigError(
            f"{where.name}: expected {expected}, received {received} {where.place(column, row)} "
            f"({n_of(count, 'value')} {'is' if count == 1 else 'are'} wrong; {where.counted}). {do}"
        )
    require(
        bool(n.any()),
        f"{where.name}: expected a density above 0 somewhere, received 0 in every row "
        f"of column '{where.called('n')}'.",
    )


def training_density(z_train: ArrayLike, z: np.ndarray, width: float = SMOOTHING) -> np.ndarray:
    """Return the density n(z) of a training part on a grid, shape (m,); it integrates to 1.

    A histogram about the points of a grid of equal steps, smoothed by a Gaussian of this `width`
    [redshift] and mirrored at the grid's ends.
    """
    step = float(z[1] - z[0])
    edges = np.append(z - step / 2, z[-1] + step / 2)
    counts = np.histogram(z_train, edges)[0].astype(float)
    # The first point stands for half a step: there are no galaxies below 0.
    counts[0] *= 2
    smooth = scipy.ndimage.gaussian_filter1d(counts, width / step, mode="reflect")
    return smooth / np.trapezoid(smooth, z)


def _checked(cap: float) -> float:
    require(
        bool(np.isfinite(cap)) and cap >= 1,
        f"Cap of the prior: expected a number of 1 or more, received {cap}.",
    )
    return float(cap)
