"""A run that gives redshifts: with intervals, flags and, where its network knows it, p(z)."""

import functools
import hashlib
import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from core.clock import utc_now
from core.config import require
from core.data.validation import Z_MAX
from core.errors import ConfigError, DamagedError
from core.model.scaling import check_shapes
from core.prediction.answer import Answer, check_question, estimate
from core.prediction.calibration.calibration import Calibration, hash_network
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER, DensityCalibration
from core.prediction.catalogue.columns import INTERVAL_NOTE, flag_bits
from core.prediction.catalogue.pz_file import DensityStore
from core.prediction.catalogue.with_own import COLUMNS, with_own
from core.prediction.density import Density
from core.prediction.flags import LEVEL, MIN_Z, Flag, missing_and_clipped, usable
from core.prediction.instrument import Expected
from core.prediction.magnitude_prior import has_g
from core.prediction.notices import Notice, interval_note, of_intervals
from core.prediction.predictor import Predictor
from core.prediction.prior import Prior
from core.prediction.seen import n_seen, read_seen
from core.runs import Run
from core.runs.finding import open_run
from core.spectra import Spectra

NO_G = "without a G magnitude, so not under the prior by G"
"""What an account calls spectra that a prior by magnitude could not serve."""

BLOCK_SPECTRA = 8192

# Called with the number of spectra done and their total, None while that is not known.
Progress = Callable[[int, int | None], None]


class Estimator:
    """A complete run, ready to give redshifts with intervals and flags.

    Parameters
    ----------
    run : Run, str or Path
        A complete run, its id or its folder. Without a calibration (`calibration` is None) it gives
        no intervals, and only the flags that need none.
    level : float
        Share of galaxies whose true redshift the interval from z_lower to
        z_upper is meant to hold, 0 to 1.
    prior : Prior
        For whom the answer is meant; any but the training part's takes a run
        with p(z).
    answer : str
        What of p(z) is given as z: one of `core.prediction.density.ANSWERS`.
    other_instrument : bool
        Whether spectra of another release or other bases than those that the run knows are
        predicted all the same, and flagged.

    Raises
    ------
    ConfigError
        If the level does not lie between 0 and 1, or is so high that the run's
        validation part is too small to vouch for it; or if the run has no p(z)
        to answer in this way.
    RunError
        If there is no such run, or its network or calibration is missing or damaged.

    Examples
    --------
    >>> import core
    >>> estimator = core.Estimator("compact-520k", level=0.95)
    >>> galaxies = core.load_dataset("data/simulated-20k.parquet").take(range(3))
    >>> table = estimator.predict(core.Spectra(galaxies.flux, galaxies.source_id))
    >>> len(table), bool((table["z_lower"] < table["z_upper"]).all())
    (3, True)
    """

    def __init__(
        self,
        run: Run | str | Path,
        level: float = LEVEL,
        *,
        prior: Prior = Prior.training,
        answer: str = DEFAULT_ANSWER,
        other_instrument: bool = False,
    ) -> None:
        require(
            0 < level < 1,
            f"Level of the intervals: expected a share between 0 and 1, received {level}.",
        )
        self.run = run = open_run(run)
        self.level = level
        self.prior = prior
        self.answer = answer
        self.calibration = Calibration.load(run)
        self.expected = Expected.of(run, self.calibration, any_other=other_instrument)
        check_question(self.calibration, level=level, prior=prior, answer=answer)
        if self.has_densities:
            # Refuses a prior that is 0 wherever the run knows redshifts.
            self._density_calibration.check(prior)
        self.predictor = Predictor(run.path)
        self.network_hash = hash_network(run)

    @property
    def provenance(self) -> dict[str, str | float]:
        """Where redshifts of this run come from, and when, and what flags mean: of a table."""
        data, own = self.run.config.learnt_from, self.run.config.data
        asked: dict[str, str | float] = {}
        if data is not own:
            asked = {"recalibrated_with": own.name, "recalibrated_hash": own.hash}
        if self.has_densities:
            asked |= {"answer": self.answer, "prior": str(self.prior)}
            if self._density_calibration.ratio is not None:
                asked["prior_before"] = f"n(z) of {self._density_calibration.assumed}"
        if self.prior.z is not None and self.prior.n is not None:
            table = np.array([self.prior.z, self.prior.n], float)
            asked["prior_sha256"] = hashlib.sha256(table.tobytes()).hexdigest()
        if self.interval_note:
            asked[INTERVAL_NOTE] = self.interval_note
        return {
            "run_id": self.run.run_id,
            "run_name": self.run.config.name,
            "network_sha256": self.network_hash,
            "data_name": data.name,
            "data_origin": data.origin,
            "data_hash": data.hash,
            "interval_level": self.level,
            **asked,
            "xpz_version": importlib.metadata.version("xpz"),
            "created": utc_now(),
            **flag_bits(),
        }

    @property
    def interval_note(self) -> str:
        """That intervals and p(z) are calibrated for another prior than that asked for, or ''."""
        return interval_note(self.calibration, self.prior)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is to be known of the run and the question before any spectrum is read."""
        return self.expected.notices + of_intervals(self.run, self.calibration, self.prior)

    @property
    def has_densities(self) -> bool:
        """Whether there is a calibrated p(z)."""
        return self.calibration is not None and self.calibration.densities is not None

    @property
    def density_z(self) -> np.ndarray:
        """Grid of redshifts of all densities, shape (m,), rising.

        Raises
        ------
        ConfigError
            If the run has no p(z).
        """
        return self._density_calibration.z

    @property
    def _density_calibration(self) -> DensityCalibration:
        if self.calibration is None or self.calibration.densities is None:
            raise ConfigError(
                f"{self.run.title} has no p(z): expected a calibrated run whose network has the "
                "head 'mixture'. Choose such a run, or train one."
            )
        return self.calibration.densities

    def predict(
        self,
        spectra: Spectra,
        progress: Progress | None = None,
        densities: DensityStore | None = None,
        name: str = "",
    ) -> pd.DataFrame:
        """Return a row for every spectrum, in their order.

        Parameters
        ----------
        spectra : Spectra
            Left as they are.
        progress : callable, optional
            Called with the number of spectra done and their total.
        densities : DensityStore, optional
            On the grid `density_z`; takes p(z) of every spectrum that has one.
        name : str
            Of the file of the spectra, for errors.

        Returns
        -------
        pd.DataFrame
            source_id (int64); z, z_lower, z_upper and sigma_z (float64), NaN
            where there is none; flags (int32, a sum of `core.prediction.flags.Flag`);
            z_spec, the redshift that the input gives, where it does (`Spectra.z`); the
            input's own columns, whose units, UCDs and descriptions are in its `attrs`. A name
            that is one of ours, also of those in `OF_SEVERAL`, gets the suffix '_input'. Of the
            column that z_spec is from, such a one holds only what z_spec does not tell: cells
            that are no redshift as they stand, such as -9999, a word or a velocity.

        Raises
        ------
        DataError
            If there are not 186 samples each, or spectra are of another instrument than the run
            knows and that was not allowed.
        """
        check_shapes(spectra.flux, spectra.flux_error)  # of all, before the blocks
        n = len(spectra)
        of_instrument = self.expected.flags(spectra, name)
        results = {name: np.full(n, np.nan) for name in COLUMNS[1:5]}
        flags = np.zeros(n, np.int32)
        for start in range(0, n, BLOCK_SPECTRA):
            rows = np.arange(start, min(start + BLOCK_SPECTRA, n))
            # Most callers bring a block at a time: that is not copied.
            block = spectra if len(rows) == n else spectra.take(rows)
            served, found = self._ask(block, keep_density=densities is not None)
            if densities is not None and found.density is not None:
                densities.add(block.source_id, served, found.density)
            found = found.spread(served, len(block))
            for name, values in results.items():
                values[rows] = getattr(found, name)
            flags[rows] = self._flags(block, found) | of_instrument[rows]
            if progress is not None:
                progress(int(rows[-1]) + 1, n)
        table = pd.DataFrame({"source_id": spectra.source_id, **results, "flags": flags})
        return with_own(table, spectra)

    def _ask(self, spectra: Spectra, *, keep_density: bool) -> tuple[np.ndarray, Answer]:
        """Return the rows of a block of spectra that get a redshift, and what is said of them."""
        good = usable(spectra.flux)
        good[list(spectra.problems)] = False
        rows = np.flatnonzero(good)
        flux_error = _known_errors(spectra)
        found = estimate(
            self.predictor,
            self.calibration,
            spectra.flux[rows],
            None if flux_error is None else flux_error[rows],
            level=self.level,
            prior=self.prior,
            answer=self.answer,
            keep_density=keep_density,
            g_mag=None if spectra.g_mag is None else spectra.g_mag[rows],
        )
        # A network answers anything, also -137 for a spectrum in other units.
        real = (found.z >= MIN_Z) & (found.z <= Z_MAX)
        return rows[real], found.take(real)

    def without_g(self, spectra: Spectra, table: pd.DataFrame) -> int:
        """Count spectra with a redshift in `table` that have no G and the prior goes by it."""
        if self.prior.kind != "magnitude":
            return 0
        known = table["z"].notna().to_numpy()
        g_mag = spectra.g_mag
        return int(known.sum() if g_mag is None else (known & ~has_g(g_mag)).sum())

    def n_seen(self, source_id: np.ndarray) -> int:
        """Count ids, int64 (n,), of galaxies that the run was trained or calibrated with.

        0 where the run does not keep those that it has seen.
        """
        return n_seen(source_id, self._seen)

    @functools.cached_property
    def _seen(self) -> np.ndarray | None:
        try:
            return read_seen(self.run)
        except DamagedError:  # redshifts take none of it; `of_unreadable` tells
            return None

    def densities(self, spectra: Spectra) -> tuple[Density, Density]:
        """Return p(z) under the prior asked for, and under the one that it is calibrated for.

        Parameters
        ----------
        spectra : Spectra
            All usable, a block at most.

        Raises
        ------
        ConfigError
            If the run has no p(z).
        """
        calibration = self._density_calibration
        usual = calibration.density(self.predictor.mixtures(spectra.flux, _known_errors(spectra)))
        return calibration.under(self.prior, usual, spectra.g_mag), usual

    def _flags(self, spectra: Spectra, found: Answer) -> np.ndarray:
        if self.calibration is not None:
            return self.calibration.flags(spectra, found.flag_basis)
        missing, clipped = missing_and_clipped(spectra.flux, spectra.unreadable)
        flags = missing * Flag.MISSING_BAND + clipped * Flag.CLIPPED_BAND
        return flags + np.isnan(found.z) * Flag.NO_REDSHIFT


def _known_errors(spectra: Spectra) -> np.ndarray | None:
    """Return the errors of spectra, (n, 186) [e-/s], NaN in all of a row that one is none of."""
    if spectra.flux_error is None or not spectra.notes:
        return spectra.flux_error
    errors = spectra.flux_error.copy()
    errors[list(spectra.notes)] = np.nan
    return errors
