"""What the Evaluate screen judges: a run's predictions, their numbers, and whose spectra."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import DatasetEntry, open_dataset
from core.evaluation.report import DENSITY_COLUMNS, evaluate_densities, evaluate_table
from core.prediction.dataset import Predicted, predict_unseen
from core.prediction.dataset import used_in_training as find_used
from core.prediction.notices import Notice
from core.runs import Run
from dashboard.figures.errors import OURS
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
    notices : tuple of Notice
        What must be known of them.
    """

    title: str
    stem: str
    origin: str
    predictions: pd.DataFrame
    report: dict[str, Any]
    file: FileVersion | None = None
    rows: np.ndarray | None = None
    whose: str = OURS
    notices: tuple[Notice, ...] = ()

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
    summary = run.summary() or {}
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


def judge_dataset(run: Run, entry: DatasetEntry, *, with_seen: bool) -> Judged:
    """Predict the galaxies of a data set, those that the run has seen only if asked to.

    Raises
    ------
    DataError
        If no galaxy is left.
    """
    file = FileVersion.of(entry.path)
    found = _predict(run.path, file, _versions(run), with_seen)
    table = found.predictions
    which = "all" if len(table) == entry.card.n_galaxies else "unseen"
    return Judged(
        title=entry.card.name,
        stem=f"{run.run_id}-{entry.path.stem}-{which}",
        origin=entry.card.origin,
        predictions=table,
        report=report_of(table[[name for name in _JUDGED_COLUMNS if name in table]]),
        file=file,
        rows=found.rows,
        notices=found.notices,
    )


def used_in_training(run: Run, entry: DatasetEntry) -> np.ndarray | None:
    """Return which galaxies a run has seen; see `core.prediction.dataset.used_in_training`."""
    return _used(run.path, FileVersion.of(entry.path), _versions(run))


def _versions(run: Run) -> tuple[FileVersion, ...]:
    """Return what a run's answers depend on: it may be calibrated anew, its data set put back."""
    paths = (run.onnx_path, run.calibration_path, run.seen_path, run.data_path)
    return tuple(FileVersion.of(path) for path in paths if path.is_file())


# The versions are keys of these caches: the files may change.
@st.cache_data(max_entries=8, show_spinner=False)
def _used(
    run_path: Path, file: FileVersion, versions: tuple[FileVersion, ...]
) -> np.ndarray | None:
    return find_used(Run(run_path), open_dataset(file.path))


@st.cache_data(max_entries=8, show_spinner="Predicting redshifts")
def _predict(
    run_path: Path, file: FileVersion, versions: tuple[FileVersion, ...], with_seen: bool
) -> Predicted:
    return predict_unseen(Run(run_path), file.path, with_seen=with_seen)


@st.cache_data(max_entries=8, show_spinner="Judging the predictions")
def report_of(table: pd.DataFrame) -> dict[str, Any]:
    """Return every number of some predictions; see `core.evaluation.report.evaluate_table`."""
    return evaluate_table(table)


@st.cache_data(max_entries=8, show_spinner="Judging the densities")
def _density_report(table: pd.DataFrame) -> dict[str, Any]:
    return evaluate_densities(*(table[name] for name in DENSITY_COLUMNS))


_JUDGED_COLUMNS = ("z_spec", "z_pred", *DENSITY_COLUMNS)
