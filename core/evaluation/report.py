"""All numbers of a run's predictions as one JSON-ready dictionary."""

import math
from typing import Any

from numpy.typing import ArrayLike

from core.evaluation.bins import binned_errors
from core.evaluation.bootstrap import bootstrap_intervals
from core.evaluation.metrics import check_pair, headline

MANY_GALAXIES = 100_000


def usual_resamples(n: int) -> int:
    """Return how often `n` galaxies are resampled if nobody says otherwise.

    1000 times; 200 times beyond `MANY_GALAXIES`, where intervals are narrow
    and a thousand resamples take a minute.
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


def _jsonable(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
