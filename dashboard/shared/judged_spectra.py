"""Where the spectra of the judged galaxies lie: their data set, or another one that has them."""

from dataclasses import dataclass

import numpy as np

from core.data import DatasetFile
from core.runs import Run
from dashboard.shared import state
from dashboard.shared import store as cache
from dashboard.shared.judged import Judged
from dashboard.shared.store import FileVersion


@dataclass(frozen=True, eq=False)
class JudgedSpectra:
    """The data set that has spectra of judged galaxies."""

    file: FileVersion
    rows: np.ndarray  # of each judged galaxy in it, (n,), -1 where it is not there

    @property
    def here(self) -> np.ndarray:
        """Which of the judged galaxies have their spectrum here, shape (n,), bool."""
        return self.rows >= 0

    @property
    def dataset(self) -> DatasetFile:
        """The data set, whose spectra are in its file; never change its arrays."""
        return cache.dataset(self.file)

    def flux(self, judged: np.ndarray) -> np.ndarray:
        """Return the spectra of some judged galaxies, all of them here, (m, 186) [e-/s]."""
        return self.dataset.rows(self.rows[judged], with_errors=False)[0]

    def flux_error(self, judged: int) -> np.ndarray | None:
        """Return the errors of one spectrum, shape (186,); None where the data set has none."""
        return cache.spectrum(self.file, int(self.rows[judged]))[1]

    def redshift_ugc(self) -> np.ndarray | None:
        """Return the redshifts of Gaia's UGC, shape (n,), NaN where unknown; None without any."""
        known = self.dataset.redshift_ugc
        if known is None:
            return None
        return np.where(self.here, known[self.rows], np.nan)


def of(run: Run, judged: Judged) -> JudgedSpectra | None:
    """Return where the spectra of the judged galaxies lie; None where there are none.

    Those of a run's test part are in its data set. Where that is not here, the data set in use
    may have some of them: the same source with the same redshift.
    """
    if judged.file is not None:
        rows = np.arange(len(judged.predictions)) if judged.rows is None else judged.rows
        return JudgedSpectra(judged.file, rows)
    entry = state.dataset_of(run.config.data) or state.current_dataset()
    if entry is None:
        return None
    rows = cache.rows_in(run, FileVersion.of(entry.path), judged.predictions)
    found = JudgedSpectra(FileVersion.of(entry.path), rows)
    return found if found.here.any() else None
