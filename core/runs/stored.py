"""What the tables in a run's folder must hold to be shown; a run from elsewhere must hold more."""

from typing import TYPE_CHECKING, Any

from core.errors import DamagedError, RunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from core.evaluation.metrics import Metric

SUMMARY_SCHEMA = 2
"""Version of summary.json, which names it from 2 on."""

VALIDATED_MAE = "validation_mae"
"""What a summary calls the MAE of the validation part; older ones lack it."""

BEFORE = "evaluation_before"
"""What a summary calls the errors before the run was calibrated anew; only such runs have it."""

MEASURES = ("mae", "bias", "sigma_nmad")
"""Which of these errors are shown beside those after it."""

COLUMNS = (
    *("source_id", "z_spec", "z_pred", "g_mag", "z_lower", "z_upper", "flags"),
    *("sigma_z", "z_median", "z_mode", "pit", "crps", "cde_loss"),
)
"""What the predictions may hold; see `core.prediction.dataset`."""

_TOGETHER = (("z_lower", "z_upper"), ("sigma_z", "pit", "crps", "cde_loss"))

_COUNTS = ("n_train", "n_validation", "n_test", "parameters", "best_epoch", "epochs_run")
_TEXTS = ("split_hash", "data_hash", "device", "backend")
SUMMARY: dict[str, Any] = (
    dict.fromkeys(_COUNTS, 0) | dict.fromkeys(_TEXTS, "") | {"train_seconds": 0.0}
)
"""What a summary holds beside its evaluation, a value of each kind."""

_BIN = dict.fromkeys(("z_low", "z_high", "n", "percent", "mean_error", "std", "mae"), 0.0)
_COVERAGE = dict.fromkeys(("level", "n", "coverage", "coverage_low", "coverage_high"), 0.0)
_EVALUATION = {"n": 0, "mae": 0.0, "sigma_nmad": 0.0, "bins": [_BIN]}


def check_summary(values: dict[str, Any]) -> dict[str, Any]:
    """Return `values` if what they hold of a summary is of the right kind; else `RunError`."""
    model = {name: value for name, value in SUMMARY.items() if name in values}
    model |= {name: 0.0 for name in ("cpu_seconds", VALIDATED_MAE) if values.get(name) is not None}
    if "evaluation" in values:
        evaluation = values["evaluation"]
        compare(evaluation, {}, "evaluation")
        model["evaluation"] = {
            name: _EVALUATION.get(name, {} if isinstance(value, dict) else 0.0)
            for name, value in evaluation.items()
        }
        for name, ends in evaluation.get("intervals", {}).items():
            compare(ends, [0.0], f"intervals: {name}")
    compare(values, model, "summary.json")
    return values


def check_result(values: dict[str, Any]) -> dict[str, Any]:
    """Return `values` if they are a whole summary, but for metrics that were not known to it.

    Raises a `RunError` if something is missing or of another kind, or a newer xpz wrote it.
    """
    schema = values.get("schema", 1)
    if schema not in range(1, SUMMARY_SCHEMA + 1):
        what = f"expected schema 1 to {SUMMARY_SCHEMA}, received {schema!r:.60} of a newer xpz"
        raise DamagedError(what, "summary.json", "Update xpz.")
    compare(values, SUMMARY | {"evaluation": {}}, "summary.json")
    _check_report(values["evaluation"], "evaluation")
    if BEFORE in values:
        compared = dict.fromkeys(MEASURES, 0.0)
        compare(values, {BEFORE: compared, "evaluation": compared}, "summary.json")
        _check_report(values[BEFORE], BEFORE)
    return values


def _check_report(report: dict[str, Any], name: str) -> None:
    """Raise a `RunError` unless an evaluation holds what is read of it, where it knew of it."""
    from core.evaluation.calibration import SCORES
    from core.evaluation.metrics import HEADLINE

    model = {"n": 0, "bins": [_BIN]} | _numbers(HEADLINE, report)
    if "n_resamples" in report:
        model["n_resamples"] = 0
    if "own_interval" in report:
        model["own_interval"] = {"value": 0.0}
    if "density" in report:
        compare(report["density"], {}, f"summary.json: {name}: density")
        model["density"] = {"coverage": [_COVERAGE]} | _numbers(SCORES, report["density"])
    compare(report, model, f"summary.json: {name}")


def _numbers(metrics: "Mapping[str, Metric]", stored: dict[str, Any]) -> dict[str, Any]:
    """Return a model of those metrics that a report knew, with limits or intervals."""
    known = metrics.keys() & stored.keys()
    limited = {name for name in known if metrics[name].limit is not None}
    names = [*known, *(f"{name}_limit" for name in limited)]
    return dict.fromkeys(names, 0.0) | {"intervals": {name: [0.0] for name in known - limited}}


def check_predictions(predictions: "pd.DataFrame") -> "pd.DataFrame":
    """Return `predictions` if they are redshifts of galaxies, in numbers, else raise a `RunError`.

    A `DataError` tells that there are none, or that one is not finite.
    """
    import numpy as np
    import pandas as pd

    from core.evaluation.metrics import check_pair

    for name in ("source_id", "z_spec", "z_pred"):
        if name not in predictions:
            raise RunError(f"the column '{name}' is missing")
    for name in predictions.columns.intersection(list(COLUMNS)):
        if not pd.api.types.is_numeric_dtype(predictions[name]):
            raise RunError(
                f"expected numbers in the column '{name}', received {predictions[name].dtype}"
            )
    for group in _TOGETHER:
        missing = sorted(set(group) - set(predictions))
        if missing and len(missing) < len(group):
            raise RunError(f"the column '{missing[0]}' is missing")
    if predictions["source_id"].dtype != np.int64:
        raise RunError(f"expected whole numbers as ids, received {predictions['source_id'].dtype}")
    check_pair(predictions["z_spec"], predictions["z_pred"])
    if "z_lower" in predictions:  # those of older runs may lie beside their redshift
        z, lower, upper = (predictions[name] for name in ("z_pred", "z_lower", "z_upper"))
        predictions = predictions.assign(z_lower=np.minimum(lower, z), z_upper=np.maximum(upper, z))
    return predictions


def compare(values: Any, model: Any, where: str, may_lack: bool = False) -> None:
    """Raise a `RunError` unless `values` has all that `model` has, each of its kind.

    Numbers in lists may be missing: the error of an empty bin, the interval of a single galaxy.
    """
    if isinstance(model, dict):
        if not isinstance(values, dict):
            raise RunError(f"{where}: expected a table, received {values!r:.60}.")
        for name, item in model.items():
            if name not in values:
                raise RunError(f"{where}: '{name}' is missing.")
            compare(values[name], item, f"{where}: {name}", may_lack)
    elif isinstance(model, list):
        if not isinstance(values, list):
            raise RunError(f"{where}: expected a list, received {values!r:.60}.")
        for item in values:
            compare(item, model[0], where, may_lack=True)
    elif isinstance(model, str):
        if not isinstance(values, str):
            raise RunError(f"{where}: expected a text, received {values!r:.60}.")
    elif values is None and may_lack:
        return
    elif isinstance(values, bool) or not isinstance(values, int | float):
        raise RunError(f"{where}: expected a number, received {values!r:.60}.")
    else:
        float(values)  # a whole number can be too large for one
