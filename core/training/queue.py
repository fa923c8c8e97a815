"""Starting, stopping and resuming trainings; safe in a process that must not import Keras."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from filelock import Timeout

from core import detached
from core.data.card import utc_now
from core.data.dataset import load_dataset, read_card
from core.data.split import SplitConfig
from core.errors import RunError
from core.model.config import Recipe
from core.model.shapes import layer_table
from core.runs import (
    DataReference,
    Run,
    RunConfig,
    Status,
    create_run,
    is_held,
    new_run_id,
)
from core.training.devices import check_device
from core.training.fine_tuning import refer_to

RESUMABLE = ("cancelled", "failed", "lost")
# Whoever only looks whether a lock is held holds it for an instant.
LOCK_SECONDS = 1.0


def submit(
    runs_dir: Path,
    recipe: Recipe,
    data_path: Path,
    *,
    split: SplitConfig | None = None,
    name: str | None = None,
    preset: str | None = None,
    device: str = "auto",
    run_id: str | None = None,
    start: Run | None = None,
    found_by: str = "",
) -> Run:
    """Make a run and start its training in a process of its own.

    The process outlives this one. It waits while another one trains on the
    device, and in order of submission.

    Parameters
    ----------
    runs_dir : Path
        Root that gets the run's folder; made if it is missing.
    recipe : Recipe
        Network, scaling and training.
    data_path : Path
        Data set file, as `core.data.dataset.save_dataset` writes it.
    split : SplitConfig, optional
        How training, validation and test part are chosen.
    name : str, optional
        What people call the run; the preset's name if it has one.
    preset : str, optional
        Name of the preset that the recipe is or comes from.
    device : str
        'auto' (a GPU if there is one), 'cpu' or 'gpu:N'.
    run_id : str, optional
        Name of the run's folder; made from `name` and the time by default.
    start : Run, optional
        A complete run of the same network and scaling, whose weights the
        training goes on from (`core.training.fine_tuning`); by default they
        are drawn freshly.
    found_by : str
        Which trial of which search found the recipe, for people.

    Raises
    ------
    ConfigError
        If the device is not there, the network leaves no samples, or it does
        not go together with `start`.
    DataError
        If the data set cannot be read.
    RunError
        If a run of this id exists, or `start` has no network to go on from.
    """
    check_device(device)
    layer_table(recipe.network, recipe.scaling)
    name = name or preset or "custom"
    config = RunConfig(
        run_id=run_id or new_run_id(name),
        name=name,
        preset=preset,
        recipe=recipe,
        data=refer_to_data(Path(data_path), Path(runs_dir)),
        split=split or SplitConfig(),
        device=device,
        found_by=found_by,
    )
    if start is not None:
        config = replace(config, start=refer_to(start, config, runs_dir))
    run = create_run(runs_dir, config)
    with run.start_lock():
        _start(run)
    return run


def cancel(run: Run) -> None:
    """Ask a waiting or training run to stop; it does so within a few batches.

    Raises
    ------
    RunError
        If it neither waits nor trains.
    """
    state = run.status().state
    if state not in ("queued", "running"):
        raise RunError(f"Run '{run.run_id}' is {state}; there is nothing to cancel.")
    run.cancel_path.touch()


def resume(run: Run) -> None:
    """Go on with a training that was cancelled, failed or lost, after its last epoch.

    Raises
    ------
    RunError
        If the run is in another state, or someone else just resumes it.
    """
    status = run.status()
    if status.state not in RESUMABLE:
        raise RunError(
            f"Run '{run.run_id}' is {status.state}; only a run that is "
            f"{', '.join(RESUMABLE)} can be resumed."
        )
    try:
        with run.start_lock().acquire(timeout=LOCK_SECONDS):
            if is_held(run.worker_lock(), LOCK_SECONDS):
                raise RunError(f"Run '{run.run_id}' was resumed just now.")
            run.cancel_path.unlink(missing_ok=True)
            queued = replace(
                status, state="queued", step=0, message="", submitted=utc_now(), ended=None
            )
            run.write_status(queued)
            _start(run)
    except Timeout as error:
        raise RunError(f"Run '{run.run_id}' is being resumed just now.") from error


def wait(run: Run, progress: Callable[[Status], None] | None = None) -> Status:
    """Wait for the end of a training and return its last status.

    Parameters
    ----------
    run : Run
        A run that waits or trains.
    progress : callable, optional
        Called with the status about twice a second, and at the end.
    """
    while True:
        status = run.status()
        if progress is not None:
            progress(status)
        if status.state not in ("queued", "running"):
            return status
        time.sleep(0.5)


def refer_to_data(data_path: Path, folder: Path) -> DataReference:
    """Return what a job in a folder of `folder` says of its data set.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    card = read_card(data_path)
    path = Path(os.path.relpath(data_path.resolve(), folder.resolve() / "job")).as_posix()
    content = card.hash or load_dataset(data_path).card.hash
    return DataReference(path, card.name, content, card.n_galaxies, card.origin)


def _start(run: Run) -> None:
    """Start the training process and return when it holds the run's lock."""
    words = [str(run.path)]
    exit_status = detached.start(
        "core.training.worker", words, run.log_path, lambda: is_held(run.worker_lock())
    )
    if exit_status and run.status().state == "queued":
        message = "The training process could not start; its log says why."
        run.write_status(replace(run.status(), state="failed", message=message, ended=utc_now()))
