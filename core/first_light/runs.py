"""The two runs that a first light makes of a shipped one: recalibrated, and fine-tuned."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from core import jobs
from core.data.dataset import load_dataset
from core.data.split import split_by_source
from core.errors import RunError
from core.evaluation.report import evaluate_table
from core.first_light.config import SPLIT, Folder
from core.jobs import finish
from core.prediction.calibration.calibration import Calibration, calibrate
from core.prediction.dataset import keep_predictions
from core.prediction.seen import write_seen
from core.runs import SUMMARY_SCHEMA, Run, RunConfig, Status, create_run
from core.training.fine_tuning import fine_tuning, refer_to
from core.training.queue import refer_to_data, submit

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
            name="First light, fine-tuned",
            run_id=TUNED,
            start=start,
        )
    elif run.status().state in run.resumable:
        jobs.resume(run)
    return finish(run, progress)


def recalibrate(folder: Folder, start: Run) -> Run:
    """Make a run of the network of `start`, as it is, calibrated on the data set.

    Intervals, p(z) and flags are measured on the galaxies here. Of p(z), the redshifts that the
    network has learnt stay those of its own training.
    """
    run = _clear(folder, RECALIBRATED)
    if run.is_complete:
        return run
    shutil.rmtree(run.path, ignore_errors=True)  # made by half: nothing of it took long
    config = RunConfig(
        RECALIBRATED,
        "First light, recalibrated",
        start.config.preset,
        start.config.recipe,
        refer_to_data(folder.dataset, folder.runs, SPLIT),
        SPLIT,
        device="cpu",
    )
    config = replace(config, start=refer_to(start, config, folder.runs))
    run = create_run(folder.runs, config)
    for theirs, ours in (
        (start.model_path, run.model_path),
        (start.scaler_path, run.scaler_path),
        (start.onnx_path, run.onnx_path),
    ):
        shutil.copyfile(theirs, ours)
    dataset = load_dataset(folder.dataset)
    split = split_by_source(dataset.source_id, SPLIT)
    test = dataset.take(split.test)
    measured = calibrate(run, dataset, dataset.take(split.validation), split.train)
    calibration = _with_prior_of(start, measured)
    calibration.save(run.calibration_path)
    predictions = keep_predictions(run, calibration, test)
    write_seen(run, dataset.source_id, split)
    run.write_metrics([])
    run.write_summary(
        {
            **result_of(start),
            "schema": SUMMARY_SCHEMA,
            "run_id": run.run_id,
            **{f"n_{name}": len(getattr(split, name)) for name in ("train", "validation", "test")},
            "split_hash": split.hash,
            "data_hash": config.data.hash,
            "best_epoch": 0,
            "epochs_run": 0,
            "train_seconds": 0.0,
            "cpu_seconds": 0.0,
            "evaluation": evaluate_table(predictions),
            "coverage": calibration.summary_coverage(predictions),
        }
    )
    run.end("done")
    return run


def result_of(run: Run) -> dict[str, Any]:
    """Return the result of a run; raise a `RunError` if it has none."""
    found = run.result()
    if found is None:
        raise RunError(f"Run '{run.run_id}' is not complete.")
    return found


def _with_prior_of(start: Run, calibration: Calibration) -> Calibration:
    """Return a calibration of p(z) that knows which redshifts the network has learnt of."""
    before = Calibration.load(start)
    own, learnt = calibration.densities, None if before is None else before.densities
    if own is None or learnt is None:
        return calibration
    n_z = np.interp(own.z, learnt.z, learnt.n_z, left=0, right=0)
    return replace(calibration, densities=replace(own, n_z=n_z))


def _clear(folder: Folder, run_id: str) -> Run:
    """Return the run of this id, rid of a folder that was made before it was any."""
    run = Run(folder.runs.resolve() / run_id)
    if run.path.exists() and not (run.path / "config.json").exists():
        shutil.rmtree(run.path)
    return run
