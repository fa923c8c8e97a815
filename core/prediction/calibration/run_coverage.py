"""How many true redshifts the intervals of a run hold: the same on the screen and on every page."""

import numpy as np
import pandas as pd

from core.prediction.calibration.calibration import Calibration
from core.runs.run import Run


def run_coverage(run: Run, calibration: Calibration, predictions: pd.DataFrame) -> pd.DataFrame:
    """Return `Calibration.coverage` of a run's `predictions` at every level that they tell.

    Galaxies that the run was calibrated anew with are known by their ids: their redshifts are each
    by a calibration without the galaxy, which the run's own intervals are not.
    """
    own = run.config.recalibrated is not None and bool(
        np.isin(predictions["source_id"], run.predictions()["source_id"]).any()
    )
    return calibration.coverage(predictions, own=own)
