"""What the Evaluate screen judges: a run's predictions, their numbers, and whose spectra."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset, DatasetEntry, load_dataset
from core.errors import DataError
from core.evaluation.report import DENSITY_COLUMNS, evaluate_densities, evaluate_table
from core.prediction.dataset import predict_dataset
from core.prediction.dataset import used_in_training as find_used
from core.runs import Run
from dashboard.figures.errors import OURS
from dashboard.shared import store as cache
from dashboard.shared.store import FileVersion


@dataclass(frozen=True, eq=False)
class Judged:
    """Predictions of one run on one set of galaxies.

    Attributes
    ----------
    title : str
        Which galaxies, for people.
    stem : str
        Run and galaxies, as the names of downloads begin.
    origin : str
        'simulated', 'observed' or 'unknown'.
    predictions : pd.DataFrame
        As `core.prediction.dataset.predict_dataset` returns.
    report : dict
        As `core.evaluation.report.evaluate_table` returns.
    file : FileVersion or None
        The data set that the galaxies are in; None: the run's own test part.
    rows : np.ndarray of int, shape (n,), or None
        Which rows of it; None: all.
    whose : str
        Whose redshifts these are, as legends say it.
    """

    title: str
    stem: str
    origin: str
    predictions: pd.DataFrame
    report: dict[str, Any]
    file: FileVersion | None = None
    rows: np.ndarray | None = None
    whose: str = OURS

    @property
    def has_densities(self) -> bool:
        """Whether the predictions come from calibrated p(z)."""
        return set(DENSITY_COLUMNS) <= set(self.predictions)

    @property
    def z_spec(self) -> np.ndarray:
        """True redshifts, shape (n,)."""
        return self.predictions["z_spec"].to_numpy()

    @property
    def z_pred(self) -> np.ndarray:
        """Predicted redshifts, shape (n,)."""
        return self.predictions["z_pred"].to_numpy()

    @property
    def bins(self) -> pd.DataFrame:
        """Errors per bin of z_spec, as `core.evaluation.bins.binned_errors` returns."""
        return pd.DataFrame(self.report["bins"])


def judge_test_part(run: Run) -> Judged:
    """Return the run's own predictions for its test part, with the numbers it was saved with."""
    summary = run.result() or {}
    predictions = run.predictions()
    report = summary["evaluation"]
    if "density" not in report and set(DENSITY_COLUMNS) <= set(predictions):
        # Calibrated after its training.
        report = report | {"density": _density_report(predictions[list(DENSITY_COLUMNS)])}
    return Judged(
        title=f"the test part of {run.config.data.name}",
        stem=f"{run.run_id}-test",
        origin=run.config.data.origin,
        predictions=predictions,
        report=report,
    )


def judge_dataset(run: Run, entry: DatasetEntry, left_out: np.ndarray | None) -> Judged:
    """Predict every galaxy of a data set, but for the rows marked in `left_out`.

    Raises
    ------
    DataError
        If no galaxy is left.
    """
    file = FileVersion.of(entry.path)
    calibration = run.calibration_path
    version = FileVersion.of(calibration) if calibration.is_file() else None
    table, rows = _predict(run.path, file, version), None
    if left_out is not None:
        rows = np.flatnonzero(~left_out)
        table = table.iloc[rows]
    if table.empty:
        raise DataError(
            f"Every galaxy of '{entry.card.name}' was used to train this run. "
            "Judge it on its test part or on another data set."
        )
    return Judged(
        title=entry.card.name,
        stem=f"{run.run_id}-{entry.path.stem}-{'all' if left_out is None else 'unseen'}",
        origin=entry.card.origin,
        predictions=table,
        report=report_of(table[[name for name in _JUDGED_COLUMNS if name in table]]),
        file=file,
        rows=rows,
    )


def spectra_for(run: Run, file: FileVersion) -> Dataset:
    """Return a data set with what the run's network looks at; never change its arrays."""
    if run.config.recipe.scaling != "shape_noise":
        return cache.dataset(file)
    # The errors would double what is kept; they go when the prediction is made.
    return load_dataset(Path(file.path))


def used_in_training(run: Run, entry: DatasetEntry) -> np.ndarray | None:
    """Return which galaxies a run has seen; see `core.prediction.dataset.used_in_training`."""
    training = FileVersion.of(run.data_path) if run.data_path.is_file() else None
    return _used(run.path, FileVersion.of(entry.path), training)


@st.cache_data(max_entries=8, show_spinner=False)
def _used(run_path: Path, file: FileVersion, training: FileVersion | None) -> np.ndarray | None:
    # The training set's version is a key of the cache: it may be put back, or change.
    return find_used(Run(run_path), cache.dataset(file))


@st.cache_data(max_entries=8, show_spinner="Predicting redshifts")
def _predict(run_path: Path, file: FileVersion, calibration: FileVersion | None) -> pd.DataFrame:
    # The calibration's version is a key of the cache: a run may get one later.
    run = Run(run_path)
    return predict_dataset(run, spectra_for(run, file))


@st.cache_data(max_entries=8, show_spinner="Judging the predictions")
def report_of(table: pd.DataFrame) -> dict[str, Any]:
    """Return every number of some predictions; see `core.evaluation.report.evaluate_table`."""
    return evaluate_table(table)


@st.cache_data(max_entries=8, show_spinner="Judging the densities")
def _density_report(table: pd.DataFrame) -> dict[str, Any]:
    return evaluate_densities(*(table[name] for name in DENSITY_COLUMNS))


_JUDGED_COLUMNS = ("z_spec", "z_pred", *DENSITY_COLUMNS)
