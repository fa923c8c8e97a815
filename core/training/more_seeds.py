"""A run's recipe trained again with other seeds: how much of its numbers is chance."""

from collections.abc import Collection
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

from core.config import require
from core.data.dataset_files import read_card
from core.errors import DataError, RunError
from core.model.presets import PRESETS, id_of
from core.runs import Run, name_after
from core.training.queue import submit


def next_seeds(taken: Collection[int], n: int) -> list[int]:
    """Return the `n` smallest seeds that are not taken."""
    return list(islice((seed for seed in count() if seed not in taken), n))


def train_more_seeds(
    run: Run,
    seeds: Collection[int],
    runs_dir: Path,
    *,
    data_path: Path | None = None,
    device: str = "auto",
    to_workers: bool = False,
) -> list[Run]:
    """Start a training of a run's recipe, data and split for each seed, and return them.

    They differ in the seed of weights and batches alone, so that their numbers tell how far those
    scatter from training to training. They wait for each other as any others do.

    Parameters
    ----------
    run : Run
        Whose recipe is trained; it need not be complete.
    seeds : collection of int
        One for each training.
    runs_dir : Path
        Root that gets the runs.
    data_path : Path, optional
        Where the run's data set lies; by default where the run says.
    device, to_workers
        As of `core.training.submit`.

    Raises
    ------
    RunError
        If the run was calibrated anew, which trains nothing, or what it started from has gone or
        changed.
    DataError
        If the data set is not there, or is another one.
    """
    config = run.config
    if config.recalibrated is not None:
        raise RunError(
            f"'{run.title}' was calibrated anew and not trained: train more seeds of the run that "
            "its network comes from."
        )
    path = run.data_path if data_path is None else data_path
    if not path.is_file():
        raise DataError(
            f"The data set '{config.data.name}' that '{run.title}' was trained on is not here: "
            f"expected it at {path}. Restore it, or name its place: --data FILE."
        )
    found = read_card(path).hash
    if found and found != config.data.hash:
        raise DataError(
            f"{path.name}: expected the data set that '{run.title}' was trained on, with hash "
            f"{config.data.hash[:12]}, received another one, with hash {found[:12]}."
        )
    start = run.start
    if start is not None and config.start is not None:
        require(
            start.network_hash() == config.start.hash,
            f"'{start.title}', which '{run.title}' started from, has changed since: trainings "
            "from it would differ in more than the seed.",
        )
    # Runs of old with an own recipe may be called like the preset that it was begun from.
    like = id_of(config.recipe) if start is None and config.name in PRESETS else config.name
    return [
        submit(
            runs_dir,
            replace(config.recipe, training=replace(config.recipe.training, seed=seed)),
            path,
            split=config.split,
            name=name_after(run.annotations().name, f"seed {seed}") or None,
            id_like=f"{like}-seed-{seed}",
            device=device,
            start=start,
            found_by=config.found_by,
            to_workers=to_workers,
        )
        for seed in seeds
    ]
