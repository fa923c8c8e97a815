"""A run that was calibrated anew, on the data set that it was calibrated with.

Its own predictions are of galaxies that its network has not seen, each by a calibration without it.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.data.dataset import Galaxies
from core.prediction.dataset import predict_dataset, used_among, used_by_start
from core.runs import Run
from core.stored import is_there


def used_for_estimates(
    run: Run, source_id: np.ndarray, *, numbered: bool, data_hash: str, origin: str
) -> np.ndarray | None:
    """Return of which galaxies of a data set a run gives no fair redshift, as `used_among`.

    A run that was calibrated with this data set has fair ones of those it was calibrated with.
    """
    if not run.config.is_calibrated_with(data_hash):
        return used_among(run, source_id, numbered=numbered, data_hash=data_hash, origin=origin)
    if not is_there(run.seen_path):
        return used_by_start(run, source_id, numbered=numbered, data_hash=data_hash, origin=origin)
    used = used_among(run, source_id, numbered=numbered, data_hash=data_hash, origin=origin)
    return None if used is None else used & ~np.isin(source_id, run.predictions()["source_id"])


def predict_fairly(
    run: Run, dataset: Galaxies, progress: Callable[[int, int], None], kept: np.ndarray
) -> pd.DataFrame:
    """Return what `predict_dataset` does; of galaxies it was calibrated with, its own predictions.

    `kept`, bool (n,), are galaxies of which `used_for_estimates` is false.
    """
    if not run.config.is_calibrated_with(dataset.card.hash):
        return predict_dataset(run, dataset, progress, kept)
    own = run.predictions()
    parts = [own[np.isin(own["source_id"], dataset.source_id[kept])]]
    rest = kept & ~np.isin(dataset.source_id, own["source_id"])
    if rest.any():
        parts.append(predict_dataset(run, dataset, None, rest))
    n = int(np.count_nonzero(kept))
    progress(n, n)
    return pd.concat(parts, ignore_index=True)
