"""All numbers of a run's predictions as one JSON-ready dictionary."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.bins import binned_errors
from core.evaluation.calibration import SCORES, coverage_by_pit
from core.evaluation.metrics import HEADLINE, Metric, errors, values
from core.evaluation.own_interval import ENDS, own_coverage
from core.evaluation.resampling import interval_of, intervals

MANY_GALAXIES = 100_000

# Of predictions with densities: their error and scores, a column each.
DENSITY_COLUMNS = ("sigma_z", "pit", "crps", "cde_loss")
EVALUATED_COLUMNS = ("z_spec", "z_pred", *ENDS, *DENSITY_COLUMNS)


def usual_resamples(n: int) -> int:
    """Return how often `n` galaxies are resampled if nobody says otherwise.

    1000 times; 200 times beyond `MANY_GALAXIES`, where intervals are narrow
    and a thousand resamples of a million galaxies take half a minute.
    """
    return 1000 if n <= MANY_GALAXIES else 200


def evaluate_table(
    predictions: pd.DataFrame, *, n_resamples: int | None = None, seed: int = 0
) -> dict[str, Any]:
    """Evaluate predictions, and their densities or else intervals where the table has them.

    Parameters
    ----------
    predictions : pd.DataFrame
        z_spec, z_pred and more, as `core.prediction.dataset.predict_dataset` returns it: of
        densities `DENSITY_COLUMNS`, of intervals z_lower and z_upper.
    n_resamples : int, optional
        Of the bootstrap (95 % percentile intervals, but Wilson's of shares beyond a fixed limit);
        `usual_resamples` by default.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``{"n": int, "n_resamples": int, <metric>: float, ...,
        "intervals": {<metric>: [low, high]},
        "bins": [{"z_low", "z_high", "n", "percent", "mean_error", "std", "mae"}]}``
        with the metrics of `metrics.HEADLINE` and bins of z_spec; with intervals and without
        densities, whose coverage stands there, ``"own_interval": {"value", "low", "high"}``, the
        share of true redshifts inside (see `own_interval.own_coverage`); with densities
        ``"density": {"crps", "cde_loss", "sharpness",
        "pit_ks": float, "pit_ks_limit": float (chance alone stays below in 95 % of cases),
        "intervals": {<mean>: [low, high]}, "coverage": [{"level", "n", "coverage",
        "coverage_low", "coverage_high"}]}`` with the metrics of `calibration.SCORES`.
        JSON has no NaN: what is undefined (errors in an empty bin, the deviation in a bin of one
        galaxy, the interval of a single galaxy) is None.
    """
    pair = predictions["z_spec"], predictions["z_pred"]
    found = errors(*pair)
    n = len(predictions)
    if n_resamples is None:
        n_resamples = usual_resamples(n)
    has_densities = _has_densities(predictions)
    columns, metrics = dict(found), dict(HEADLINE)
    if has_densities:
        columns |= {name: predictions[name].to_numpy(float) for name in DENSITY_COLUMNS}
        metrics |= SCORES
    # Once for all of them: most of the time goes into drawing galaxies.
    resampled = {name: metric for name, metric in metrics.items() if metric.limit is None}
    ends = intervals(resampled, columns, n_resamples, seed=seed)
    report: dict[str, Any] = {
        "n": n,
        "n_resamples": n_resamples,
        **_numbers(HEADLINE, columns, ends),
        **_held(predictions),
        "bins": binned_errors(*pair).to_dict("records"),
    }
    if has_densities:
        report["density"] = _numbers(SCORES, columns, ends)
        report["density"]["coverage"] = coverage_by_pit(columns["pit"]).to_dict("records")
    return jsonable(report)


def completed(stored: Mapping[str, Any], predictions: pd.DataFrame) -> dict[str, Any]:
    """Return a stored report with what it lacks of today's, from the predictions.

    A report from before a metric was known, or before the run was calibrated, lacks
    something; what it has stays as it is, but for the intervals of shares, which are Wilson's, the
    deviation in bins of one galaxy, which was 0, and the share inside the run's own intervals,
    which a calibration makes anew.

    Parameters
    ----------
    stored : mapping
        As `evaluate_table` returns it, or did.
    predictions : pd.DataFrame
        As for `evaluate_table`.
    """
    stored = _without_scatter_of_one(_with_shares(stored)) | _held(predictions)
    wanted = [(stored, HEADLINE)]
    if _has_densities(predictions):
        wanted.append((stored.get("density", {}), SCORES))
    if all(metrics.keys() <= known.keys() for known, metrics in wanted):
        return dict(stored)
    return _merged(stored, evaluate_table(predictions, n_resamples=stored.get("n_resamples")))


def _has_densities(predictions: pd.DataFrame) -> bool:
    return set(DENSITY_COLUMNS) <= set(predictions)


def _held(predictions: pd.DataFrame) -> dict[str, Any]:
    """Return how many true redshifts intervals hold; of densities their coverage tells it."""
    share = {} if _has_densities(predictions) else own_coverage(predictions)
    return {"own_interval": share} if share else {}


def _with_shares(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored report with today's intervals of shares; the bootstrap's were 0 to 0 of 0."""
    known = stored.get("intervals", {})
    shares = {
        name: list(ends)
        for name in HEADLINE.keys() & known.keys() & stored.keys()
        if (ends := interval_of(HEADLINE[name], stored[name], stored["n"]))
    }
    return {**stored, "intervals": {**known, **shares}} if shares else dict(stored)


def _without_scatter_of_one(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored report with today's bins, in which one galaxy alone has no deviation."""
    bins = [row | {"std": None} if row["n"] == 1 else row for row in stored.get("bins", ())]
    return {**stored, "bins": bins} if bins else dict(stored)


def _merged(stored: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Any]:
    inner = {
        name: _merged(stored[name], values)
        for name, values in fresh.items()
        if isinstance(values, dict) and name in stored
    }
    return {**fresh, **stored, **inner}


def _numbers(
    metrics: Mapping[str, Metric],
    columns: Mapping[str, np.ndarray],
    ends: Mapping[str, tuple[float, float]],
) -> dict[str, Any]:
    """Return metrics with what chance leaves of some, and the intervals of the others."""
    limits = {name: metric.limit for name, metric in metrics.items() if metric.limit is not None}
    n = len(next(iter(columns.values())))
    return {
        **values(metrics, columns),
        **{f"{name}_limit": limit(n) for name, limit in limits.items()},
        "intervals": {name: ends[name] for name in metrics if name not in limits},
    }


def jsonable(value: Any) -> Any:
    """Return nested tables and lists as JSON has them: names are texts, NaN is None."""
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
