"""What a run knows of its own errors: intervals, training domain and limits of the flags."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.config import from_dict, to_dict
from core.data.dataset import Dataset, Galaxies
from core.data.instrument import Instrument
from core.errors import RunError
from core.evaluation.calibration import coverage_by_pit
from core.evaluation.coverage import LEVELS, coverage_row
from core.model.mixture import Mixtures
from core.npz import read_npz, write_npz
from core.prediction.calibration.density_calibration import DensityCalibration
from core.prediction.calibration.domain import Domain, drawn
from core.prediction.calibration.flag_limits import TOO_FEW, measure_limits
from core.prediction.calibration.intervals import Intervals, highest_level
from core.prediction.calibration.training_spectra import TrainingSpectra
from core.prediction.flags import LEVEL, FlagBasis, FlagLimits, set_flags
from core.prediction.magnitude_prior import MagnitudeDensity
from core.prediction.predictor import Predictor
from core.runs import Run
from core.shell import command
from core.spectra import Spectra
from core.stored import is_there, parse_table, reading

IN_SUMMARY = (0.68, 0.95)
"""Levels whose coverage a summary tells."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Measured on a run's training and validation part, kept in the run.

    Attributes
    ----------
    intervals : Intervals or None
        Of a network that gives a redshift alone.
    densities : DensityCalibration or None
        Of a network with p(z): one of the two.
    domain : Domain
    limits : FlagLimits
    network_hash : str
        SHA-256 of the network's ONNX file that the errors are those of.
    spectra : TrainingSpectra or None
        What is kept of the training part's spectra; of older runs nothing is.
    instrument : Instrument or None
        Of the galaxies that it was measured on; None: of the run's own.
    """

    intervals: Intervals | None
    densities: DensityCalibration | None
    domain: Domain
    limits: FlagLimits
    network_hash: str
    spectra: TrainingSpectra | None = None
    instrument: Instrument | None = None

    @classmethod
    def fit(
        cls,
        training: Galaxies,
        validation: Dataset,
        predicted: np.ndarray | Mixtures,
        network_hash: str = "",
        rows: np.ndarray | None = None,
    ) -> "Calibration":
        """Calibrate what a network with this hash predicts.

        `predicted` are the redshifts, shape (n_validation,), or p(z) of the validation part; `rows`
        says which of `training` are the training part, by default all. A `DataError` says if a part
        has too few galaxies.
        """
        rows = np.arange(len(training)) if rows is None else rows
        z_train = training.z[rows]
        intervals = densities = None
        if isinstance(predicted, Mixtures):
            g_mag = None if training.g_mag is None else training.g_mag[rows]
            by_g = MagnitudeDensity.fit(z_train, g_mag)
            densities = replace(DensityCalibration.fit(predicted, validation.z, z_train), by_g=by_g)
            basis = densities.basis_of(predicted)
        else:
            intervals = Intervals.fit(predicted, validation.z)
            basis = intervals.basis(predicted)
        few = rows[drawn(len(rows))]
        flux, _ = training.rows(few, with_errors=False)
        domain = Domain.fit(flux, training.z[few], training.source_id[few], validation.flux)
        limits = measure_limits(validation, basis, z_train=z_train, max_distance=domain.threshold)
        spectra = TrainingSpectra.of(flux, len(rows))
        return cls(intervals, densities, domain, limits, network_hash, spectra)

    def refitted(self, galaxies: Dataset, predicted: np.ndarray | Mixtures) -> "Calibration":
        """Return this calibration fitted anew to galaxies that the network was not trained on.

        Few of them suffice. What spectra are usual and what flags go by is measured on them too,
        but for what takes many galaxies: the range of redshifts and the zones where the network
        does badly stay as they were, and zones that these galaxies show come to them. Where p(z)
        assumes the n(z) of these galaxies, the range of redshifts is no wider than theirs. A
        `DataError` says if there are too few.
        """
        intervals = densities = None
        if isinstance(predicted, Mixtures):
            assert self.densities is not None, "a network with p(z) has calibrated densities"
            own_by_g = MagnitudeDensity.fit(galaxies.z, galaxies.g_mag)
            densities = replace(self.densities.refitted(predicted, galaxies.z), own_by_g=own_by_g)
            basis = densities.basis_of(predicted)
        else:
            intervals = Intervals.refitted(predicted, galaxies.z)
            basis = intervals.basis(intervals.corrected(predicted))
        domain = self.domain.measured_on(galaxies.flux)
        found = measure_limits(galaxies, basis, z_train=galaxies.z, max_distance=domain.threshold)
        shown = tuple(zone for zone in found.bad_zones if zone.reason != TOO_FEW)
        before = self.limits
        low, high = before.z_low, before.z_high
        if densities is not None and densities.ratio is not None:
            low, high = max(low, found.z_low), min(high, found.z_high)
        limits = replace(
            found,
            z_low=low,
            z_high=high,
            z_pred_low=min(before.z_pred_low, found.z_pred_low),
            z_pred_high=max(before.z_pred_high, found.z_pred_high),
            bad_zones=(*before.bad_zones, *shown),
        )
        spectra = TrainingSpectra.of(galaxies.flux)
        return Calibration(
            intervals,
            densities,
            domain,
            limits,
            self.network_hash,
            spectra,
            galaxies.card.known_instrument,
        )

    @property
    def n_galaxies(self) -> int:
        """Galaxies of the validation part that intervals rest on."""
        if self.densities is not None:
            return self.densities.pit.n_galaxies
        assert self.intervals is not None, "a calibration has one of the two"
        return self.intervals.n_galaxies

    def flags(self, spectra: Spectra, basis: FlagBasis) -> np.ndarray:
        """Return the flags of predictions, shape (n,), int32; see `core.prediction.flags`."""
        return set_flags(spectra, basis, self.domain.distance(spectra.flux), self.limits)

    def coverage(
        self, predictions: pd.DataFrame, levels: Sequence[float] = LEVELS, *, own: bool = False
    ) -> pd.DataFrame:
        """Return how many true redshifts lie inside intervals of several levels.

        `predictions` are as `core.prediction.dataset.predict_dataset` returns them, of galaxies
        that nothing was fitted to. Columns: level and those of
        `core.evaluation.coverage.coverage_row`, without half_width for a network with p(z). Levels
        that too few galaxies vouch for are left out. `own`: they are those that a calibration anew
        was fitted to, each by one without it; without p(z) these have 68 % intervals alone.
        """
        known = [level for level in levels if level <= highest_level(self.n_galaxies)]
        if self.intervals is None:
            return coverage_by_pit(predictions["pit"], known)
        z_spec, z_pred = predictions["z_spec"], predictions["z_pred"]
        if own:
            row = coverage_row(z_spec, predictions["z_lower"], predictions["z_upper"])
            return pd.DataFrame([{"level": LEVEL, **row}])
        return pd.DataFrame(
            [
                {"level": level, **coverage_row(z_spec, *self.intervals.around(z_pred, level))}
                for level in known
            ]
        )

    def summary_coverage(self, predictions: pd.DataFrame) -> dict[str, float]:
        """Return the test part's coverage of 68 % and 95 % intervals, by "68" and "95"."""
        table = self.coverage(predictions, IN_SUMMARY)
        names = [f"{100 * level:.0f}" for level in table["level"]]
        return dict(zip(names, table["coverage"].tolist(), strict=True))

    def save(self, path: Path) -> None:
        """Write arrays and limits as a compressed .npz file, beside its place, then rename."""
        header = {"limits": to_dict(self.limits), "network_hash": self.network_hash}
        if self.instrument is not None:
            header["instrument"] = to_dict(self.instrument)
        arrays = {
            f"{part}_{name}": array
            for part in ("intervals", "densities", "domain", "spectra")
            if (content := getattr(self, part)) is not None
            for name, array in content.to_arrays().items()
        }
        write_npz(path, header=np.array(json.dumps(header)), **arrays)

    @classmethod
    def load(cls, run: Run) -> "Calibration | None":
        """Return a run's calibration, or None where it has none.

        A `RunError` says if the file is damaged or belongs to another network.
        """
        path = run.calibration_path
        if not is_there(path):
            return None
        anew = f"Make it again: {command('xpz', 'calibrate', '--run', run.path)}"
        with reading(path, anew, "a calibration as this program writes it"):
            arrays = read_npz(path)
            header = parse_table(str(arrays.pop("header")))
            if not all(np.isfinite(array).all() for array in arrays.values()):
                raise ValueError("not all of its numbers are finite")
            densities, spectra = _part(arrays, "densities"), _part(arrays, "spectra")
            calibration = cls(
                None if densities else Intervals.from_arrays(_part(arrays, "intervals")),
                DensityCalibration.from_arrays(densities) if densities else None,
                Domain.from_arrays(_part(arrays, "domain")),
                from_dict(FlagLimits, header["limits"], "limits"),
                header["network_hash"],
                TrainingSpectra.from_arrays(spectra) if spectra else None,
                None if (told := header.get("instrument")) is None
                else from_dict(Instrument, told, "instrument"),
            )  # fmt: skip
        if calibration.network_hash != hash_network(run):
            Predictor(run.path)  # says so where it is the network that is damaged
            raise RunError(
                f"{path} belongs to another network than {run.onnx_path.name} beside it. "
                f"Make it again: {command('xpz', 'calibrate', '--run', run.path)}"
            )
        return calibration


def calibrate(
    run: Run, training: Galaxies, validation: Dataset, rows: np.ndarray | None = None
) -> Calibration:
    """Calibrate a run's exported network with the run's own parts, and keep it in the run.

    `rows` says which of `training` are the training part, by default all. A `DataError` says if a
    part has too few galaxies, a `RunError` if the network is missing or damaged.
    """
    predictor = Predictor(run.path)
    predict = predictor.mixtures if predictor.head == "mixture" else predictor.predict
    predicted = predict(validation.flux, validation.flux_error)
    calibration = Calibration.fit(training, validation, predicted, hash_network(run), rows)
    calibration.save(run.calibration_path)
    return calibration


def hash_network(run: Run) -> str:
    """Return the SHA-256 of the run's ONNX file; a `RunError` if it is missing."""
    if not is_there(run.onnx_path):
        raise RunError(f"The network {run.onnx_path} is missing; was the run completed?")
    with reading(run.onnx_path):
        return hashlib.sha256(run.onnx_path.read_bytes()).hexdigest()


def _part(arrays: dict[str, np.ndarray], part: str) -> dict[str, np.ndarray]:
    named = ((name.partition("_"), array) for name, array in arrays.items())
    return {name: array for (of, _, name), array in named if of == part}
