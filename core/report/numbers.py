"""The numbers of one estimate that a page shows, as JSON holds them."""

from typing import Any

import numpy as np
import pandas as pd

from core.data.statistics import redshift_histogram
from core.evaluation.coverage import coverage_row
from core.evaluation.histograms import histogram2d, pit_histogram
from core.evaluation.report import evaluate_table, jsonable
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.run_coverage import run_coverage
from core.prediction.flags import LEVEL, shares
from core.runs.run import Run

CELLS = 48
"""Of a map of predicted against true redshifts, per axis."""

BIN = 0.02
"""Of the distribution of redshifts."""


def numbers_of(
    table: pd.DataFrame,
    *,
    run: Run | None = None,
    level: float = LEVEL,
    report: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return every number of a table of predictions.

    Parameters
    ----------
    table : pd.DataFrame
        As `core.prediction.dataset.predict_dataset` returns it.
    run : Run, optional
        Whose predictions they are: its calibration has intervals of all levels.
    level : float
        Of the intervals z_lower to z_upper of who is no calibrated run: the only ones.
    report : dict, optional
        What `core.evaluation.report.evaluate_table` returns, where that is known.

    Returns
    -------
    dict
        What `core.evaluation.report.evaluate_table` returns, and ``"coverage"``: rows by level,
        none without intervals; ``"map"``: counts of z_pred (second) by z_spec, edges of both;
        ``"n_z"``: z_low and count of z_pred; with p(z) ``"pit"``: as
        `core.evaluation.histograms.pit_histogram`; with flags ``"flags"``: the share of each.
    """
    told = evaluate_table(table) if report is None else dict(report)
    told.pop("own_interval", None)  # stands in the coverage, with its level
    told["coverage"] = told.get("density", {}).get("coverage") or _coverage(table, run, level)
    counts = histogram2d(table["z_spec"], table["z_pred"], CELLS)
    told |= {
        "map": {"counts": counts.counts.tolist(), "edges": counts.edges_x.tolist()},
        # A network may predict less than 0, where no bin is.
        "n_z": counts_of(np.clip(table["z_pred"].to_numpy(), 0, None)),
    }
    if "pit" in table:
        told["pit"] = pit_histogram(table["pit"]).to_dict("list")
    if "flags" in table:
        told["flags"] = {str(flag.name): share for flag, share in shares(table["flags"]).items()}
    return jsonable(told)


def counts_of(z: np.ndarray) -> dict[str, Any]:
    """Return z_low and count of bins of redshifts."""
    counts = redshift_histogram(z, BIN)
    return {"z_low": counts["z_low"].tolist(), "count": counts["count"].tolist()}


def _coverage(table: pd.DataFrame, run: Run | None, level: float) -> list[dict[str, Any]]:
    """Return the coverage of the intervals that a table has, where it has any."""
    if "z_lower" not in table or not np.isfinite(table["z_lower"]).all():
        return []
    calibration = None if run is None else Calibration.load(run)
    if run is not None and calibration is not None:
        rows: Any = run_coverage(run, calibration, table).to_dict("records")
        return list(rows)
    row = coverage_row(table["z_spec"], table["z_lower"], table["z_upper"])
    return [{"level": level, **row}]
