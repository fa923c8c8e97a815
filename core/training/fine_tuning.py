"""Fine-tuning: a trained network goes on, on galaxies that are too few to train one."""

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.atomic import replacing
from core.errors import ConfigError, RunError
from core.model.config import Recipe
from core.model.scaling import Scaler
from core.runs import Run, Start


def fine_tuning(recipe: Recipe) -> Recipe:
    """Return the recipe for going on from a network that was trained by `recipe`.

    Network, scaling, loss and noise augmentation stay. Without weight decay, which would pull
    the weights towards zero instead of towards those at the start; small steps, few
    galaxies each; and the epoch kept that the validation part likes best. Measured by
    `benchmarks/fine_tuning.py`.
    """
    training = replace(
        recipe.training,
        optimizer="adam",
        learning_rate=0.0003,
        weight_decay=0.0,
        schedule="cosine",
        warmup_epochs=1.0,
        batch_size=32,
        epochs=40,
        early_stopping_patience=8,
        restore_best_weights=True,
    )
    return replace(recipe, training=training)


def refer_to(start: Run, recipe: Recipe, runs_dir: Path) -> Start:
    """Return what a new run in `runs_dir` has to know of the run that it starts from.

    Raises
    ------
    ConfigError
        If the recipe is of another network or scaling.
    RunError
        If the run is not complete, or came without its network for Keras.
    """
    if not start.is_complete:
        raise RunError(
            f"Run '{start.run_id}' is {start.status().state}: only a run that is done can be "
            "started from."
        )
    for name in ("network", "scaling"):
        if getattr(recipe, name) != getattr(start.config.recipe, name):
            raise ConfigError(
                f"Expected the {name} of '{start.run_id}', which the training starts from, "
                f"received another {name}. Keep it as it is, or train from scratch."
            )
    # Relative to the run's folder, which stands one below the root.
    path = os.path.relpath(start.path.resolve(), Path(runs_dir).resolve() / "run")
    return Start(start.run_id, Path(path).as_posix(), start.network_hash())


def read_start(run: Run) -> tuple[list[np.ndarray], Scaler] | None:
    """Return the weights and the scaling that the run's training begins with, if it has a start.

    Both become the run's own first: once an epoch is done, the start may change or go.

    Raises
    ------
    RunError
        If the start is not there any more, has changed since the run was made,
        or is damaged.
    """
    start = run.config.start
    if start is None:
        return None
    if not run.checkpoint_path.is_file():
        _take_over(run, start)
    from core.model.network import build_network  # Keras is for the training process alone

    recipe = run.config.recipe
    network = build_network(recipe.network, recipe.scaling)
    try:
        network.load_weights(run.model_path)  # arrays alone: nothing in the file is run
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise RunError(
            f"The network of '{start.run_id}', which the training starts from, cannot be read "
            f"({error}). Start from another run, or train from scratch."
        ) from error
    return network.get_weights(), Scaler.load(run.scaler_path)


def _take_over(run: Run, start: Start) -> None:
    source = Run(Path(os.path.normpath(run.path / start.path)))
    again = "Put it back and resume, or start a new run."
    try:
        network_hash = source.network_hash()
    except RunError as error:
        raise RunError(
            f"The run '{start.run_id}', which the training starts from, is not complete any more: "
            f"{error} {again}"
        ) from error
    if network_hash != start.hash:
        raise RunError(
            f"The network of '{start.run_id}', which the training starts from, has changed: "
            f"expected hash {start.hash[:12]}, received {network_hash[:12]}. {again}"
        )
    for origin, own in (
        (source.model_path, run.model_path),
        (source.scaler_path, run.scaler_path),
    ):
        with replacing(own) as temporary:
            temporary.write_bytes(origin.read_bytes())
