"""Searching for better hyperparameters and waiting for the search, in one call."""

from collections.abc import Callable
from pathlib import Path

from core.data.dataset import Dataset
from core.data.kept import file_of
from core.data.split import SplitConfig
from core.jobs import finish
from core.runs import runs_folder
from core.tuning.queue import PATIENCE, submit
from core.tuning.search import Budget, Search, SearchStatus
from core.tuning.space import Space
from core.tuning.space_file import read_space

# What a search may cost where nobody says.
DEFAULT_TRIALS = 30


def tune(
    data: Dataset | str | Path,
    space: Space | str | Path = "compact",
    *,
    trials: int | None = None,
    minutes: float | None = None,
    algorithm: str = "bayesian",
    epochs: int | None = None,
    patience: int | None = PATIENCE,
    seed: int = 0,
    split_seed: int = 0,
    name: str | None = None,
    device: str = "auto",
    workers: int | None = None,
    to_workers: bool = False,
    runs_dir: str | Path | None = None,
    wait: bool = True,
    progress: Callable[[SearchStatus], None] | None = None,
) -> Search:
    """Search for better hyperparameters in a process of its own, and return the search when done.

    Trials are compared by the mean absolute error of the validation part; the test part is
    never seen.

    Parameters
    ----------
    data : Dataset, str or Path
        Data set, better its file; see `core.train`.
    space : Space, str or Path
        What may vary: 'compact', 'dissertation', or a JSON file as `xpz tune --show-space`
        prints it.
    trials, minutes : int and float, optional
        When it ends; after 30 trials if neither is given.
    algorithm : str
        'bayesian', 'random', 'hyperband' or 'grid'.
    epochs : int, optional
        Maximum per trial; by default the space's.
    patience : int or None
        Epochs without progress before a trial ends; None: never.
    seed, split_seed : int
        Of the search, and of the split of the data set.
    name : str, optional
        What to call the search.
    workers : int, optional
        Trials that run side by side; by default, and at least, as many as `device` names.
    device, to_workers, runs_dir, wait, progress
        As of `core.train`.

    Raises
    ------
    ConfigError
        If there is no such space, it holds what cannot be built, or a setting is impossible.
    DataError
        If the data set cannot be read.
    RunError
        If the search was paused or cancelled, or failed.

    Examples
    --------
    >>> import core
    >>> search = core.tune("data/simulated-20k.parquet", trials=12)  # doctest: +SKIP
    >>> search.trials().sort_values("mae").head()  # doctest: +SKIP
    """
    if trials is None and minutes is None:
        trials = DEFAULT_TRIALS
    search = submit(
        runs_folder() if runs_dir is None else Path(runs_dir),
        space if isinstance(space, Space) else read_space(space),
        file_of(data),
        budget=Budget(trials, minutes),
        algorithm=algorithm,
        split=SplitConfig(seed=split_seed),
        name=name,
        device=device,
        epochs=epochs,
        patience=patience,
        seed=seed,
        workers=workers,
        to_workers=to_workers,
    )
    return finish(search, progress) if wait else search
