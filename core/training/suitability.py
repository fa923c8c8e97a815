"""What a data set or a recipe lacks for a training, said before it begins."""

import math
from pathlib import Path

import numpy as np

from core.amounts import n_of
from core.data.dataset_files import read_without_spectra
from core.data.split import Split, SplitConfig, split_by_source
from core.errors import ConfigError, DataError, SettingError
from core.memory import require_memory
from core.model import LABELS, Layer, Recipe, layer_table
from core.prediction.calibration.needed import shortage
from core.prediction.notices import Notice, of_shortage

# Redshifts closer than 3 km/s are one redshift: no spectrograph of galaxies tells them apart.
SAME = 1e-5
# A training part is nearly constant if all but 2 % lie within this, or half are one redshift.
NARROW, TAIL, MOST = 0.01, 0.01, 0.5

LARGEST_BATCH_OF_FEW = 1024
"""Spectra of a batch that small data sets need not have: presets are made for larger ones."""

MOST_PARAMETERS = 100_000_000
"""Of a network, a hundred times those of our largest preset."""

COPIES_OF_A_PARAMETER = 6  # with its slope, the optimiser's two, the best epoch's and the file's
COPIES_OF_AN_OUTPUT = 2  # with its slope


def check_data(path: str | Path, split: SplitConfig) -> tuple[Notice, ...]:
    """Return what a training on a data set file and a split of it cannot give.

    Raises a `DataError` if nothing can be learnt: a part is empty, or all redshifts are alike.
    """
    columns = read_without_spectra(path)
    parts = split_by_source(columns["source_id"], split)
    check_parts(parts, str(path))
    z = columns["z"][parts.train]
    if np.ptp(z) < SAME:
        raise DataError(
            f"{path}: all {n_of(len(z), 'galaxy')} to train on have the same redshift, "
            f"{round(z[0], 5):g}; a network cannot learn a constant. Expected redshifts that "
            "differ. Check which column they were read from, and make the data set again."
        )
    short = shortage(len(parts.train), len(parts.validation), split)
    return _of_labels(z) + of_shortage(short)


def check_recipe(recipe: Recipe, *, here: bool = True) -> list[Layer]:
    """Return the layers of a network that can be trained.

    Raises a `ConfigError` if it leaves no samples, a setting is beyond what a training may be
    started with, or it has too many parameters; a `MemoryShortError` if it is trained `here` and
    the memory is too small for it.
    """
    recipe.check_start()
    layers = layer_table(recipe.network, recipe.scaling)
    n = sum(layer.parameters for layer in layers)
    todo = "Use fewer or smaller layers"
    if n > MOST_PARAMETERS:
        raise ConfigError(
            f"The network: expected at most {n_of(MOST_PARAMETERS, 'parameter')}, received {n:,}. "
            f"{todo}."
        )
    if here:
        batch = recipe.training.batch_size
        outputs = batch * sum(math.prod(layer.output_shape) for layer in layers)
        numbers = n * COPIES_OF_A_PARAMETER + outputs * COPIES_OF_AN_OUTPUT
        what = f"Training a network of {n_of(n, 'parameter')} with batches of {batch:,}"
        require_memory(what, 4 * numbers, f"{todo}, or smaller batches.")
    return layers


def check_batch(batch_size: int, n_train: float) -> None:
    """Raise a `SettingError` if a batch is larger than all that there is to train with."""
    if batch_size > max(n_train, LARGEST_BATCH_OF_FEW):
        said = (
            f"expected at most the training part, about {n_of(n_train, 'galaxy')}; received "
            f"{batch_size:,}."
        )
        raise SettingError("batch_size", LABELS["batch_size"], said)


def of_warmup(epochs: int, warmup_epochs: float) -> tuple[Notice, ...]:
    """Say what becomes of a warm-up that the training is not longer than.

    It is cut short by the last step (`core.model.network`), which has the full learning rate.
    """
    if warmup_epochs < epochs:
        return ()
    sentence = (
        f"The warm-up of {warmup_epochs:g} {'epoch' if warmup_epochs == 1 else 'epochs'} is "
        f"{'longer than' if warmup_epochs > epochs else 'as long as'} the training "
        f"({n_of(epochs, 'epoch')}): the learning rate rises until the last step, the only one "
        "that has its full value, and does not fall. Train for more epochs, or with a shorter "
        "warm-up."
    )
    return (Notice("warning", sentence),)


def check_parts(split: Split, name: str) -> None:
    """Raise a `DataError` if a part is empty."""
    sizes = {part: len(getattr(split, part)) for part in ("train", "validation", "test")}
    for part, n in sizes.items():
        if not n:
            raise DataError(
                f"The {part} part of '{name}' is empty: {n_of(sum(sizes.values()), 'galaxy')} "
                "cannot fill this split."
            )


def _of_labels(z: np.ndarray) -> tuple[Notice, ...]:
    """Say so where redshifts hardly differ."""
    low, high = np.quantile(z, [TAIL, 1 - TAIL])
    values, counts = np.unique(np.round(z / SAME), return_counts=True)
    share = counts.max() / len(z)
    if share >= MOST:
        what = f"{share:.0%} of them have the same redshift, {values[counts.argmax()] * SAME:.5g}"
    elif high - low < NARROW:
        what = f"{1 - 2 * TAIL:.0%} of their redshifts lie between {low:.5g} and {high:.5g}"
    else:
        return ()
    sentence = (
        f"The {n_of(len(z), 'galaxy')} to train on hardly differ: {what}. A network learns "
        "little more than that redshift from them. Check which column the redshifts were read "
        "from."
    )
    return (Notice("warning", sentence),)
