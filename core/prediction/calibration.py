"""What a run knows of its own errors: intervals, training domain and limits of the flags."""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.atomic import replacing
from core.config import from_dict, to_dict
from core.data.dataset import Dataset
from core.errors import RunError, XpzError
from core.evaluation.coverage import LEVELS, coverage_row
from core.prediction.domain import Domain
from core.prediction.flag_limits import measure_limits
from core.prediction.flags import LEVEL, FlagLimits, set_flags
from core.prediction.intervals import Intervals
from core.prediction.predict import Predictor
from core.runs import Run
from core.spectra import Spectra


@dataclass(frozen=True, eq=False)
class Calibration:
    """Measured on a run's training and validation part, kept in the run.

    Attributes
    ----------
    intervals : Intervals
    domain : Domain
    limits : FlagLimits
    network_hash : str
        SHA-256 of the network's ONNX file that the errors are those of.
    """

    intervals: Intervals
    domain: Domain
    limits: FlagLimits
    network_hash: str

    @classmethod
    def fit(
        cls, training: Dataset, validation: Dataset, z_pred: np.ndarray, network_hash: str = ""
    ) -> "Calibration":
        """Calibrate predictions.

        Parameters
        ----------
        training, validation : Dataset
            The parts that the network was trained and validated with.
        z_pred : np.ndarray, shape (n_validation,)
            Predicted redshifts of the validation part.
        network_hash : str
            Of the network that predicted.

        Raises
        ------
        DataError
            If a part has too few galaxies.
        """
        intervals = Intervals.fit(z_pred, validation.z)
        domain = Domain.fit(training.flux, training.z, training.source_id, validation.flux)
        limits = measure_limits(
            validation.flux,
            validation.flux_error,
            validation.z,
            z_pred,
            z_train=training.z,
            intervals=intervals,
            max_distance=domain.threshold,
        )
        return cls(intervals, domain, limits, network_hash)

    def flags(self, spectra: Spectra, z: np.ndarray) -> np.ndarray:
        """Return the flags of predictions, shape (n,), int32; see `core.prediction.flags`.

        Parameters
        ----------
        spectra : Spectra
            Of n sources.
        z : np.ndarray, shape (n,)
            Their predicted redshifts; NaN where there is none.
        """
        distance = self.domain.distance(spectra.flux)
        return set_flags(spectra, z, *self.intervals.at(z, LEVEL), distance, self.limits)

    def coverage(
        self, z_spec: ArrayLike, z_pred: ArrayLike, levels: Sequence[float] = LEVELS
    ) -> pd.DataFrame:
        """Return how many true redshifts lie inside intervals of several levels.

        Parameters
        ----------
        z_spec, z_pred : array-like, shape (n,)
            True and predicted redshifts of galaxies that nothing was fitted to.
        levels : sequence of float
            Those that too few galaxies vouch for are left out.

        Returns
        -------
        pd.DataFrame
            level and the columns of `core.evaluation.coverage.coverage_row`.
        """
        known = [level for level in levels if level <= self.intervals.max_level]
        return pd.DataFrame(
            [
                {"level": level, **coverage_row(z_spec, *self.intervals.at(z_pred, level))}
                for level in known
            ]
        )

    def summary_coverage(self, predictions: pd.DataFrame) -> dict[str, float]:
        """Return the coverage of 68 % and 95 % intervals for summary.json, by per cent.

        Parameters
        ----------
        predictions : pd.DataFrame
            z_spec and z_pred of the test part.
        """
        table = self.coverage(predictions["z_spec"], predictions["z_pred"], (0.68, 0.95))
        names = [f"{100 * level:.0f}" for level in table["level"]]
        return dict(zip(names, table["coverage"].tolist(), strict=True))

    def save(self, path: Path) -> None:
        """Write arrays and limits as a compressed .npz file, beside its place, then rename."""
        header = {"limits": to_dict(self.limits), "network_hash": self.network_hash}
        arrays = {
            f"{part}_{name}": array
            for part, content in (("intervals", self.intervals), ("domain", self.domain))
            for name, array in content.to_arrays().items()
        }
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file, allow_pickle=False, header=np.array(json.dumps(header)), **arrays
            )

    @classmethod
    def load(cls, run: Run) -> "Calibration | None":
        """Return a run's calibration, or None where it has none.

        Raises
        ------
        RunError
            If the file is damaged or belongs to another network.
        """
        path = run.calibration_path
        if not path.is_file():
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            header = json.loads(str(arrays.pop("header")))
            calibration = cls(
                Intervals.from_arrays(_part(arrays, "intervals")),
                Domain.from_arrays(_part(arrays, "domain")),
                from_dict(FlagLimits, header["limits"], "limits"),
                header["network_hash"],
            )
        except (
            *(OSError, EOFError, zipfile.BadZipFile),
            *(ValueError, KeyError, TypeError, IndexError, XpzError),
        ) as error:
            raise RunError(
                f"{path}: expected a calibration as this program writes it, received a damaged or "
                f"foreign file ({error}). Make it anew: xpz calibrate --run {run.path}"
            ) from error
        if calibration.network_hash != hash_network(run):
            raise RunError(
                f"{path} was made for another network than {run.onnx_path.name} beside it. "
                f"Make it anew: xpz calibrate --run {run.path}"
            )
        return calibration


def calibrate(run: Run, training: Dataset, validation: Dataset) -> Calibration:
    """Calibrate a run's exported network with the run's own parts, and keep it in the run.

    Raises
    ------
    DataError
        If a part has too few galaxies.
    RunError
        If the network is missing or damaged.
    """
    z_pred = Predictor(run.path).predict(validation.flux)
    calibration = Calibration.fit(training, validation, z_pred, hash_network(run))
    calibration.save(run.calibration_path)
    return calibration


def hash_network(run: Run) -> str:
    """Return the SHA-256 of the run's ONNX file.

    Raises
    ------
    RunError
        If it is missing.
    """
    if not run.onnx_path.is_file():
        raise RunError(f"The network {run.onnx_path} is missing; was the run completed?")
    return hashlib.sha256(run.onnx_path.read_bytes()).hexdigest()


def _part(arrays: dict[str, np.ndarray], part: str) -> dict[str, np.ndarray]:
    prefix = f"{part}_"
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
