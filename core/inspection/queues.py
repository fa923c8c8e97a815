"""Which galaxies are worth a look by eye, and in which order."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.errors import ConfigError
from core.evaluation.metrics import check_pair, errors

LARGEST_ERRORS = "Largest errors"
LEAST_EXPECTED = "Largest for their σ"
DISAGREEMENT = "Disagreement"

QUEUES = {
    LARGEST_ERRORS: "by |e|, e = (z_pred − z_spec) / (1 + z_spec)",
    LEAST_EXPECTED: (
        "by |z_pred − z_spec| / σ, where σ is half the 68 % interval: errors larger than the run "
        "expects"
    ),
    DISAGREEMENT: "by |z_pred − z_other| / (1 + their mean): where another estimate of the same "
    "galaxies says something else",
}
"""Names of the orders, and what each goes by."""


def sigma(predictions: pd.DataFrame) -> np.ndarray | None:
    """Return the error that a run expects of each redshift, shape (n,); None if it tells none.

    Half the central 68 % interval: sigma_z of p(z), or that of the calibrated interval.
    """
    if "sigma_z" in predictions:
        return predictions["sigma_z"].to_numpy(float)
    if {"z_lower", "z_upper"} <= set(predictions):
        return (predictions["z_upper"] - predictions["z_lower"]).to_numpy(float) / 2
    return None


def scaled_error(predictions: pd.DataFrame) -> np.ndarray | None:
    """Return |z_pred - z_spec| / sigma, (n,); NaN without a sigma above 0, None without any."""
    expected = sigma(predictions)
    if expected is None:
        return None
    true, predicted = check_pair(predictions["z_spec"], predictions["z_pred"])
    ratio = np.full(len(true), np.nan)
    np.divide(np.abs(predicted - true), expected, out=ratio, where=expected > 0)
    return ratio


def disagreement(z_a: ArrayLike, z_b: ArrayLike) -> np.ndarray:
    """Return |z_a - z_b| / (1 + their mean), shape (n,); NaN where one of them is unknown."""
    a, b = np.asarray(z_a, float), np.asarray(z_b, float)
    return np.abs(a - b) / (1 + (a + b) / 2)


def queue(predictions: pd.DataFrame, which: str, z_other: ArrayLike | None = None) -> pd.DataFrame:
    """Return the galaxies in one of the orders, what is worth most attention first.

    Parameters
    ----------
    predictions : pd.DataFrame
        As `core.prediction.dataset.predict_dataset` returns.
    which : str
        Of `QUEUES`.
    z_other : array-like, shape (n,), optional
        Another estimate of the same galaxies' redshifts, NaN where unknown; these galaxies are
        left out of the order by disagreement.

    Returns
    -------
    pd.DataFrame
        row (position in `predictions`), source_id, z_spec, z_pred, e; scaled_error where the run
        tells its sigma; z_other and disagreement where that was given.

    Raises
    ------
    ConfigError
        If the order is unknown, or what it goes by is not there.
    """
    table = describe(predictions, z_other)
    by = {LARGEST_ERRORS: "e", LEAST_EXPECTED: "scaled_error", DISAGREEMENT: "disagreement"}.get(
        which
    )
    if by not in table:
        raise ConfigError(
            f"Order of galaxies: expected one of {', '.join(QUEUES)}, with a calibrated run for "
            f"the second and another estimate for the third; received '{which}'."
        )
    known = table[table[by].notna()]
    return known.iloc[np.argsort(-known[by].abs().to_numpy(), kind="stable")].reset_index(drop=True)


def describe(predictions: pd.DataFrame, z_other: ArrayLike | None = None) -> pd.DataFrame:
    """Return the columns of `queue` in the order of the predictions."""
    columns: Mapping[str, ArrayLike | None] = {
        "row": np.arange(len(predictions)),
        "source_id": predictions["source_id"].to_numpy(),
        "z_spec": predictions["z_spec"].to_numpy(),
        "z_pred": predictions["z_pred"].to_numpy(),
        "e": errors(predictions["z_spec"], predictions["z_pred"])["e"],
        "scaled_error": scaled_error(predictions),
        "z_other": None if z_other is None else np.asarray(z_other, float),
        "disagreement": None if z_other is None else disagreement(predictions["z_pred"], z_other),
    }
    return pd.DataFrame({name: values for name, values in columns.items() if values is not None})
