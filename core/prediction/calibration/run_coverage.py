"""How many true redshifts the intervals of a run hold: the same on the screen and on every page."""

import pandas as pd

from core.prediction.calibration.calibration import Calibration
from core.runs.run import Run

_ROW = ["source_id", "z_spec", "z_lower", "z_upper"]


def run_coverage(run: Run, calibration: Calibration, predictions: pd.DataFrame) -> pd.DataFrame:
    """Return `Calibration.coverage` of a run's `predictions` at every level that they tell.

    Intervals that stand as a run calibrated anew keeps them are each by a calibration without the
    galaxy. The id alone does not tell: of other data it may be the number of a row, and a galaxy
    that is judged all the same has the run's own interval.
    """
    return calibration.coverage(predictions, own=_are_kept(run, predictions))


def _are_kept(run: Run, predictions: pd.DataFrame) -> bool:
    if run.config.recalibrated is None:
        return False
    kept = run.predictions()[_ROW].drop_duplicates()
    shared = predictions.loc[predictions["source_id"].isin(kept["source_id"]), _ROW]
    return 0 < len(shared) == len(shared.merge(kept))
