"""The numbers of a first light: of every estimate on the same galaxies, as JSON holds them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.atomic import replacing
from core.comparison.beside_ugc import with_ugc
from core.comparison.galaxies import Common, aligned, common_dataset
from core.comparison.report import report_on
from core.comparison.subject import Subject
from core.comparison.ugc import LEVEL as UGC_LEVEL
from core.comparison.ugc import NAME as UGC
from core.comparison.ugc import read_ugc_predictions
from core.data.dataset import open_dataset
from core.data.dataset_files import read_without_spectra
from core.data.statistics import redshift_histogram
from core.evaluation.coverage import coverage_row
from core.evaluation.histograms import histogram2d, pit_histogram
from core.evaluation.report import evaluate_table, jsonable
from core.first_light.config import Folder
from core.prediction.dataset import predict_unseen
from core.prediction.flags import LEVEL, shares
from core.runs import Run

CELLS = 48
"""Of a map of predicted against true redshifts, per axis."""

BIN = 0.02
"""Of the distribution of redshifts."""


def judge(folder: Folder, runs: list[Run], progress: Callable[[int, int], None]) -> None:
    """Write the redshifts that each run gives of the galaxies that it was not trained with."""
    folder.judged.mkdir(exist_ok=True)
    for run in runs:
        path = _table(folder, run)
        if not path.exists():
            # Runs of one release are judged on another's too, flagged: how they do is asked.
            found = predict_unseen(run, folder.dataset, other_instrument=True, progress=progress)
            with replacing(path) as temporary:
                found.predictions.to_parquet(temporary, index=False)


def shipped_numbers(folder: Folder, runs: list[Run]) -> dict[str, Any]:
    """Return the numbers of the shipped runs on all galaxies, and on their own test parts."""
    tables = {run.run_id: pd.read_parquet(_table(folder, run)) for run in runs}
    subjects = aligned([Subject(run.run_id, tables[run.run_id], run) for run in runs])
    common = Common(open_dataset(folder.dataset).card.name, subjects)
    before = {run.run_id: _simulated(run) for run in runs}
    return _numbers(common) | {"on_their_own_test_parts": before}


def after_numbers(folder: Folder, start: Run, recalibrated: Run, tuned: Run) -> dict[str, Any]:
    """Return the numbers of a run, and of those made of it, on the galaxies of the test part.

    None was trained with them; the redshifts of the recalibrated one are each by a calibration that
    the galaxy had no part in.
    """
    return _numbers(_before_and_after(folder, start, recalibrated, tuned))


def ugc_numbers(folder: Folder, start: Run, recalibrated: Run, tuned: Run) -> dict[str, Any] | None:
    """Return the same beside Gaia's UGC, of the galaxies of which it gives a redshift, if any."""
    ugc = read_ugc_predictions(folder.dataset)
    if ugc is None:
        return None
    common = _before_and_after(folder, start, recalibrated, tuned)
    known = np.isin(common.subjects[0].predictions["source_id"], ugc["source_id"])
    return _numbers(with_ugc(common, ugc)) if known.any() else None


def _before_and_after(folder: Folder, start: Run, recalibrated: Run, tuned: Run) -> Common:
    common = common_dataset([start, tuned], open_dataset(folder.dataset))
    before, after = common.subjects
    own = Subject(recalibrated.run_id, recalibrated.predictions(), recalibrated)
    return replace(common, subjects=aligned([before, own, after]))


def galaxy_numbers(folder: Folder) -> dict[str, Any]:
    """Return what is known of the galaxies themselves."""
    columns = read_without_spectra(folder.dataset)
    z, g_mag = columns["z"], columns.get("g_mag")
    card = open_dataset(folder.dataset).card
    told: dict[str, Any] = {
        "n": len(z),
        "hash": card.hash,
        "account": card.account,
        "z_percentiles": _percentiles(z),
    }
    if g_mag is not None:
        told["g_mag_percentiles"] = _percentiles(g_mag)
    return jsonable(told)


def _numbers(common: Common) -> dict[str, Any]:
    """Return a comparison, and of each estimate its bins, coverage, n(z) and maps."""
    each = {one.name: _of_one(one.name, one.predictions) for one in common.subjects}
    true = common.subjects[0].predictions["z_spec"].to_numpy()
    n_z = redshift_histogram(true, BIN)
    return {
        "comparison": report_on(common),
        "n_z": {"z_low": n_z["z_low"].tolist(), "count": n_z["count"].tolist()},
        "estimates": each,
    }


def _of_one(name: str, table: pd.DataFrame) -> dict[str, Any]:
    told = evaluate_table(table)
    told["coverage"] = told.get("density", {}).get("coverage") or _coverage(name, table)
    counts = histogram2d(table["z_spec"], table["z_pred"], CELLS)
    inside = np.clip(table["z_pred"], 0, None)
    n_z = redshift_histogram(inside.to_numpy(), BIN)
    told |= {
        "map": {"counts": counts.counts.tolist(), "edges": counts.edges_x.tolist()},
        "n_z": {"z_low": n_z["z_low"].tolist(), "count": n_z["count"].tolist()},
    }
    if "pit" in table:
        told["pit"] = pit_histogram(table["pit"]).to_dict("list")
    if "flags" in table and name != UGC:
        told["flags"] = {str(flag.name): share for flag, share in shares(table["flags"]).items()}
    return jsonable(told)


def _coverage(name: str, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the coverage of the intervals that a table has, where it has any."""
    if "z_lower" not in table or not np.isfinite(table["z_lower"]).all():
        return []
    row = coverage_row(table["z_spec"], table["z_lower"], table["z_upper"])
    return [{"level": UGC_LEVEL if name == UGC else LEVEL, **row}]


def _simulated(run: Run) -> dict[str, Any]:
    """Return what a shipped run reached on the test part of its own, simulated, data set."""
    summary = run.result() or {}
    told = summary.get("evaluation", {})
    kept = {name: told.get(name) for name in ("n", "mae", "bias", "sigma_nmad")}
    return kept | {"origin": run.config.data.origin, "coverage": summary.get("coverage", {})}


def _percentiles(values: np.ndarray) -> dict[str, float]:
    known = values[np.isfinite(values)].astype(float)
    levels = (0, 5, 50, 95, 100)
    if not len(known):
        return {}
    found = np.percentile(known, levels)
    return {str(level): round(float(value), 6) for level, value in zip(levels, found, strict=True)}


def _table(folder: Folder, run: Run) -> Path:
    return folder.judged / f"{run.run_id}.parquet"
