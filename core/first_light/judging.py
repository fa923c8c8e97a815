"""The numbers of a first light: of every estimate on the same galaxies, as JSON holds them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.atomic import replacing
from core.comparison.beside_ugc import with_ugc
from core.comparison.galaxies import Common, common_dataset
from core.comparison.report import report_on
from core.comparison.same_galaxies import aligned
from core.comparison.subject import Subject, keys_by_name
from core.comparison.ugc import LEVEL as UGC_LEVEL
from core.comparison.ugc import NAME as UGC
from core.comparison.ugc import read_ugc_predictions
from core.data.dataset import open_dataset
from core.data.dataset_files import read_without_spectra
from core.evaluation.report import jsonable
from core.first_light.config import Folder
from core.prediction.dataset import predict_unseen
from core.prediction.flags import LEVEL
from core.report.numbers import counts_of, numbers_of
from core.runs import Run


def judge(
    folder: Folder,
    runs: list[Run],
    say: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> None:
    """Write the redshifts that each run gives of the galaxies that it was not trained with.

    Also of another release than the run's: how it does there is what is asked.
    """
    folder.judged.mkdir(exist_ok=True)
    for run in runs:
        path = _table(folder, run)
        if not path.exists():
            # Runs of one release are judged on another's too, flagged: how they do is asked.
            found = predict_unseen(run, folder.dataset, other_instrument=True, progress=progress)
            for notice in found.notices:
                say(notice.sentence)
            with replacing(path) as temporary:
                found.predictions.to_parquet(temporary, index=False)


def shipped_numbers(folder: Folder, runs: list[Run]) -> dict[str, Any]:
    """Return the numbers of the shipped runs on all galaxies, and on their own test parts."""
    tables = {run.run_id: pd.read_parquet(_table(folder, run)) for run in runs}
    subjects = aligned([Subject(run.run_id, tables[run.run_id], run) for run in runs])
    common = Common(open_dataset(folder.dataset).card.name, subjects)
    before = {run.run_id: _simulated(run) for run in runs}
    return comparison_numbers(common) | {"on_their_own_test_parts": before}


def before_and_after(folder: Folder, start: Run, recalibrated: Run, tuned: Run) -> Common:
    """Return the redshifts of a run, and of those made of it, of the galaxies of the test part.

    None was trained with them; the redshifts of the recalibrated one are each by a calibration that
    the galaxy had no part in.
    """
    return common_dataset([start, recalibrated, tuned], open_dataset(folder.dataset))


def numbers_beside_ugc(folder: Folder, common: Common) -> dict[str, Any] | None:
    """Return `comparison_numbers` beside Gaia's UGC, of the galaxies that it knows, if any."""
    ugc = read_ugc_predictions(folder.dataset)
    if ugc is None:
        return None
    known = np.isin(common.subjects[0].predictions["source_id"], ugc["source_id"])
    return comparison_numbers(with_ugc(common, ugc)) if known.any() else None


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


def comparison_numbers(common: Common) -> dict[str, Any]:
    """Return a comparison, and of each estimate its bins, coverage, n(z) and maps."""
    levels, keys = {UGC: UGC_LEVEL}, keys_by_name(common.subjects)
    return {
        "comparison": report_on(common),
        "n_z": counts_of(common.subjects[0].predictions["z_spec"].to_numpy()),
        "estimates": {
            keys[one.name]: numbers_of(
                one.predictions, run=one.run, level=levels.get(one.name, LEVEL)
            )
            for one in common.subjects
        },
    }


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
