"""Intervals and flags for a run that was trained before there were any."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.dataset import Galaxies, open_dataset, read_some
from core.data.dataset_file import DatasetFile
from core.data.split import split_by_source
from core.errors import DataError, RunError
from core.evaluation.report import evaluate_table
from core.prediction.calibration.calibration import Calibration, calibrate
from core.prediction.calibration.densities_file import read_densities
from core.prediction.dataset import keep_predictions, validation_mae
from core.prediction.predictor import Predictor
from core.runs import SUMMARY_SCHEMA, VALIDATED_MAE, Run

# ONNX Runtime differs between processors by a few 1e-7; another network, by far more.
MAX_DIFFERENCE = 1e-4


def recalibrate(run: Run, data: Path | None = None) -> tuple[Calibration, pd.DataFrame]:
    """Calibrate a complete run with the data set that it was trained on.

    Nothing is written before all is checked: the data set and the parts are
    those of the run, and the network gives the redshifts that the run holds.
    Then calibration, predictions (with intervals and flags), p(z) where the
    network gives it, and summary (with coverage) are replaced, each as a whole.

    Parameters
    ----------
    run : Run
        Complete, and not at work.
    data : Path, optional
        Where the data set lies; by default where the run says.

    Returns
    -------
    calibration : Calibration
    predictions : pd.DataFrame
        Of the test part, as `core.prediction.dataset.predict_dataset` returns.

    Raises
    ------
    DataError
        If the data set is missing, another one, or too small.
    RunError
        If the run is not complete, damaged, calibrated anew by someone's own galaxies, or does not
        fit its predictions.
    """
    summary = run.result()
    if summary is None:
        raise RunError(
            f"Run '{run.title}' is not complete; a training calibrates at its end by itself."
        )
    if run.config.recalibrated is not None:
        source = "the run that it came from"
        if run.config.start is not None:
            source = f"'{run.config.start.run_id}', which it came from,"
        raise RunError(
            f"Run '{run.title}' has the calibration of '{run.config.data.name}', and it is made "
            f"together with the run. Calibrate {source} anew: xpz calibrate --run RUN --data FILE"
        )
    dataset = read_own_data(
        run,
        run.data_path if data is None else data,
        missing="name its place: --data FILE",
        other="Intervals are valid only if they are measured on the network's own validation "
        "galaxies.",
    )
    split = split_by_source(dataset.source_id, run.config.split)
    in_test = np.zeros(len(dataset), bool)
    in_test[split.test] = True
    _check(run, split.hash == summary["split_hash"], "the parts of the data set differ")
    stored = run.predictions()
    same_ids = np.array_equal(stored["source_id"], dataset.source_id[in_test])
    _check(run, same_ids, "its predictions belong to other galaxies")
    difference = _difference(run, dataset, in_test, stored)
    _check(run, difference <= MAX_DIFFERENCE, f"its network differs by {difference:.1e} from them")
    validation = read_some(dataset, split.validation)
    calibration = calibrate(run, dataset, validation, split.train)
    predictions = keep_predictions(run, calibration, dataset, in_test)
    changed: dict[str, Any] = {"coverage": calibration.summary_coverage(predictions)}
    changed[VALIDATED_MAE] = validation_mae(run, validation)
    if calibration.densities is not None:
        changed |= {"schema": SUMMARY_SCHEMA, "evaluation": evaluate_table(predictions)}
    run.write_summary({**summary, **changed})
    return calibration, predictions


def read_own_data(run: Run, path: Path, *, missing: str, other: str = "") -> DatasetFile:
    """Open the data set that a run was trained on, or without `other` any that lies at `path`.

    Raises a `DataError` that ends with `missing` or `other` if there is none or another one.
    """
    reference = run.config.data
    if not path.is_file():
        raise DataError(
            f"The data set '{reference.name}' that '{run.title}' was trained on is not at {path}; "
            f"{missing}"
        )
    dataset = open_dataset(path)
    if other and dataset.card.hash != reference.hash:
        raise DataError(
            f"{path}: expected '{reference.name}', hash {reference.hash[:12]}, which "
            f"'{run.title}' was trained on; received '{dataset.card.name}', hash "
            f"{dataset.card.hash[:12]}. {other}"
        )
    return dataset


def _difference(run: Run, galaxies: Galaxies, in_test: np.ndarray, stored: pd.DataFrame) -> float:
    """Return by how much a network differs from what the run holds of it, at most [redshift]."""
    predictor = Predictor(run.path)
    parts = galaxies.chunks(kept=in_test)
    given = np.concatenate([predictor.predict(part.flux, part.flux_error) for part in parts])
    if predictor.head == "point":
        return float(np.abs(given - stored["z_pred"]).max())
    if not run.densities_path.is_file():  # z_pred depends on a calibration that may be lost
        return 0.0
    kept = read_densities(run)
    same_ids = np.array_equal(kept.source_id, galaxies.source_id[in_test])
    _check(run, same_ids, "its p(z) belongs to other galaxies")
    return float(np.abs(given - kept.mixtures.mean()).max())


def _check(run: Run, holds: bool, what: str) -> None:
    if not holds:
        raise RunError(
            f"Run '{run.title}' does not fit its own predictions: {what}. Its folder mixes files "
            "of several runs; copy it again, or train it again."
        )
