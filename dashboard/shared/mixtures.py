"""What the network of the judged run puts out for the judged galaxies, and densities from it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.comparison.prior_trade import PriorTrade
from core.data.dataset import open_dataset
from core.model.mixture import Mixtures
from core.prediction.calibration.densities_file import Densities, read_densities
from core.prediction.calibration.density_calibration import DensityCalibration
from core.prediction.density import Density
from core.prediction.predictor import Predictor
from core.runs import Run
from dashboard.shared.calibrations import calibration_of
from dashboard.shared.judged import Judged
from dashboard.shared.store import FileVersion

# An answer under eight priors takes about 30 ms for a thousand galaxies.
MAX_GALAXIES = 60_000


@dataclass(frozen=True, eq=False)
class JudgedMixtures:
    """Mixtures of the judged galaxies, in the order of their predictions.

    Attributes
    ----------
    calibration : DensityCalibration
        Of the run.
    mixtures : Mixtures
    z_spec : np.ndarray, shape (n,)
        True redshifts.
    versions : tuple of FileVersion
        What all this was read from.
    """

    calibration: DensityCalibration
    mixtures: Mixtures
    z_spec: np.ndarray
    versions: tuple[FileVersion, ...]

    def density(self, rows: np.ndarray) -> Density:
        """Return the calibrated densities of some galaxies."""
        return self.calibration.density(self.mixtures.take(rows)).filled()

    def prior_trade(self) -> PriorTrade:
        """Return the answers under flat priors, of at most `MAX_GALAXIES` evenly chosen."""
        n = len(self.z_spec)
        rows = np.linspace(0, n - 1, min(n, MAX_GALAXIES)).round().astype(int)
        return _prior_trade(self.versions, n, self, rows)


def of(run: Run, judged: Judged) -> JudgedMixtures | None:
    """Return the mixtures of the judged galaxies; None where the run has lost those of its own."""
    calibration = calibration_of(run)
    if calibration is None or calibration.densities is None:
        return None
    if judged.file is not None:
        source = judged.file
        mixtures = _predicted(run.path, source, FileVersion.of(run.onnx_path))
    elif run.densities_path.is_file():
        source = FileVersion.of(run.densities_path)
        stored = _stored(run.path, source)
        if not np.array_equal(stored.source_id, judged.predictions["source_id"]):
            return None
        mixtures = stored.mixtures
    else:
        return None
    if judged.rows is not None:
        mixtures = mixtures.take(judged.rows)
    versions = (FileVersion.of(run.calibration_path), source)
    return JudgedMixtures(calibration.densities, mixtures, judged.z_spec, versions)


@st.cache_resource(max_entries=2, show_spinner="Reading the densities")
def _stored(run_path: Path, file: FileVersion) -> Densities:
    return read_densities(Run(run_path))


@st.cache_resource(max_entries=2, show_spinner="Predicting densities")
def _predicted(run_path: Path, file: FileVersion, network: FileVersion) -> Mixtures:
    predictor = Predictor(run_path)
    parts = [
        predictor.mixtures(spectra.flux, spectra.flux_error)
        for spectra in open_dataset(file.path).chunks()
    ]
    return Mixtures.joined(parts)


@st.cache_resource(max_entries=4, show_spinner="Answering under other priors")
def _prior_trade(
    versions: tuple[FileVersion, ...], n: int, _judged: JudgedMixtures, _rows: np.ndarray
) -> PriorTrade:
    return PriorTrade.measure(
        _judged.calibration, _judged.mixtures.take(_rows), _judged.z_spec[_rows]
    )
