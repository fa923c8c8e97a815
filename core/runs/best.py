"""Which of several runs is the best, as far as the validation parts of their data tell."""

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
    table = run.metrics()
    if run.config.recipe.training.restore_best_weights:
        table = table[table["epoch"] == best]
    found = [mae for mae in table["val_mae"].tail(1) if math.isfinite(mae)]
    return found[0] if found else None


def best_run(runs: Iterable[Run]) -> Run | None:
    """Return the calibrated run of the lowest MAE of the validation part; None without one.

    The validation part, and not the test part: whoever chooses by the test part makes its numbers
    look better than they are. Only runs on spectra of the same origin as those of the first
    calibrated run are compared, for the others' errors tell of another task; none that people have
    set aside; and none that was calibrated anew, which answers for galaxies of its own kind alone.
    """
    able = [run for run in runs if _can_be_chosen(run)]
    alike = [run for run in able if run.config.data.origin == able[0].config.data.origin]
    errors = {run: mae for run in alike if (mae := validation_mae(run)) is not None}
    return min(errors, key=errors.__getitem__, default=None)


def _can_be_chosen(run: Run) -> bool:
    able = run.is_complete and run.calibration_path.is_file() and run.damage() is None
    return able and run.config.recalibrated is None and not run.annotations().archived
