"""What the network of the judged run puts out for the judged galaxies, and densities from it."""

from dataclasses import dataclass

import numpy as np

from core.comparison import PriorTrade
from core.model import Mixtures
from core.prediction import Density, DensityCalibration
from core.runs import Run
from dashboard.shared import store
from dashboard.shared.judged import Judged
from dashboard.shared.store import FileVersion

# An answer under eight priors takes about 30 ms for a thousand galaxies.
MAX_GALAXIES = 60_000


@dataclass(frozen=True, eq=False)
class JudgedMixtures:
    """Mixtures of the judged galaxies, in the order of their predictions."""

    calibration: DensityCalibration
    mixtures: Mixtures
    z_spec: np.ndarray  # true redshifts, (n,)
    run: Run
    file: FileVersion | None  # the data set of the galaxies; none: the run's own test part

    def density(self, rows: np.ndarray) -> Density:
        """Return the calibrated densities of some galaxies."""
        return self.calibration.density(self.mixtures.take(rows)).filled()

    def prior_trade(self) -> PriorTrade:
        """Return the answers under flat priors, of at most `MAX_GALAXIES` evenly chosen."""
        n = len(self.z_spec)
        rows = np.linspace(0, n - 1, min(n, MAX_GALAXIES)).round().astype(int)
        mixtures, z_spec = self.mixtures.take(rows), self.z_spec[rows]
        return store.prior_trade(self.run, self.file, n, self.calibration, mixtures, z_spec)


def of(run: Run, judged: Judged) -> JudgedMixtures | None:
    """Return the mixtures of the judged galaxies; None where the run has lost those of its own."""
    found = store.calibration(run)
    if found is None or found.densities is None:
        return None
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
