"""Redshifts that Gaia itself gives, by its Unresolved Galaxy Classifier, as one more run's.

The classifier (UGC) is a support vector machine on the same 186 samples, trained on
galaxies of SDSS: Gaia DR3 documentation 11.3.13; Delchambre et al. (2023), A&A 674, A31.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.data.dataset import Galaxies
from core.data.dataset_files import read_without_spectra
from core.data.schema import PER_SOURCE
from core.errors import DataError
from core.evaluation.metrics import check_pair
from core.prediction.flags import Flag

NAME = "Gaia UGC"

LEVEL = 0.68
"""Nominal level of UGC's interval: mean and scatter of the errors in bins of 0.02 of its tests."""

BAD_ZONES = ((-np.inf, 0.02), (0.070, 0.071), (0.28, 0.30), (0.58, np.inf))
"""Redshifts of UGC, from the first up to the second, that both sources above call unreliable."""


def in_bad_zone(z_ugc: ArrayLike) -> np.ndarray:
    """Return which redshifts of UGC lie in one of `BAD_ZONES`, in the shape of `z_ugc`."""
    return np.logical_or.reduce([_between(z_ugc, *zone) for zone in BAD_ZONES])


def zone_name(low: float, high: float) -> str:
    """Return what people call a zone of redshifts."""
    if np.isinf(low):
        return f"z < {high:g}"
    return f"z > {low:g}" if np.isinf(high) else f"{low:.3g} to {high:.3g}"


def ugc_predictions(dataset: Galaxies) -> pd.DataFrame:
    """Return UGC's redshifts as `core.prediction.dataset.predict_dataset` does a run's.

    Galaxies without one are left out; a data set without any is a `DataError`. Columns: source_id,
    z_spec, z_pred, g_mag if known, z_lower and z_upper if every galaxy has them, and flags
    (BAD_ZONE or none). The index is the galaxy's row of the data set. The interval need not hold
    z_pred: UGC moves it by its known bias.
    """
    if not _knows_any(dataset.redshift_ugc):
        raise DataError(
            f"{dataset.card.name}: expected redshifts of Gaia's UGC in the column redshift_ugc, "
            "found none. xpz fetch downloads them with the spectra, and xpz dataset build keeps "
            "them."
        )
    given = {column: getattr(dataset, column) for column in ("source_id", "z", *PER_SOURCE)}
    return _predictions({column: values for column, values in given.items() if values is not None})


def read_ugc_predictions(path: str | Path) -> pd.DataFrame | None:
    """Return `ugc_predictions` of a data set file, without reading its spectra; None without any.

    Raises
    ------
    DataError
        If there is no such file or it is not a data set.
    """
    columns = read_without_spectra(path)
    return _predictions(columns) if _knows_any(columns.get("redshift_ugc")) else None


def by_zone(z_spec: ArrayLike, z_ugc: ArrayLike, z_pred: ArrayLike) -> pd.DataFrame:
    """Return the errors of UGC and of another estimate in each bad zone, and outside of all.

    Parameters
    ----------
    z_spec, z_ugc, z_pred : array-like, shape (n,)
        True redshifts, and both estimates of the same galaxies.

    Returns
    -------
    pd.DataFrame
        zone, n, and of UGC and the other estimate, as mae_ugc, mae, bias_ugc, bias: the mean
        of |d| and the median of e; NaN where no galaxy is.

    Raises
    ------
    DataError
        If an array is empty, not finite or of another shape.
    """
    true, of_ugc = check_pair(z_spec, z_ugc)
    _, other = check_pair(z_spec, z_pred)
    d = pd.DataFrame({"_ugc": of_ugc - true, "": other - true})
    maes, biases = d.abs().add_prefix("mae"), d.div(1 + true, axis=0).add_prefix("bias")
    parts = {zone_name(*zone): _between(of_ugc, *zone) for zone in BAD_ZONES}
    parts["elsewhere"] = ~in_bad_zone(of_ugc)
    return pd.DataFrame(
        [
            {"zone": name, "n": int(rows.sum()), **maes[rows].mean(), **biases[rows].median()}
            for name, rows in parts.items()
        ]
    )


def _predictions(given: Mapping[str, np.ndarray]) -> pd.DataFrame:
    known = np.flatnonzero(np.isfinite(given["redshift_ugc"]))
    given = {column: values[known] for column, values in given.items()}
    z = given["redshift_ugc"].astype(float)
    columns = {"source_id": given["source_id"], "z_spec": given["z"], "z_pred": z}
    if "g_mag" in given:
        columns["g_mag"] = given["g_mag"]
    ends = [given.get(f"redshift_ugc_{end}", np.array([np.nan])) for end in ("lower", "upper")]
    if np.isfinite(np.concatenate(ends)).all():
        columns["z_lower"], columns["z_upper"] = (end.astype(float) for end in ends)
    columns["flags"] = np.where(in_bad_zone(z), Flag.BAD_ZONE.value, 0)
    return pd.DataFrame(columns, index=known)


def _between(z: ArrayLike, low: float, high: float) -> np.ndarray:
    return (np.asarray(z, dtype=float) >= low) & (np.asarray(z, dtype=float) < high)


def _knows_any(redshift_ugc: np.ndarray | None) -> bool:
    return redshift_ugc is not None and bool(np.isfinite(redshift_ugc).any())
