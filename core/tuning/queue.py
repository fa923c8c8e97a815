"""Starting, stopping and resuming searches; safe in a process that must not import Keras."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from filelock import Timeout

from core import detached
from core.atomic import write_text
from core.config import require
from core.data.card import utc_now
from core.data.split import SplitConfig
from core.errors import RunError
from core.model.config import Recipe
from core.runs import Run, is_held, new_run_id
from core.training import queue as trainings
from core.training.devices import check_device
from core.training.queue import LOCK_SECONDS, refer_to_data
from core.tuning.files import FOLDER
from core.tuning.search import (
    ACTIVE,
    Budget,
    Search,
    SearchConfig,
    SearchStatus,
    create_search,
)
from core.tuning.space import Space

# Epochs without a better validation loss before a trial is over, where nobody says more.
PATIENCE = 8


def submit(
    runs_dir: Path,
    space: Space,
    data_path: Path,
    *,
    budget: Budget,
    algorithm: str = "bayesian",
    split: SplitConfig | None = None,
    name: str | None = None,
    device: str = "auto",
    epochs: int | None = None,
    patience: int | None = PATIENCE,
    seed: int = 0,
) -> Search:
    """Make a search and start it in a process of its own.

    The process outlives this one. It waits while another one uses the device, for
    trainings and searches in order of submission.

    Parameters
    ----------
    runs_dir : Path
        Root of runs that gets the search; made if it is missing.
    space : Space
        What may vary.
    data_path : Path
        Data set file. Trials see its training and validation part, never the test
        part.
    budget : Budget
        When it ends.
    algorithm : str
        One of `core.tuning.search.ALGORITHMS`.
    split : SplitConfig, optional
        How the parts are chosen.
    name : str, optional
        What people call the search; the space's name by default.
    device : str
        'auto' (a GPU if there is one), 'cpu' or 'gpu:N'.
    epochs : int, optional
        Of a trial at most; those of the space's base by default.
    patience : int or None
        Epochs without a better validation loss before a trial is over; None: never.
    seed : int
        Of the algorithm, the weights and the order of the batches.

    Raises
    ------
    ConfigError
        If the device is not there, the space holds what cannot be built, or a
        grid has no end.
    DataError
        If the data set cannot be read.
    """
    check_device(device)
    space.check()
    check_algorithm(space, algorithm)
    name = name or space.name
    config = SearchConfig(
        search_id=new_run_id(name),
        name=name,
        space=space,
        algorithm=algorithm,
        budget=budget,
        data=refer_to_data(Path(data_path), Path(runs_dir) / FOLDER),
        split=split or SplitConfig(),
        epochs=space.base.training.epochs if epochs is None else epochs,
        device=device,
        patience=patience,
        seed=seed,
    )
    search = create_search(runs_dir, config)
    with search.start_lock():
        _start(search)
    return search


def check_algorithm(space: Space, algorithm: str) -> None:
    """Make sure that an algorithm can look through a space.

    Raises
    ------
    ConfigError
        If a grid would have no end.
    """
    endless = [f"'{one.name}'" for one in space.dimensions if one.options() is None]
    require(
        algorithm != "grid" or not endless,
        f"A grid needs values to try: give {', '.join(endless)} a step, choices, or one value.",
    )


def cancel(search: Search) -> None:
    """Ask a waiting or working search to stop within a few batches; it can be resumed.

    Raises
    ------
    RunError
        If it neither waits nor works.
    """
    _stop(search, "cancelled")


def pause(search: Search) -> None:
    """Ask a waiting or working search to leave the device, to go on later.

    Raises
    ------
    RunError
        If it neither waits nor works.
    """
    _stop(search, "paused")


def resume(search: Search, budget: Budget | None = None) -> None:
    """Go on with a search, in the middle of a trial if it was stopped there.

    Parameters
    ----------
    search : Search
        A search that neither waits nor works.
    budget : Budget, optional
        From now on; what was spent before counts.

    Raises
    ------
    RunError
        If it waits or works, someone else just resumes it, or its budget is spent.
    """
    status = search.status()
    if status.state in ACTIVE:
        raise RunError(f"Search '{search.search_id}' is {status.state} already.")
    ended = len(search.ended_trials())
    budget = budget or search.budget
    if budget.is_spent(ended, status.seconds):
        raise RunError(
            f"Search '{search.search_id}' has spent its budget: {ended} trials in "
            f"{status.seconds / 60:.1f} minutes. Give it more trials or minutes."
        )
    try:
        with search.start_lock().acquire(timeout=LOCK_SECONDS):
            if is_held(search.worker_lock(), LOCK_SECONDS):
                raise RunError(f"Search '{search.search_id}' was resumed just now.")
            search.cancel_path.unlink(missing_ok=True)
            search.write_budget(budget)
            search.write_status(
                replace(status, state="queued", message="", submitted=utc_now(), ended=None)
            )
            _start(search)
    except Timeout as error:
        raise RunError(f"Search '{search.search_id}' is being resumed just now.") from error


def wait(search: Search, progress: Callable[[SearchStatus], None] | None = None) -> SearchStatus:
    """Wait until a search neither waits nor works and return its last status.

    Parameters
    ----------
    search : Search
        The search.
    progress : callable, optional
        Called with the status about twice a second, and at the end.
    """
    while True:
        status = search.status()
        if progress is not None:
            progress(status)
        if status.state not in ACTIVE:
            return status
        time.sleep(0.5)


def recipe_of(search: Search, trial: int, *, epochs: int | None = None) -> Recipe:
    """Return the recipe of a trial for a full training.

    Parameters
    ----------
    search : Search
        The search.
    trial : int
        Number of the trial.
    epochs : int, optional
        Those of the space's base by default, whose patience it has too.

    Raises
    ------
    RunError
        If there is no such trial.
    """
    begun = search.open_trial()
    trials = {one.number: one for one in [*search.ended_trials(), *([begun] if begun else [])]}
    if trial not in trials:
        raise RunError(f"Search '{search.search_id}' has no trial {trial}.")
    recipe, base = search.recipe(trials[trial]), search.config.space.base.training
    training = replace(
        recipe.training,
        epochs=base.epochs if epochs is None else epochs,
        early_stopping_patience=base.early_stopping_patience,
    )
    return replace(recipe, training=training)


def promote(
    search: Search,
    trial: int,
    runs_dir: Path,
    *,
    name: str | None = None,
    epochs: int | None = None,
) -> Run:
    """Start a full training of a trial's recipe, on the same data, split and device.

    Parameters
    ----------
    search : Search
        The search.
    trial : int
        Number of the trial.
    runs_dir : Path
        Root that gets the run.
    name : str, optional
        Name of the run; by default those of search and trial.
    epochs : int, optional
        Those of the space's base by default.

    Raises
    ------
    ConfigError, DataError, RunError
        As `core.training.queue.submit`; and if there is no such trial.
    """
    config = search.config
    return trainings.submit(
        runs_dir,
        recipe_of(search, trial, epochs=epochs),
        search.data_path,
        split=config.split,
        name=name or f"{config.name} trial {trial}",
        device=config.device,
        found_by=_found_by(search, trial),
    )


def promoted(search: Search, trial: int, runs: Iterable[Run]) -> Run | None:
    """Return the first of these runs that a trial was promoted to, None if there is none."""
    wanted = _found_by(search, trial)
    return next((run for run in runs if run.config.found_by == wanted), None)


def _found_by(search: Search, trial: int) -> str:
    return f"trial {trial} of search {search.search_id}"


def _stop(search: Search, state: str) -> None:
    now = search.status().state
    if now not in ACTIVE:
        raise RunError(f"Search '{search.search_id}' is {now}; there is nothing to stop.")
    write_text(search.cancel_path, state)


def _start(search: Search) -> None:
    """Start the leading process and return when it holds the search's lock."""
    words = [str(search.path)]
    exit_status = detached.start(
        "core.tuning.worker", words, search.log_path, lambda: is_held(search.worker_lock())
    )
    if exit_status and search.status().state == "queued":
        message = "The search's process could not start; its log says why."
        search.write_status(
            replace(search.status(), state="failed", message=message, ended=utc_now())
        )
