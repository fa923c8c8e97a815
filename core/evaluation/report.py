"""All numbers of a run's predictions as one JSON-ready dictionary."""

import math
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from core.evaluation.bins import binned_errors
from core.evaluation.bootstrap import bootstrap_intervals, mean_intervals
from core.evaluation.calibration import coverage_by_pit, pit_ks, pit_ks_limit, sharpness
from core.evaluation.metrics import check_pair, headline

MANY_GALAXIES = 100_000

# Of predictions with densities: their error and scores, a column each.
DENSITY_COLUMNS = ("sigma_z", "pit", "crps", "cde_loss")


def usual_resamples(n: int) -> int:
    """Return how often `n` galaxies are resampled if nobody says otherwise.

    1000 times; 200 times beyond `MANY_GALAXIES`, where intervals are narrow
    and a thousand resamples of a million galaxies take half a minute.
    """
    return 1000 if n <= MANY_GALAXIES else 200


def evaluate(
    z_spec: ArrayLike,
    z_pred: ArrayLike,
    *,
    bin_width: float = 0.05,
    n_resamples: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluate predictions with every headline metric, its interval, and bins of z_spec.

    Parameters
    ----------
    z_spec, z_pred : array-like, shape (n,)
        True and predicted redshifts.
    bin_width : float
        Width of the bins of z_spec.
    n_resamples : int, optional
        Of the bootstrap (95 % percentile intervals); `usual_resamples` by default.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``{"n": int, "n_resamples": int, <metric>: float, ...,
        "intervals": {<metric>: [low, high]},
        "bins": [{"z_low", "z_high", "n", "percent", "mean_error", "std", "mae"}]}``
        with the metrics of `metrics.HEADLINE`. JSON has no NaN: what is
        undefined (errors in an empty bin, the interval of a single galaxy) is None.
    """
    true, predicted = check_pair(z_spec, z_pred)
    if n_resamples is None:
        n_resamples = usual_resamples(len(true))
    intervals = bootstrap_intervals(true, predicted, n_resamples=n_resamples, seed=seed)
    bins = binned_errors(true, predicted, width=bin_width).to_dict("records")
    return {
        "n": len(true),
        "n_resamples": n_resamples,
        **headline(true, predicted),
        "intervals": {name: [_jsonable(end) for end in ends] for name, ends in intervals.items()},
        "bins": [{name: _jsonable(value) for name, value in row.items()} for row in bins],
    }


def evaluate_table(
    predictions: pd.DataFrame, *, n_resamples: int | None = None, seed: int = 0
) -> dict[str, Any]:
    """Evaluate a table of predictions, and their densities where it has `DENSITY_COLUMNS`.

    Parameters
    ----------
    predictions : pd.DataFrame
        As `core.prediction.dataset.predict_dataset` returns it.
    n_resamples, seed : int
        As of `evaluate`.

    Returns
    -------
    dict
        As of `evaluate`; with densities, and "density": what `evaluate_densities`
        returns.
    """
    report = evaluate(
        predictions["z_spec"], predictions["z_pred"], n_resamples=n_resamples, seed=seed
    )
    if set(DENSITY_COLUMNS) <= set(predictions):
        columns = {name: predictions[name] for name in DENSITY_COLUMNS}
        report["density"] = evaluate_densities(**columns, n_resamples=n_resamples, seed=seed)
    return report


def evaluate_densities(
    sigma_z: ArrayLike,
    pit: ArrayLike,
    crps: ArrayLike,
    cde_loss: ArrayLike,
    *,
    n_resamples: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Summarise the scores of densities.

    Parameters
    ----------
    sigma_z : array-like, shape (n,)
        Half the width of each central 68 % interval [redshift].
    pit, crps, cde_loss : array-like, shape (n,)
        As the functions of `core.evaluation.calibration` return them.
    n_resamples, seed : int
        As of `evaluate`.

    Returns
    -------
    dict
        ``{"crps", "cde_loss", "sharpness": float (means), "pit_ks": float,
        "pit_ks_limit": float (chance alone stays below in 95 % of cases),
        "intervals": {<mean>: [low, high]}, "coverage": [{"level", "n", "coverage",
        "coverage_low", "coverage_high"}]}``. Resampling makes the distance `pit_ks`
        larger than it is, so it has a limit and no interval.
    """
    scores = pd.DataFrame({"crps": crps, "cde_loss": cde_loss, "sharpness": sigma_z})
    if n_resamples is None:
        n_resamples = usual_resamples(len(scores))
    intervals = mean_intervals(scores, n_resamples=n_resamples, seed=seed)
    return {
        "crps": float(scores["crps"].mean()),
        "cde_loss": float(scores["cde_loss"].mean()),
        "sharpness": sharpness(sigma_z),
        "pit_ks": pit_ks(pit),
        "pit_ks_limit": pit_ks_limit(len(scores)),
        "intervals": {name: [_jsonable(end) for end in ends] for name, ends in intervals.items()},
        "coverage": coverage_by_pit(pit).to_dict("records"),
    }


def _jsonable(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
