"""Redshifts that Gaia itself gives, by its Unresolved Galaxy Classifier, as one more run's.

The classifier (UGC) is a support vector machine on the same 186 samples, trained on
galaxies of SDSS: Gaia DR3 documentation 11.3.13; Delchambre et al. (2023), A&A 674, A31.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.data.dataset import Dataset
from core.errors import DataError
from core.prediction.flags import Flag

NAME = "Gaia UGC"

LEVEL = 0.68
"""Nominal level of UGC's interval: mean and scatter of the errors in bins of 0.02 of its tests."""

BAD_ZONES = ((-np.inf, 0.02), (0.070, 0.071), (0.28, 0.30), (0.58, np.inf))
"""Redshifts of UGC, from the first up to the second, that are not to be trusted.

Those that Delchambre et al. (2023), A&A 674, A31, and the Gaia DR3 documentation 11.3.13
warn of.
"""


def in_bad_zone(z_ugc: ArrayLike) -> np.ndarray:
    """Return which redshifts of UGC lie in one of `BAD_ZONES`, in the shape of `z_ugc`."""
    z = np.asarray(z_ugc, dtype=float)
    return np.logical_or.reduce([(z >= low) & (z < high) for low, high in BAD_ZONES])


def has_ugc(dataset: Dataset) -> bool:
    """Return whether a data set knows UGC's redshift of any galaxy."""
    ugc = dataset.redshift_ugc
    return ugc is not None and bool(np.isfinite(ugc).any())


def ugc_predictions(dataset: Dataset) -> pd.DataFrame:
    """Return UGC's redshifts as `core.prediction.dataset.predict_dataset` does a run's.

    Parameters
    ----------
    dataset : Dataset
        The galaxies; those without redshift_ugc are left out.

    Returns
    -------
    pd.DataFrame
        source_id, z_spec, z_pred, g_mag if known, z_lower and z_upper if every galaxy
        has them, and flags (BAD_ZONE or none). The index is the galaxy's row of the
        data set. The interval need not hold z_pred: UGC moves it by its known bias.

    Raises
    ------
    DataError
        If the data set has no such redshifts.
    """
    ugc = dataset.redshift_ugc
    if ugc is None or not has_ugc(dataset):
        raise DataError(
            f"{dataset.card.name}: expected redshifts of Gaia's UGC in the column redshift_ugc, "
            "found none. xpz fetch gets them with the spectra, and xpz dataset build keeps them."
        )
    known = np.flatnonzero(np.isfinite(ugc))
    z = ugc[known].astype(float)
    columns = {"source_id": dataset.source_id[known], "z_spec": dataset.z[known], "z_pred": z}
    if dataset.g_mag is not None:
        columns["g_mag"] = dataset.g_mag[known]
    if dataset.redshift_ugc_lower is not None and dataset.redshift_ugc_upper is not None:
        lower, upper = dataset.redshift_ugc_lower[known], dataset.redshift_ugc_upper[known]
        if np.isfinite(lower).all() and np.isfinite(upper).all():
            columns["z_lower"], columns["z_upper"] = lower.astype(float), upper.astype(float)
    columns["flags"] = np.where(in_bad_zone(z), Flag.BAD_ZONE.value, 0)
    return pd.DataFrame(columns, index=known)
