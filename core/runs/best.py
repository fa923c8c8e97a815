"""Which of several runs is the best, as far as the validation parts of their data tell."""

import json
import math
from collections.abc import Iterable

from core.errors import XpzError
from core.runs.run import Run
from core.versions import kept


def validation_mae(run: Run) -> float | None:
    """Return a complete run's MAE of the validation part, of the epoch whose weights it has.

    None where the run is not complete or its files do not tell.
    """
    try:
        summary = run.summary()
        if summary is None:
            return None
        return kept(run.metrics_path, lambda: _of_epoch(run, summary.get("best_epoch")), "val_mae")
    except (XpzError, OSError):
        return None


def _of_epoch(run: Run, best: object) -> float | None:
    lines = run.metrics_path.read_bytes().splitlines()
    restored = run.config.recipe.training.restore_best_weights
    # Its line alone, as there are a thousand runs of a hundred epochs each.
    line = best - 1 if restored and isinstance(best, int) else len(lines) - 1
    if not 0 <= line < len(lines):
        return None
    with run.reading(run.metrics_path.name):
        mae = float(json.loads(lines[line])["val_mae"])
    return mae if math.isfinite(mae) else None


def best_run(runs: Iterable[Run]) -> Run | None:
    """Return the calibrated run of the lowest MAE of the validation part; None without one.

    The validation part, and not the test part: whoever chooses by the test part makes its numbers
    look better than they are. Only runs on spectra of the same release and origin as those of the
    first calibrated run are compared, for the others' errors tell of another task; none that people
    have set aside; and none that was calibrated anew, which answers for galaxies of its kind alone.
    """
    able = [run for run in runs if _can_be_chosen(run)]
    alike = [run for run in able if _task(run) == _task(able[0])]
    errors = {run: mae for run in alike if (mae := validation_mae(run)) is not None}
    return min(errors, key=errors.__getitem__, default=None)


def _task(run: Run) -> tuple[str, str]:
    """Return what a run's spectra are: the release of the instrument, and where they come from."""
    data = run.config.data
    return data.known_instrument.release, data.origin


def _can_be_chosen(run: Run) -> bool:
    able = run.is_complete and run.calibration_path.is_file() and run.damage() is None
    return able and run.config.recalibrated is None and not run.annotations().archived
