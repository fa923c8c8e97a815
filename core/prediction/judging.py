"""Predicted redshifts judged: of a run on its test part or a data set, or of a table."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.amounts import n_of
from core.data.dataset import Dataset
from core.errors import DataError
from core.evaluation.own_interval import ENDS
from core.evaluation.report import evaluate_table
from core.prediction.dataset import predict_unseen
from core.prediction.judged_rows import galaxies_of, judged_rows
from core.runs import Run
from core.runs.finding import open_run


def evaluate(
    what: Run | str | Path | pd.DataFrame,
    data: Dataset | str | Path | None = None,
    *,
    z_spec: str | ArrayLike = "z_spec",
    runs_dir: str | Path | None = None,
    other_instrument: bool = False,
    progress: Callable[[int, int], None] | None = None,
    n_resamples: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Judge predicted redshifts: every number with its 95 % interval, and errors per bin.

    What speaks against the numbers, such as galaxies that were left out, is given as a warning.

    Parameters
    ----------
    what : Run, str, Path or pd.DataFrame
        A run, its id or its folder; or a table of redshifts, as `predict_files` and
        `Estimator.predict` (column z) and `Run.predictions` (column z_pred) give it.
    data : Dataset, str or Path, optional
        Of a run: the galaxies to judge it on, less those that it was trained or validated
        with. By default the run's own test part.
    z_spec : str or array-like, shape (n,)
        Of a table: the true redshifts, or the name of their column. Rows are left out that have
        no true or no predicted redshift, or a true one that a data set would not take: a zero or
        -9999 for none, a warning flag or another type in a column such as ZWARN or CLASS, out of
        range, contradicted by another row of its source. A galaxy that comes in several rows, by
        its `source_id` of Gaia or the column `repeated`, counts once, by the first of those that
        are left, as on the screen Predict.
    runs_dir : str or Path, optional
        Folder of your runs, where an id is looked up.
    other_instrument : bool
        Of a run: whether to judge it on spectra of another release or other bases than its own.
    progress : callable, optional
        Called with the number of spectra predicted and their total.
    n_resamples, seed : int, optional
        Of the bootstrap.

    Returns
    -------
    dict
        As `core.evaluation.report.evaluate_table`: ``{"n", "mae", "bias", ...,
        "intervals": {<metric>: [low, high]}, "bins": [...]}``, of a run with p(z) "density", and
        of another run, or a table, that has z_lower and z_upper "own_interval": the share of true
        redshifts inside, as "value", with its 95 % interval, "low" to "high"; of a run those of
        68 %, of a table of the level that it was made with.

    Raises
    ------
    RunError
        If there is no such run, or it is not complete or damaged.
    DataError
        If the table has no such column, no galaxy is left to judge, or they are of another
        instrument than the run's.

    Examples
    --------
    >>> import core
    >>> found = core.evaluate("compact-20k")
    >>> found["n"], round(found["mae"], 4)
    (2029, 0.0208)

    Redshifts of a file, which holds the true ones in a column of its own:

    >>> table = core.predict_files("compact-20k", "data/samples/simulated-galaxies.csv").table
    >>> core.evaluate(table.query("what == 'galaxy'"), z_spec="z_spec")["n"] > 10
    True
    """
    if isinstance(what, pd.DataFrame):
        table = _with_truth(what, z_spec)
    elif not isinstance(what, Run | str | Path):
        raise DataError(
            "Expected a run, its id or its folder, or a pandas DataFrame of redshifts; received "
            f"an object of type {type(what).__name__}. Make a DataFrame of it first: an astropy "
            "Table has to_pandas()."
        )
    elif data is None:
        table = open_run(what, runs_dir).predictions()
    else:
        run = open_run(what, runs_dir)
        found = predict_unseen(run, data, other_instrument=other_instrument, progress=progress)
        for notice in found.notices:
            warnings.warn(notice.sentence, stacklevel=2)
        table = found.predictions
    return evaluate_table(table, n_resamples=n_resamples, seed=seed)


def _with_truth(table: pd.DataFrame, z_spec: str | ArrayLike) -> pd.DataFrame:
    """Return the rows of a table that can be judged, by the names of `predict_dataset`."""
    predicted = next((name for name in ("z_pred", "z") if name in table), None)
    named = z_spec if isinstance(z_spec, str) else None
    if predicted is None or (named and named not in table):
        raise DataError(
            "Expected a table with predicted redshifts in a column z_pred or z, and true ones in a "
            f"column {named or 'or array of their own'}; received the columns "
            f"{', '.join(map(str, table))}. Name the true ones: evaluate(table, z_spec=...)."
        )
    truth = _numbers(pd.Series(table[named] if named else z_spec), named or "z_spec")
    if len(truth) != len(table):
        raise DataError(
            f"Expected one true redshift per row of the table ({len(table):,}), received "
            f"{len(truth):,}."
        )
    z_pred = _numbers(table[predicted], predicted)
    judged = judged_rows(table.drop(columns=predicted), truth, z_pred, galaxies_of(table))
    n, n_left_out = len(judged.rows), judged.left_out.total()
    reasons = "; ".join(f"{count:,} {reason}" for reason, count in judged.left_out.items())
    left_out = f"{n_left_out:,} of {n_of(len(table), 'row')}: {reasons}."
    if not n:
        raise DataError(
            "Expected a row with a true redshift to rely on and a predicted one; left out are "
            f"{left_out}"
        )
    if n_left_out:
        warnings.warn(f"Left out: {left_out}", stacklevel=3)
    if judged.n_rows > n:
        warnings.warn(
            f"{n_of(n, 'galaxy')} in {n_of(judged.n_rows, 'row')}: one that comes in several rows "
            "counts once, by the first.",
            stacklevel=3,
        )
    ends = {name: _numbers(table[name], name)[judged.rows] for name in ENDS if name in table}
    _check_ends(ends, judged.rows)
    known = ends | {"z_spec": judged.z_spec, "z_pred": z_pred[judged.rows]}
    return table.iloc[judged.rows].assign(**known)


def _check_ends(ends: Mapping[str, np.ndarray], rows: np.ndarray) -> None:
    """Raise a `DataError` with the row of the table, one of `rows`, whose interval is crossed."""
    if set(ends) != set(ENDS):
        return
    lower, upper = (ends[name] for name in ENDS)
    crossed = np.flatnonzero(lower > upper)
    if len(crossed):
        first = crossed[0]
        raise DataError(
            f"Columns {' and '.join(ENDS)}, row {rows[first] + 1:,} of the table: expected the "
            f"lower end of an interval first, received {lower[first]:g} and {upper[first]:g} "
            f"({n_of(len(crossed), 'such row')}). Correct them, or leave the columns out: "
            f"evaluate(table.drop(columns={list(ENDS)}))."
        )


def _numbers(redshifts: pd.Series, name: str) -> np.ndarray:
    """Return redshifts as floats, NaN for none; texts of numbers, as tables hold them, as well."""
    numbers = pd.to_numeric(redshifts, errors="coerce")
    wrong = np.flatnonzero(numbers.isna() & redshifts.notna())
    if len(wrong):
        raise DataError(
            f"Column {name}, row {wrong[0] + 1:,} of the table: expected a number, or an "
            f"empty cell, received {redshifts.iloc[wrong[0]]!r:.60}."
        )
    return numbers.to_numpy(float, na_value=np.nan)
