"""Runs as rows: what each came to, what it was trained with, and which is best by what."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from core.comparison.settings import facts_table, settings_table
from core.comparison.subject import keys_of
from core.evaluation.comparison import METRICS
from core.evaluation.metrics import Definition
from core.runs import Run, validation_mae

VALIDATION_MAE = "val_mae"
BY: Mapping[str, Definition] = {
    VALIDATION_MAE: Definition(
        "Validation MAE",
        r"\mathrm{mean}\,|d| \mathrm{\ of\ the\ validation\ part}",
        "MAE of the validation part, by the redshifts that the finished run gives, as Test MAE. To "
        "choose by: whoever chooses by the test part makes its numbers look better than they are. "
        "Of older runs with p(z) it is that in training, before calibration; xpz calibrate --run "
        "RUN measures it anew.",
        "Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, 7.2",
    ),
    **METRICS,
    "mae": replace(METRICS["mae"], title="Test MAE"),
}
"""By what runs are ordered; all but the first are of each run's own test part."""

SETTING = "setting."
"""With what the columns of settings begin, which are as in `settings_table`."""


def scores_of(run: Run) -> dict[str, float]:
    """Return the validation MAE, and every metric of a run's own test part that its summary has."""
    result = (run.summary() or {}).get("evaluation") or {}
    told = {VALIDATION_MAE: validation_mae(run), **(result.get("density") or {}), **result}
    return {
        name: float(told[name])
        for name in BY
        if isinstance(told.get(name), int | float) and math.isfinite(told[name])
    }


def leaderboard(runs: Mapping[str, Run], *, differing_only: bool = True) -> pd.DataFrame:
    """Return a row for each run: what it came to, what it cost, what it was trained with.

    Parameters
    ----------
    runs : mapping of str to Run
        Runs that can be read, by what the rows are to be called.
    differing_only : bool
        Leave out the settings that are the same in all of them.

    Returns
    -------
    pd.DataFrame
        By the names of `runs`: those of `BY` that any of them has, the facts of `facts_table`,
        and the settings of `settings_table`, whose columns begin with `SETTING`. NaN or None where
        a run has no such number or setting.
    """
    in_order = list(runs.values())
    labels = dict(zip(keys_of(in_order), runs, strict=True))
    scores = pd.DataFrame([scores_of(run) for run in in_order], index=list(runs), dtype=float)
    known = [name for name in BY if name in scores]
    settings = settings_table(in_order, differing_only=differing_only)
    return pd.concat(
        [
            scores[known],
            facts_table(in_order).T.rename(index=labels),
            settings.T.rename(index=labels).add_prefix(SETTING),
        ],
        axis=1,
    )


def best_first(scores: pd.Series, by: str) -> list[Any]:
    """Return the labels of a metric's values, the best first, those without a number last.

    `by` is the metric's name in `BY`: the bias counts by its size.
    """
    return BY[by].as_compared(scores).sort_values(kind="stable", na_position="last").index.tolist()


def best_by(table: pd.DataFrame) -> pd.DataFrame:
    """Return metric, run and value: which rows of a `leaderboard` are best by each that ranks.

    The metrics are those of its columns; one that no run has is left out. The values are as runs
    are compared by them: of the bias its size. Several rows are best where no digit shown tells
    them apart (see `Definition.best`), the lowest first.
    """
    found = []
    for name in (name for name, metric in BY.items() if metric.ranks and name in table):
        known = table[name].dropna()
        in_order = {label: float(known[label]) for label in best_first(known, name)}
        found += [
            {"metric": name, "run": best, "value": BY[name].as_compared(in_order[best])}
            for best in BY[name].best(in_order)
        ]
    return pd.DataFrame(found, columns=["metric", "run", "value"])
