"""Training over epochs, on any of Keras' backends: arrays in, a network and its curve out."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from core.errors import RunError
from core.model.config import Recipe, TrainingConfig
from core.model.network import build_network, compile_network
from core.model.scaling import Scaler
from core.training.ahead import ahead
from core.training.checkpoint import (
    Checkpoint,
    Record,
    load_checkpoint,
    save_checkpoint,
    weights_of,
)
from core.training.epochs import Epochs
from core.training.examples import InMemory, TrainingPart, TrainingSpectra
from core.training.replicas import replicas
from core.training.steps import Block

# Without gradients the batch decides only about speed; larger ones waste memory.
VALIDATION_BATCH = 1024


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training gives.

    A record of the history has epoch (from 1), loss, mae, val_loss, val_mae, learning_rate (at the
    epoch's end), seconds, cpu_seconds [s].
    """

    model: keras.Model  # with the weights of the best epoch if the recipe says so
    scaler: Scaler  # fitted on the training part or that of the start
    history: list[Record]  # a record per epoch
    best_epoch: int  # the one with the lowest validation loss, from 1


def fit(
    recipe: Recipe,
    flux: np.ndarray,
    z: np.ndarray,
    validation_flux: np.ndarray,
    validation_z: np.ndarray,
    *,
    flux_error: np.ndarray | None = None,
    validation_flux_error: np.ndarray | None = None,
    start: tuple[list[np.ndarray], Scaler] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint_path: Path | None = None,
    on_epoch: Callable[[list[Record]], None] | None = None,
) -> Trained:
    """Train a network on flux (n, 186) [e-/s per sample] and redshifts (n,), as `fit_spectra` does.

    Errors of the fluxes, NaN or 0 where unknown, are of use to the scaling 'shape_noise' and to
    `noise_augmentation`.
    """
    return fit_spectra(
        recipe,
        InMemory(flux, flux_error, z),
        InMemory(validation_flux, validation_flux_error, validation_z),
        start=start,
        callbacks=callbacks,
        checkpoint_path=checkpoint_path,
        on_epoch=on_epoch,
    )


def fit_spectra(
    recipe: Recipe,
    spectra: TrainingSpectra,
    validation: InMemory,
    *,
    start: tuple[list[np.ndarray], Scaler] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint_path: Path | None = None,
    on_epoch: Callable[[list[Record]], None] | None = None,
    n_devices: int = 1,
) -> Trained:
    """Train a network on spectra in memory or on the disk.

    In every epoch the network sees the spectra in a new order, with fresh noise if the recipe wants
    it. Order and noise follow from the seed and the number of the epoch, and the learning rate from
    the optimiser's own count of steps, so a training that goes on from a checkpoint takes the same
    way as an unbroken one. The validation part is seen as it is; where the recipe weights galaxies,
    its loss is weighted alike.

    `start` holds weights and scaling of a trained network of the same recipe, to go on from. The
    state is kept at `checkpoint_path` after each epoch; if the file exists, the training goes on
    from it. `on_epoch` is called with the records of all finished epochs: at the start, and after
    each epoch once its checkpoint is written. Every batch is shared among `n_devices`.

    Callbacks hear of batches after every call of the device, which takes many, a quarter of a
    second's, at once; they are given the number of the last.

    Raises a `RunError` if the loss is not a number any more, the checkpoint does not fit, or there
    are not as many devices.
    """
    training = recipe.training
    keras.utils.set_random_seed(training.seed)
    if start is None:
        weights, scaler = None, spectra.fit_scaler(recipe.scaling)
    else:
        weights, scaler = start
    part = TrainingPart.prepare(training, scaler, spectra)
    examples = part.examples(validation)

    with replicas(n_devices):
        model = build_network(recipe.network, recipe.scaling)
        if weights is not None:
            model.set_weights(weights)
        compile_network(model, training, steps_per_epoch=math.ceil(len(part) / training.batch_size))
        model.optimizer.build(model.trainable_variables)
        state = Checkpoint([], weights_of(model))
        if checkpoint_path is not None and checkpoint_path.is_file():
            state = load_checkpoint(checkpoint_path, model)
        if on_epoch is not None:
            on_epoch(state.history)

        learning = Epochs(model, training.batch_size, learns=True)
        judging = Epochs(model, max(training.batch_size, VALIDATION_BATCH), learns=False)
        heard = keras.callbacks.CallbackList(
            [*_reseeding(training), *callbacks],
            model=model,
            epochs=training.epochs,
            steps=math.ceil(len(part) / training.batch_size),
        )
        heard.on_train_begin()
        for epoch in range(len(state.history), training.epochs):
            if _out_of_patience(state.history, training):
                break
            record = _train_epoch(learning, judging, part.epoch(epoch), examples, epoch, heard)
            rate = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
            record["learning_rate"] = rate
            history = [*state.history, record]
            is_best = best_epoch(history) == epoch + 1
            state = Checkpoint(history, weights_of(model) if is_best else state.best_weights)
            if checkpoint_path is not None:
                save_checkpoint(checkpoint_path, model, state)
            if on_epoch is not None:
                on_epoch(history)
        heard.on_train_end()

        if training.restore_best_weights:
            model.set_weights(state.best_weights)
    return Trained(model, scaler, state.history, best_epoch(state.history))


class DivergedError(RunError):
    """A training has come apart; with the same seed it does so again, also from a checkpoint."""

    for_good = True


def best_epoch(history: Sequence[Record]) -> int:
    """Return the first epoch with the lowest validation loss, counted from 1."""
    return 1 + int(np.argmin([record["val_loss"] for record in history]))


def _train_epoch(
    learning: Epochs,
    judging: Epochs,
    blocks: Iterator[Block],
    validation: Block,
    epoch: int,
    callbacks: keras.callbacks.CallbackList,
) -> Record:
    clock, cpu_clock = time.perf_counter(), time.process_time()
    callbacks.on_epoch_begin(epoch)
    logs = learning.take(
        ahead(blocks), lambda done, so_far: callbacks.on_train_batch_end(done - 1, so_far)
    )
    seen = judging.take(
        [validation], lambda done, so_far: callbacks.on_test_batch_end(done - 1, so_far)
    )
    logs |= {f"val_{name}": value for name, value in seen.items()}
    callbacks.on_epoch_end(epoch, logs)
    record = {name: logs[name] for name in ("loss", "mae", "val_loss", "val_mae")}
    check_finite(record["loss"], epoch + 1)
    check_finite(record["val_loss"], epoch + 1)
    return {
        "epoch": epoch + 1,
        **record,
        "seconds": time.perf_counter() - clock,
        "cpu_seconds": time.process_time() - cpu_clock,
    }


def _reseeding(training: TrainingConfig) -> list[keras.callbacks.Callback]:
    """Make PyTorch's dropout follow from the seed and the epoch, as all else does.

    It draws from a state of its own; the other backends keep theirs in variables of the network
    (and TensorFlow would compile anew at every seeding).
    """
    if keras.backend.backend() != "torch":
        return []

    def reseed(epoch: int, logs: object = None) -> None:
        seed = np.random.SeedSequence((training.seed, epoch)).generate_state(1)[0]
        keras.utils.set_random_seed(int(seed))

    # In a callback, since Keras draws random numbers itself before its first epoch.
    return [keras.callbacks.LambdaCallback(on_epoch_begin=reseed)]


def check_finite(loss: float, epoch: int) -> None:
    """Raise a `DivergedError` if a loss is not a finite number: the training has come apart."""
    if not math.isfinite(loss):
        raise DivergedError(
            f"The loss became {loss} in epoch {epoch}: the training diverged. Lower the learning "
            "rate, or choose another scaling or optimiser."
        )


def _out_of_patience(history: Sequence[Record], training: TrainingConfig) -> bool:
    patience = training.early_stopping_patience
    if patience is None or not history:
        return False
    return len(history) - best_epoch(history) >= patience
