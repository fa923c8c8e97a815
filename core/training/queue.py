"""Making a run and starting its training; safe in a process that must not import Keras."""

import os
from dataclasses import replace
from pathlib import Path

from core import jobs
from core.amounts import n_of
from core.config import require
from core.data.dataset import load_dataset
from core.data.dataset_files import read_card
from core.data.split import SplitConfig
from core.jobs.devices import check_any_device, check_device
from core.jobs.roots import new_id
from core.model.backend import check_backend
from core.model.config import Recipe
from core.model.presets import id_of, preset_of
from core.runs import DataReference, Run, RunConfig, as_name, create_run
from core.training.fine_tuning import refer_to
from core.training.suitability import check_batch, check_data, check_recipe


def submit(
    runs_dir: Path,
    recipe: Recipe,
    data_path: Path,
    *,
    split: SplitConfig | None = None,
    name: str | None = None,
    id_like: str | None = None,
    device: str = "auto",
    run_id: str | None = None,
    start: Run | None = None,
    found_by: str = "",
    to_workers: bool = False,
) -> Run:
    """Make a run and start its training in a process of its own, or leave it to a worker.

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
        What people call the run, at most `core.runs.MAX_NAME` characters.
    id_like : str, optional
        How the id begins of a run that has no name yet; by default like the preset that the recipe
        is, 'own-recipe' if it is none.
    device : str
        'auto' (a GPU if there is one), 'cpu', 'gpu:N', or several GPUs that share
        every batch, 'gpu:0,gpu:1'.
    run_id : str, optional
        Name of the run's folder; made from `name` or `id_like` and the time by default.
    start : Run, optional
        A complete run of the same network and scaling, whose weights the
        training goes on from (`core.training.fine_tuning`); by default they
        are drawn freshly.
    found_by : str
        Which trial of which search found the recipe, for people.
    to_workers : bool
        Whether the workers of `runs_dir` take it (`xpz worker`), on this machine or another.

    Raises
    ------
    ConfigError
        If the name is too long, the device or Keras' backend is not there, the network leaves no
        samples, a setting is beyond what a training may be started with (`check_recipe`), or the
        recipe does not go together with `start`.
    MemoryShortError
        If the memory here is too small for the network and its batches.
    DataError
        If the data set cannot be read, a part would be empty, or all redshifts are alike.
    RunError
        If a run of this id exists, or `start` has no network to go on from.
    """
    check_place(device, to_workers=to_workers)
    split = split or SplitConfig()
    check_recipe(recipe, here=not to_workers)
    check_shares(device, recipe.training.batch_size)
    name = as_name(name or "")
    like = name or id_like or id_of(recipe)
    data = refer_to_data(Path(data_path), Path(runs_dir), split)
    check_batch(recipe.training.batch_size, split.sizes(data.n_galaxies)[0])
    config = RunConfig(
        run_id=run_id or new_id(like),
        name=like,
        preset=preset_of(recipe),
        recipe=recipe,
        data=data,
        split=split,
        device=device,
        found_by=found_by,
    )
    if start is not None:
        config = replace(config, start=refer_to(start, config, runs_dir))
    run = create_run(runs_dir, config)
    if name:
        run.call(name)
    return jobs.submit(run, to_workers=to_workers)


def check_place(device: str, *, to_workers: bool) -> None:
    """Raise a `ConfigError` if networks cannot be trained on this device, here or by workers."""
    if to_workers:  # which see to what they compute with themselves
        check_any_device(device)
    else:
        check_device(device)
        check_backend()


def check_shares(device: str, batch_size: int) -> None:
    """Raise a `ConfigError` unless several devices could share every batch evenly."""
    n = device.count(",") + 1
    require(
        batch_size % n == 0,
        f"Training over {n_of(n, 'device')}: expected a batch that they can share evenly, "
        f"received one of {batch_size}. Choose a multiple of {n}, or fewer devices.",
    )


def refer_to_data(data_path: Path, folder: Path, split: SplitConfig) -> DataReference:
    """Return what a job in a folder of `folder` says of its data set.

    Raises a `DataError` if that cannot be read, or nothing can be learnt from it.
    """
    check_data(data_path, split)
    card = read_card(data_path)
    path = Path(os.path.relpath(data_path.resolve(), folder.resolve() / "job")).as_posix()
    content = card.hash or load_dataset(data_path).card.hash
    return DataReference(
        path, card.name, content, card.n_galaxies, card.origin, card.known_instrument
    )
