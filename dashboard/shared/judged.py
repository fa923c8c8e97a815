"""What the Evaluate screen judges: a run's predictions, their numbers, and whose spectra."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.data import DatasetEntry
from core.evaluation import DENSITY_COLUMNS, EVALUATED_COLUMNS
from core.prediction import Notice
from core.questions import AboutData, Evaluation, about_data, cost
from core.runs import Run
from dashboard.figures.errors import OURS
from dashboard.shared import state, store
from dashboard.shared.questions import answered
from dashboard.shared.store import FileVersion


@dataclass(frozen=True, eq=False)
class Judged:
    """Predictions of one run on one set of galaxies."""

    title: str  # which galaxies, for people
    stem: str  # run and galaxies, as the names of downloads begin
    origin: str  # 'simulated', 'observed' or 'unknown'
    predictions: pd.DataFrame  # as `core.prediction.dataset.predict_dataset` returns
    report: dict[str, Any]  # as `core.evaluation.report.evaluate_table` returns
    file: FileVersion | None = None  # of the galaxies; none: the run's own test part
    rows: np.ndarray | None = None  # which rows of it, (n,); none: all
    whose: str = OURS  # whose redshifts these are, as legends say it
    notices: tuple[Notice, ...] = ()  # what must be known of them
    # What a process of its own was asked, which answered; none: it was small.
    asked: AboutData | None = None

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
        """Errors per bin of z_spec."""
        return pd.DataFrame(self.report["bins"]).astype({"std": float})  # also where all are None


def judge_test_part(run: Run) -> Judged:
    """Return the run's own predictions, of its test part, with the numbers it was saved with."""
    summary = run.result() or {}
    predictions = run.predictions()
    return Judged(
        title=f"{whose_part(run)} {state.name_of_data(run.config.data)}",
        stem=f"{run.run_id}-test",
        origin=run.config.data.origin,
        predictions=predictions,
        report=store.completed_report(summary["evaluation"], evaluated(predictions)),
    )


def whose_part(run: Run) -> str:
    """Return what a run's own predictions are of."""
    if run.config.recalibrated is None:
        return "the test part of"
    return "those that it was calibrated with, each by a calibration without it, of"


def judge_dataset(
    run: Run, entry: DatasetEntry, *, with_seen: bool, other_instrument: bool = False
) -> Judged | None:
    """Predict a data set, galaxies seen only if asked to; raise a `DataError` if none is left.

    A large one is predicted by a process of its own: None, and its progress is drawn, until it is
    done.
    """
    file, n, about = FileVersion.of(entry.path), entry.card.n_galaxies, None
    if cost.is_small(cost.to_predict([run], n) + cost.to_resample(n)):
        found = store.predictions(run, file, with_seen, other_instrument)
        report = store.report(evaluated(found.predictions))
    else:
        about = about_data(
            [run], entry.path, with_seen=with_seen, other_instrument=other_instrument
        )
        question = answered(Evaluation, about)
        if question is None:
            return None
        found, report = store.evaluation_of(question)
    table = found.predictions
    which = "all" if len(table) == n else "unseen"
    return Judged(
        title=state.dataset_name(entry),
        stem=f"{run.run_id}-{entry.path.stem}-{which}",
        origin=entry.card.origin,
        predictions=table,
        report=report,
        file=file,
        rows=found.rows,
        notices=found.notices,
        asked=about,
    )


def evaluated(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of predictions that decide their numbers."""
    return table[[name for name in EVALUATED_COLUMNS if name in table]]
