"""Redshifts with intervals from any run: from the errors of a point estimate, or from p(z)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from core.config import require
from core.model.scaling import check_flux
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER
from core.prediction.calibration.intervals import check_level, holding
from core.prediction.density import ANSWERS, SIGMA_LEVELS, Density
from core.prediction.flags import LEVEL, FlagBasis, spread
from core.prediction.predictor import Predictor
from core.prediction.prior import Prior

# Spectra at once: their densities stay in the processor's cache.
CHUNK_SPECTRA = 1024


@dataclass(frozen=True, eq=False)
class Answer:
    """What a run says of n sources, float64, shape (n,); NaN where it says nothing."""

    z: np.ndarray
    z_lower: np.ndarray  # both ends are of the level asked for, and stretched to hold z
    z_upper: np.ndarray
    sigma_z: np.ndarray  # half the width of the 68 % interval
    # By the default answer under the training part's prior, whatever was asked for.
    flag_basis: FlagBasis
    # Calibrated, under the prior asked for, if it was to be kept.
    density: Density | None = None

    def _each(self, change: Callable[[np.ndarray], np.ndarray]) -> "Answer":
        numbers = {name: change(getattr(self, name)) for name in _NUMBERS}
        return Answer(**numbers, flag_basis=self.flag_basis.each(change), density=self.density)

    def take(self, rows: np.ndarray | slice) -> "Answer":
        """Return what is said of some sources."""
        density = None if self.density is None else self.density.take(rows)
        return replace(self._each(lambda values: values[rows]), density=density)

    def spread(self, rows: np.ndarray, n: int) -> "Answer":
        """Return the answer for `n` sources of which these are `rows`: nothing of the others.

        The densities, if any, stay those of `rows`.
        """
        return self._each(lambda values: spread(values, rows, n))

    @classmethod
    def joined(cls, parts: Sequence["Answer"]) -> "Answer":
        """Join answers, one or more, in their order."""
        kept = [part.density for part in parts if part.density is not None]
        numbers = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _NUMBERS
        }
        pdf = np.concatenate([density.pdf for density in kept]) if kept else None
        return cls(
            **numbers,
            flag_basis=FlagBasis.joined([part.flag_basis for part in parts]),
            density=None if pdf is None else Density(kept[0].z, pdf),
        )


_NUMBERS = ("z", "z_lower", "z_upper", "sigma_z")


# The matrices of a chunk are small: threads would wait for each other longer than they work.
@threadpool_limits.wrap(limits=1, user_api="blas")
def estimate(
    predictor: Predictor,
    calibration: Calibration | None,
    flux: np.ndarray,
    flux_error: np.ndarray | None = None,
    *,
    level: float = LEVEL,
    prior: Prior = Prior.training,
    answer: str = DEFAULT_ANSWER,
    keep_density: bool = False,
    g_mag: np.ndarray | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Answer:
    """Return the redshifts of spectra, with intervals.

    `flux` and `flux_error`, shape (n, 186) [e-/s per sample], are left as they are; errors may be
    None, or NaN. Without the run's `calibration` there are no intervals and no densities, and a
    network with p(z) gives its own mean. `level` of the galaxies shall have their redshift inside
    the interval; any `prior` but the training part's, and any other `answer` (of `ANSWERS`) than
    the default, takes p(z). Densities that are kept take 4 bytes for each source and step of the
    grid. `g_mag`, shape (n,) [mag], are for a prior by G. `progress` is called with the number of
    spectra done and their total.

    A `ConfigError` says if the run cannot answer in this way, a `DataError` if there are not 186
    samples each, or a flux is not finite.
    """
    check_question(calibration, level=level, prior=prior, answer=answer)
    densities = None if calibration is None else calibration.densities
    if densities is None:
        return _by_intervals(predictor.predict(flux, flux_error, progress), calibration, level)
    flux, parts = check_flux(flux, flux_error), []  # of all: the chunks count rows anew
    # At least one chunk, if an empty one: it says what no spectra give.
    for start in range(0, max(len(flux), 1), CHUNK_SPECTRA):
        rows = slice(start, start + CHUNK_SPECTRA)
        errors = None if flux_error is None else flux_error[rows]
        usual = densities.density(predictor.mixtures(flux[rows], errors))
        density = densities.under(prior, usual, None if g_mag is None else g_mag[rows])
        part = read_answer(density, densities.basis(usual), level=level, answer=answer)
        parts.append(part if keep_density else replace(part, density=None))
        if progress is not None and len(flux):
            progress(min(rows.stop, len(flux)), len(flux))
    return Answer.joined(parts)


def read_answer(
    density: Density, flag_basis: FlagBasis, *, level: float = LEVEL, answer: str = DEFAULT_ANSWER
) -> Answer:
    """Read redshifts and central intervals from the calibrated densities of n sources.

    They are under the prior asked for; `flag_basis` is that of `DensityCalibration.basis`, `level`
    and `answer` are as for `estimate`.
    """
    ends = ((1 - level) / 2, (1 + level) / 2)
    lower, upper, low, high = density.quantile((*ends, *SIGMA_LEVELS)).T
    z = density.point(answer)
    # A prior may leave nothing of a density.
    basis = replace(flag_basis, z=np.where(np.isnan(z), np.nan, flag_basis.z))
    return Answer(z, *holding(z, lower, upper), (high - low) / 2, basis, density)


def check_question(
    calibration: Calibration | None, *, level: float, prior: Prior, answer: str
) -> None:
    """Raise a `ConfigError` unless a run of this calibration can be asked in this way."""
    require(answer in ANSWERS, f"Answer: expected one of {ANSWERS}, received '{answer}'.")
    if calibration is not None:
        check_level(level, calibration.n_galaxies)
    require(
        (calibration is not None and calibration.densities is not None)
        or (prior.kind == "training" and answer == DEFAULT_ANSWER),
        f"Another prior than the training part's, and another answer than the {DEFAULT_ANSWER}, "
        "need a run with p(z): a calibrated run whose network has the head 'mixture'. Choose "
        "such a run, or keep the default prior and answer.",
    )


def _by_intervals(z: np.ndarray, calibration: Calibration | None, level: float) -> Answer:
    """Return the answer of a run without densities, or without any calibration."""
    if calibration is None or calibration.intervals is None:
        unknown = np.full(len(z), np.nan)
        basis = FlagBasis(z, unknown, unknown, np.zeros(len(z), bool))
        return Answer(z, unknown, unknown, unknown, basis)
    intervals = calibration.intervals
    z = intervals.corrected(z)
    ends = intervals.around(z, level)
    return Answer(z, *ends, intervals.half_width(z, LEVEL), intervals.basis(z))
