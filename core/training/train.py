"""Training a network and waiting for it, in one call."""

from collections.abc import Callable
from pathlib import Path

from core.data.dataset import Dataset
from core.data.kept import file_of
from core.data.split import SplitConfig
from core.jobs import finish
from core.model.config import Recipe
from core.model.presets import get_preset
from core.runs import Run, Status, runs_folder
from core.runs.finding import open_run
from core.training.fine_tuning import fine_tuning, tuned_id, tuned_name
from core.training.queue import submit


def train(
    data: Dataset | str | Path,
    recipe: Recipe | str | None = None,
    *,
    start: Run | str | Path | None = None,
    name: str | None = None,
    split_seed: int = 0,
    device: str = "auto",
    to_workers: bool = False,
    runs_dir: str | Path | None = None,
    wait: bool = True,
    progress: Callable[[Status], None] | None = None,
) -> Run:
    """Train a network in a process of its own, and return its run once it is done.

    The process goes on if this one ends, by Ctrl-C for example: `open_run` finds the run again.

    Parameters
    ----------
    data : Dataset, str or Path
        Data set, better its file: one in memory is first written to the folder of your data
        sets (`data/local`, or what `XPZ_DATA_DIR` names).
    recipe : Recipe or str, optional
        Network, scaling and training, or the name of one of `PRESETS`; by default 'compact',
        or with a `start` what suits a few hundred galaxies.
    start : Run, str or Path, optional
        A complete run, its id or its folder, from whose weights the training goes on.
    name : str, optional
        What to call the run, at most 80 characters.
    split_seed : int
        Seed of the split into training, validation and test part.
    device : str
        'auto' (a GPU if there is one), 'cpu', 'gpu:N', or several GPUs that share
        every batch, 'gpu:0,gpu:1'.
    to_workers : bool
        Leave it to a worker of that folder (`xpz worker`), on this machine or another.
    runs_dir : str or Path, optional
        Folder that gets the run; by default `runs`, or what `XPZ_RUNS_DIR` names.
    wait : bool
        Without it the run is returned as soon as its process has started.
    progress : callable, optional
        Called with the status about twice a second.

    Raises
    ------
    ConfigError
        If the preset, a setting, the device or the network is impossible, or does not suit `start`.
    DataError
        If the data set cannot be read.
    RunError
        If there is no such `start`, or the training was cancelled or failed.

    Examples
    --------
    >>> import core
    >>> from dataclasses import replace
    >>> compact = core.PRESETS["compact"]
    >>> brief = replace(compact, training=replace(compact.training, epochs=1))
    >>> run = core.train("data/simulated-20k.parquet", brief, name="Brief")  # doctest: +SKIP
    >>> core.evaluate(run)["mae"]  # doctest: +SKIP
    0.026
    """
    begin = None if start is None else open_run(start, runs_dir)
    if recipe is None:
        recipe = "compact" if begin is None else fine_tuning(begin.config.recipe)
    run = submit(
        runs_folder() if runs_dir is None else Path(runs_dir),
        get_preset(recipe) if isinstance(recipe, str) else recipe,
        file_of(data),
        split=SplitConfig(seed=split_seed),
        name=name or (tuned_name(begin) if begin else None),
        id_like=tuned_id(begin) if begin else None,
        device=device,
        start=begin,
        to_workers=to_workers,
    )
    return finish(run, progress) if wait else run
