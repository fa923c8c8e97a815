"""The two runs that a first light makes of a shipped one: recalibrated, and fine-tuned."""

import shutil
from collections.abc import Callable
from typing import Any

from core import jobs
from core.errors import RunError
from core.first_light.config import SPLIT, Folder
from core.jobs import finish
from core.prediction.calibration.recalibrated_run import recalibrate_with
from core.runs import Run, Status
from core.training.fine_tuning import fine_tuning
from core.training.queue import submit

TUNED, RECALIBRATED = "first-light-tuned", "first-light-recalibrated"


def fine_tune(folder: Folder, start: Run, progress: Callable[[Status], None]) -> Run:
    """Train `start` further on the data set, in a process of its own; wait for it.

    One that works already is waited for, one that was stopped goes on after its last epoch.
    """
    run = _clear(folder, TUNED)
    if not run.path.exists():
        recipe = fine_tuning(start.config.recipe)
        submit(
            folder.runs,
            recipe,
            folder.dataset,
            split=SPLIT,
            id_like="First light, fine-tuned",
            run_id=TUNED,
            start=start,
        )
    elif run.can_resume(run.status()):
        jobs.resume(run)
    return finish(run, progress)


def recalibrate(folder: Folder, start: Run) -> tuple[Run, tuple[str, ...]]:
    """Calibrate `start` anew with the galaxies, unless that was done; and say what it changed.

    The predictions of the run are those galaxies', each by a calibration that it had no part in.
    """
    run = _clear(folder, RECALIBRATED)
    if not run.path.exists():
        made = recalibrate_with(
            start,
            folder.dataset,
            runs_dir=folder.runs,
            run_id=RECALIBRATED,
        )
        return run, made.sentences()
    return run, ()


def result_of(run: Run) -> dict[str, Any]:
    """Return the result of a run; raise a `RunError` if it has none."""
    found = run.result()
    if found is None:
        raise RunError(f"Run '{run.title}' is not complete.")
    return found


def _clear(folder: Folder, run_id: str) -> Run:
    """Return the run of this id, rid of a folder that was made before it was any."""
    run = Run(folder.runs.resolve() / run_id)
    if run.path.exists() and not (run.path / "config.json").exists():
        shutil.rmtree(run.path)
    return run
