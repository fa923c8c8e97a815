"""Making searches and what comes of them; safe in a process that must not import Keras."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from core import jobs
from core.amounts import duration, n_of
from core.config import require
from core.data.split import SplitConfig
from core.errors import RunError
from core.jobs.roots import new_id
from core.model.config import SETTINGS, Recipe
from core.runs import MAX_NAME, Run, name_after
from core.training import queue as trainings
from core.training.queue import check_place, refer_to_data
from core.training.suitability import check_batch, check_recipe
from core.tuning.config import SEARCH_LABELS
from core.tuning.search import Budget, Search, SearchConfig, create_search
from core.tuning.space import Space
from core.tuning.spaces import name_of_space

# Epochs without a better validation loss before a trial ends, unless another number is asked for.
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
    workers: int | None = None,
    to_workers: bool = False,
) -> Search:
    """Make a search and start it in a process of its own, or leave it to a worker.

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
        What people call the search, at most `core.runs.MAX_NAME` characters; the space's name by
        default.
    device : str
        'auto' (a GPU if there is one), 'cpu', 'gpu:N', or several GPUs as 'gpu:0,gpu:1'.
    epochs : int, optional
        Of a trial at most; those of the space's base by default.
    patience : int or None
        Epochs without a better validation loss before a trial is over; None: never.
    seed : int
        Of the algorithm, the weights and the order of the batches.
    workers : int, optional
        Trials that run side by side, each in a process of its own; of several GPUs they use one
        each. By default, and at least, as many as `device` names.
    to_workers : bool
        Whether the workers of `runs_dir` take it (`xpz worker`), on this machine or another.

    Raises
    ------
    ConfigError
        If the device or Keras' backend is not there, a GPU of several would have no trial, the
        space holds what cannot be built, or a grid has no end.
    DataError
        If the data set cannot be read, a part would be empty, or all redshifts are alike.
    """
    check_place(device, to_workers=to_workers)
    split = split or SplitConfig()
    space.check()
    check_algorithm(space, algorithm)
    require(
        len(name or "") <= MAX_NAME,
        f"Name: expected at most {MAX_NAME} characters, received {len(name or '')}.",
    )
    name, n_devices = name or name_of_space(space), len(device.split(","))
    workers = n_devices if workers is None else workers
    require(
        n_devices == 1 or workers >= n_devices,
        f"Trials side by side: expected at least {n_devices}, one for each of the GPUs asked for, "
        f"received {workers}. Raise the number, or choose fewer GPUs.",
    )
    data = refer_to_data(Path(data_path), Path(runs_dir) / Search.place, split)
    largest, most = space.largest(), {"epochs": epochs, "patience": patience}
    for each, field in (("epochs", "epochs"), ("patience", "early_stopping_patience")):
        SETTINGS[field].check_start(each, most[each], SEARCH_LABELS[each])
    with space.named():
        check_recipe(largest, here=not to_workers)
        check_batch(largest.training.batch_size, split.sizes(data.n_galaxies)[0])
    config = SearchConfig(
        search_id=new_id(name),
        name=name,
        space=space,
        algorithm=algorithm,
        budget=budget,
        data=data,
        split=split,
        epochs=space.base.training.epochs if epochs is None else epochs,
        device=device,
        patience=patience,
        seed=seed,
        workers=workers,
    )
    return jobs.submit(create_search(runs_dir, config), to_workers=to_workers)


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
        f"A grid needs values: give {', '.join(endless)} a step, choices, or one value.",
    )


def resume(search: Search, budget: Budget | None = None, *, to_workers: bool = False) -> None:
    """Go on with a search, in the middle of a trial if it was stopped there.

    Parameters
    ----------
    search : Search
        A search that neither waits nor works.
    budget : Budget, optional
        From now on; what was spent before counts.
    to_workers : bool
        As of `submit`.

    Raises
    ------
    RunError
        As `core.jobs.queue.resume`, if its budget is spent, or if it has no combination left.
    """
    status = search.read_status()
    ended, seconds = len(search.ended_trials()), status.seconds
    if status.is_used_up:
        raise RunError(
            f"{search.called} found no untried combination after {n_of(ended, 'trial')}: more "
            "trials or minutes add none. Start another search, with a larger space."
        )
    budget = budget or search.budget
    if budget.is_spent(ended, seconds) and not search.is_active:
        raise RunError(
            f"{search.called} has spent its budget: {n_of(ended, 'trial')} in "
            f"{duration(seconds)}. Give it more trials or minutes."
        )
    jobs.resume(search, lambda: search.write_budget(budget), to_workers=to_workers)


def recipe_of(search: Search, trial: int, *, epochs: int | None = None) -> Recipe:
    """Return the recipe of a trial for a full training; `RunError` if there is no such trial.

    Epochs are by default those of the space's base, whose patience it has too.
    """
    ended = search.ended_trials()
    trials = {one.number: one for one in [*ended, *search.open_trials(ended)]}
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
    to_workers: bool = False,
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
        What to call the run; those of search and trial by default.
    epochs : int, optional
        Those of the space's base by default.
    to_workers : bool
        As of `submit`.

    Raises
    ------
    ConfigError, DataError, RunError
        As `core.training.queue.submit`; and if there is no such trial, or it has not ended well.
    """
    config, recipe = search.config, recipe_of(search, trial, epochs=epochs)
    ended = {one.number: one.state for one in search.ended_trials()}
    if why := why_not_promoted(trial, ended.get(trial, "running")):
        raise RunError(f"{why}: choose another trial to promote to a run.")
    return trainings.submit(
        runs_dir,
        recipe,
        search.data_path,
        split=config.split,
        name=name or name_of_promoted(search, trial),
        device=config.device,
        found_by=_found_by(search, trial),
        to_workers=to_workers,
    )


def why_not_promoted(trial: int, state: str) -> str:
    """Return why a trial in this state cannot be promoted, '' if it can."""
    if state == "done":
        return ""
    return f"Trial {trial} {'failed' if state == 'failed' else 'has not ended'}"


def name_of_promoted(search: Search, trial: int) -> str:
    """Return what the run is called that a trial is promoted to, unless another name is given."""
    name = f"{search.config.name} trial {trial}"
    return name if len(name) <= MAX_NAME else name_after(search.config.name, f"trial {trial}")


def promoted(search: Search, trial: int, runs: Iterable[Run]) -> list[Run]:
    """Return those of these runs that a trial was promoted to."""
    wanted = _found_by(search, trial)
    return [run for run in runs if run.config.found_by == wanted]


def _found_by(search: Search, trial: int) -> str:
    return f"trial {trial} of search {search.search_id}"
