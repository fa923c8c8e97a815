"""What the Evaluate screen judges: a run's predictions, their numbers, and whose spectra."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import DatasetEntry
from core.data.split import SplitConfig, split_by_source
from core.errors import DataError
from core.evaluation.report import evaluate
from core.prediction.predict import Predictor
from core.runs import Run
from dashboard import cache
from dashboard.cache import FileVersion

# Beyond, 1000 resamples take more than ten seconds and the intervals are narrow anyway.
MANY_GALAXIES = 100_000


@dataclass(frozen=True, eq=False)
class Judged:
    """Predictions of one run on one set of galaxies.

    Attributes
    ----------
    title : str
        Which galaxies, for people.
    origin : str
        'simulated', 'observed' or 'unknown'.
    predictions : pd.DataFrame
        source_id, z_spec, z_pred (and g_mag, if known).
    report : dict
        As `core.evaluation.report.evaluate` returns.
    """

    title: str
    origin: str
    predictions: pd.DataFrame
    report: dict[str, Any]

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
    return Judged(
        title=f"the test part of {run.config.data.name}",
        origin=run.config.data.origin,
        predictions=_test_predictions(FileVersion.of(run.predictions_path)),
        report=summary["evaluation"],
    )


def judge_dataset(run: Run, entry: DatasetEntry, left_out: np.ndarray | None) -> Judged:
    """Predict every galaxy of a data set, but for the rows marked in `left_out`.

    Raises
    ------
    DataError
        If no galaxy is left.
    """
    file = FileVersion.of(entry.path)
    table = _predict(FileVersion.of(run.onnx_path), file)
    if left_out is not None:
        table = table[~left_out]
    if table.empty:
        raise DataError(
            f"Every galaxy of '{entry.card.name}' was used to train this run. "
            "Judge it on its test part or on another data set."
        )
    return Judged(
        title=entry.card.name,
        origin=entry.card.origin,
        predictions=table,
        report=_report(table["z_spec"].to_numpy(), table["z_pred"].to_numpy()),
    )


def used_in_training(run: Run, entry: DatasetEntry) -> np.ndarray | None:
    """Return which galaxies of a data set the run was trained or validated with.

    Returns
    -------
    np.ndarray of bool, shape (n,), or None
        None where the run's own data set is not at hand, so that nobody can tell.
    """
    source_id = cache.dataset(FileVersion.of(entry.path)).source_id
    if entry.card.hash == run.config.data.hash:
        used = _ids_before_test(FileVersion.of(entry.path), run.config.split)
    elif run.data_path.is_file():
        used = _ids_before_test(FileVersion.of(run.data_path), run.config.split)
    else:
        return None
    return np.isin(source_id, used)


@st.cache_data(max_entries=8, show_spinner=False)
def _test_predictions(file: FileVersion) -> pd.DataFrame:
    return pd.read_parquet(file.path)


@st.cache_data(max_entries=8, show_spinner=False)
def _ids_before_test(file: FileVersion, config: SplitConfig) -> np.ndarray:
    source_id = pd.read_parquet(file.path, columns=["source_id"])["source_id"].to_numpy()
    split = split_by_source(source_id, config)
    return np.concatenate([source_id[split.train], source_id[split.validation]])


@st.cache_data(max_entries=8, show_spinner="Predicting redshifts")
def _predict(network: FileVersion, file: FileVersion) -> pd.DataFrame:
    data = cache.dataset(file)
    table = pd.DataFrame(
        {
            "source_id": data.source_id,
            "z_spec": data.z,
            "z_pred": Predictor(Path(network.path).parent).predict(data.flux),
        }
    )
    return table if data.g_mag is None else table.assign(g_mag=data.g_mag)


@st.cache_data(max_entries=8, show_spinner="Judging the predictions")
def _report(z_spec: np.ndarray, z_pred: np.ndarray) -> dict[str, Any]:
    n_resamples = 1000 if len(z_spec) <= MANY_GALAXIES else 100
    return evaluate(z_spec, z_pred, n_resamples=n_resamples)
