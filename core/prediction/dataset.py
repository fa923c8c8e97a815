"""A run on a data set: redshifts of every galaxy, and which of them the run has seen before."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.data.dataset import Dataset, read_card, read_source_ids
from core.data.split import split_by_source
from core.errors import DataError
from core.prediction.calibration import Calibration
from core.prediction.flags import LEVEL
from core.prediction.predict import Predictor
from core.runs import Run
from core.spectra import Spectra


def predict_dataset(
    run: Run, dataset: Dataset, progress: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """Return source_id, z_spec, z_pred of every galaxy, and g_mag if known.

    If the run is calibrated, z_lower and z_upper (68 %) and flags as well.

    Parameters
    ----------
    run : Run
        A complete run.
    dataset : Dataset
        The galaxies.
    progress : callable, optional
        Called with the number of spectra done and their total.

    Raises
    ------
    RunError
        If the run's network or its calibration is damaged, or the network missing.
    """
    calibration = Calibration.load(run)
    z_pred = Predictor(run.path).predict(dataset.flux, progress)
    columns = {"source_id": dataset.source_id, "z_spec": dataset.z, "z_pred": z_pred}
    if dataset.g_mag is not None:
        columns["g_mag"] = dataset.g_mag
    if calibration is not None:
        spectra = Spectra(dataset.flux, dataset.source_id, flux_error=dataset.flux_error)
        columns["z_lower"], columns["z_upper"] = calibration.intervals.at(z_pred, LEVEL)
        columns["flags"] = calibration.flags(spectra, z_pred)
    return pd.DataFrame(columns)


def used_in_training(run: Run, dataset: Dataset) -> np.ndarray | None:
    """Return which galaxies of a data set the run was trained or validated with.

    Returns
    -------
    np.ndarray of bool, shape (n,), or None
        None where nobody can tell: the run's own data set is not at hand any
        more, or galaxies have no ids but the numbers of their rows.
    """
    known = run.config.data
    if dataset.card.hash == known.hash:
        source_id = dataset.source_id
    else:
        try:
            # A file without a card has no hash that could be compared; its rows would have one.
            if (read_card(run.data_path).hash or known.hash) != known.hash:
                return None
        except DataError:
            return None
        source_id = read_source_ids(run.data_path)
        if _are_row_numbers(source_id) or _are_row_numbers(dataset.source_id):
            return None
    split = split_by_source(source_id, run.config.split)
    return np.isin(dataset.source_id, source_id[np.concatenate([split.train, split.validation])])


def _are_row_numbers(source_id: np.ndarray) -> bool:
    return np.array_equal(source_id, np.arange(len(source_id)))
