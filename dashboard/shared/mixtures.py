"""What the network of the judged run puts out for the judged galaxies, and densities from it."""

from dataclasses import dataclass

import numpy as np

from core.comparison import PriorTrade
from core.model import Mixtures
from core.prediction import Density, DensityCalibration, Predictor
from core.questions import DensitiesOfData
from core.runs import Run
from dashboard.shared import store
from dashboard.shared.judged import Judged
from dashboard.shared.judged_spectra import JudgedSpectra
from dashboard.shared.questions import answered
from dashboard.shared.store import FileVersion


@dataclass(frozen=True, eq=False)
class JudgedMixtures:
    """Mixtures of the judged galaxies, in the order of their predictions."""

    calibration: DensityCalibration
    mixtures: Mixtures
    z_spec: np.ndarray  # true redshifts, (n,)
    run: Run
    file: FileVersion | None  # the data set of the galaxies; none: the run's own test part
    trade: PriorTrade | None = None  # answers under flat priors, where they are known already

    def density(self, rows: np.ndarray) -> Density:
        """Return the calibrated densities of some galaxies."""
        return self.calibration.density(self.mixtures.take(rows)).filled()

    def prior_trade(self) -> PriorTrade:
        """Return the answers under flat priors; see `core.questions.densities.trade_of`."""
        if self.trade is not None:
            return self.trade
        n = len(self.z_spec)
        return store.prior_trade(
            self.run, self.file, n, self.calibration, self.mixtures, self.z_spec
        )


def is_ready(run: Run, judged: Judged) -> bool:
    """Return whether `of` answers at once.

    Else a process of its own works on the densities of a large data set, and how far it is has been
    drawn.
    """
    return judged.asked is None or not judged.has_densities or _asked(judged) is not None


def of(run: Run, judged: Judged) -> JudgedMixtures | None:
    """Return the mixtures of the judged galaxies; None where the run has lost those of its own.

    Of a large data set they must be `is_ready`.
    """
    found = store.calibration(run)
    if found is None or found.densities is None:
        return None
    if judged.asked is not None:
        question = _asked(judged)
        if question is None:
            return None
        kept = store.densities_of(question)
        # Of the judged galaxies alone, in their order.
        return JudgedMixtures(
            found.densities, kept.mixtures, judged.z_spec, run, judged.file, kept.trade
        )
    if judged.file is not None:
        mixtures = store.mixtures(run, judged.file)
    elif run.densities_path.is_file():
        stored = store.densities(run)
        if not np.array_equal(stored.source_id, judged.predictions["source_id"]):
            return None
        mixtures = stored.mixtures
    else:
        return None
    if judged.rows is not None:
        mixtures = mixtures.take(judged.rows)
    return JudgedMixtures(found.densities, mixtures, judged.z_spec, run, judged.file)


def density_of(run: Run, judged: Judged, spectra: JudgedSpectra | None, row: int) -> Density | None:
    """Return the calibrated density of one judged galaxy; None where it cannot be known.

    Of a large data set it is predicted from the galaxy's own spectrum: nobody waits for the others.
    """
    if judged.asked is None:
        found = of(run, judged)
        return None if found is None else found.density(np.array([row]))
    calibration = store.calibration(run)
    if calibration is None or calibration.densities is None or spectra is None:
        return None
    error = spectra.flux_error(row)
    flux = spectra.flux(np.array([row]))
    mixtures = Predictor(run.path).mixtures(flux, None if error is None else error[None])
    return calibration.densities.density(mixtures).filled()


def _asked(judged: Judged) -> DensitiesOfData | None:
    return answered(DensitiesOfData, judged.asked)
