"""Fine-tuning: a trained network goes on, on galaxies that are too few to train one."""

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.amounts import n_of
from core.atomic import replacing
from core.data.dataset_files import read_without_spectra
from core.data.split import split_by_source
from core.errors import ConfigError, RunError
from core.model.config import Recipe
from core.model.scaling import Scaler
from core.prediction.seen import are_row_numbers, read_seen
from core.runs import Run, RunConfig, Start, name_after


def fine_tuning(recipe: Recipe) -> Recipe:
    """Return the recipe for going on from a network that was trained by `recipe`.

    Network, scaling and loss stay. The steps are small, and without weight decay, which would pull
    the weights towards zero instead of towards those at the start. Fresh noise, as large as the
    spectra's own, keeps the network from learning the few galaxies by heart, and the epoch is kept
    that does best on the validation part. `benchmarks/fine_tuning.py` measures what it brings.
    """
    training = replace(
        recipe.training,
        optimizer="adam",
        learning_rate=0.0001,
        weight_decay=0.0,
        schedule="cosine",
        warmup_epochs=1.0,
        batch_size=32,
        epochs=20,
        early_stopping_patience=10,
        restore_best_weights=True,
        noise_augmentation=max(1.0, recipe.training.noise_augmentation),
    )
    return replace(recipe, training=training)


def tuned_name(start: Run) -> str | None:
    """Return what a run that goes on from `start` is called, if people called that anything."""
    return name_after(start.annotations().name, "tuned") or None


def tuned_id(start: Run) -> str:
    """Return how the id of a run that goes on from `start` begins."""
    return f"{start.run_id}-tuned"


def refer_to(start: Run, config: RunConfig, runs_dir: Path) -> Start:
    """Return what a new run in `runs_dir` has to know of the run that it starts from.

    Raises a `ConfigError` if the recipe is of another network or scaling, the same data set is
    split in another way, or the test part holds galaxies that the start has seen; a `RunError` if
    the run is not complete, or came without its network for Keras.
    """
    if not start.is_complete:
        raise RunError(
            f"Run '{start.title}' is not complete, its state is '{start.status().state}': start "
            "from a run that is done."
        )
    for name in ("network", "scaling"):
        if getattr(config.recipe, name) != getattr(start.config.recipe, name):
            raise ConfigError(
                f"Expected the {name} of '{start.title}', which the training starts from, "
                f"received another {name}. Keep it as it is, or train from scratch."
            )
    if start.config.data.hash == config.data.hash and start.config.split != config.split:
        raise ConfigError(
            f"Expected the split of '{start.title}', which was trained on the same data set (seed "
            f"{start.config.split.seed}), received another one: the run would be evaluated on "
            "galaxies that its start was trained on."
        )
    # The run's folder, whatever its name will be.
    folder = Path(runs_dir).resolve() / "run"
    seen = read_seen(start)
    if seen is not None:
        path = os.path.normpath(folder / config.data.path)
        source_id = read_without_spectra(path)["source_id"]
        test = source_id[split_by_source(source_id, config.split).test]
        n_seen = 0 if are_row_numbers(source_id) else int(np.isin(test, seen).sum())
        if n_seen:
            raise ConfigError(
                f"'{start.title}' was trained with {n_seen:,} of the "
                f"{n_of(len(test), 'galaxy')} of the test part, so the run would be evaluated "
                "on galaxies that it has seen. Split the data set as that of the start (seed "
                f"{start.config.split.seed}, the same fractions), or take other galaxies."
            )
    path = os.path.relpath(start.path.resolve(), folder)
    return Start(start.run_id, Path(path).as_posix(), start.network_hash())


def read_start(run: Run) -> tuple[list[np.ndarray], Scaler] | None:
    """Return the weights and the scaling that the run's training begins with, if it has a start.

    Both become the run's own first: once an epoch is done, the start may change or go. Raises a
    `RunError` if the start is gone, has changed since the run was made, or is damaged.
    """
    start = run.start
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
            f"The network of '{start.title}', which the training starts from, cannot be read "
            f"({error}). Start from another run, or train from scratch."
        ) from error
    return network.get_weights(), Scaler.load(run.scaler_path)


def _take_over(run: Run, start: Run) -> None:
    """Copy the network and the scaling of the start into the run."""
    reference = run.config.start
    assert reference is not None
    again = "Restore it and resume, or start a new run."
    try:
        network_hash = start.network_hash()
    except RunError as error:
        raise RunError(
            f"The run that the training starts from is missing. {error} {again}"
        ) from error
    if network_hash != reference.hash:
        raise RunError(
            f"The network of '{start.title}', which the training starts from, has changed: "
            f"expected hash {reference.hash[:12]}, received {network_hash[:12]}. {again}"
        )
    for theirs, ours in ((start.model_path, run.model_path), (start.scaler_path, run.scaler_path)):
        with replacing(ours) as temporary:
            temporary.write_bytes(theirs.read_bytes())
