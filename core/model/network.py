"""Networks in Keras, built and compiled from their configuration on any backend."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras import layers, losses, metrics, optimizers

from core.amounts import n_of
from core.errors import DataError
from core.model.config import MIXTURE_LOSSES, OPTIMIZERS, NetworkConfig, TrainingConfig
from core.model.losses import crps, mean_absolute_error, nll
from core.model.shapes import layer_table


def build_network(network: NetworkConfig, scaling: str) -> keras.Model:
    """Build the network, with freshly drawn weights (seed them with `keras.utils`).

    Its layers are those of `core.model.shapes.layer_table`, which says what is raised. One input
    'features', (batch, n_inputs(scaling)); output 'z', (batch, 1), or 'mixture', (batch, 3
    components).
    """
    features, *table = layer_table(network, scaling)
    made = {features.name: keras.Input(features.output_shape, name=features.name)}
    for layer in table:
        inputs = [made[name] for name in layer.inputs]
        make = getattr(layers, layer.kind)(name=layer.name, **layer.settings)
        made[layer.name] = make(inputs if len(inputs) > 1 else inputs[0])
    return keras.Model(made[features.name], made[table[-1].name], name="xpz")


def compile_network(model: keras.Model, training: TrainingConfig, steps_per_epoch: int) -> None:
    """Give the network its optimiser, learning-rate schedule, loss and the metric 'mae', in place.

    The metric of a mixture is that of its mean; with a point head the network saves and reloads
    without custom objects. `steps_per_epoch` turns the schedule's epochs into steps.
    """
    settings = {"weight_decay": training.weight_decay} if training.optimizer == "adamw" else {}
    rate = _learning_rate(training, steps_per_epoch)
    optimizer = getattr(optimizers, OPTIMIZERS[training.optimizer])(learning_rate=rate, **settings)
    mae = "mae"
    if training.loss in MIXTURE_LOSSES:
        mae = metrics.MeanMetricWrapper(mean_absolute_error, name="mae")
    model.compile(optimizer=optimizer, loss=_loss(training), metrics=[mae])


def _learning_rate(
    training: TrainingConfig, steps_per_epoch: int
) -> float | optimizers.schedules.LearningRateSchedule:
    peak = training.learning_rate
    total = training.epochs * steps_per_epoch
    warmup = min(round(training.warmup_epochs * steps_per_epoch), total - 1)
    if training.schedule == "cosine" and warmup:
        return optimizers.schedules.CosineDecay(
            0.0, total - warmup, warmup_target=peak, warmup_steps=warmup
        )
    if training.schedule == "cosine":
        return optimizers.schedules.CosineDecay(peak, total)
    if warmup:
        # Linear from nothing to the peak, and constant behind it.
        return optimizers.schedules.PolynomialDecay(0.0, warmup, end_learning_rate=peak)
    return peak


def _loss(training: TrainingConfig) -> losses.Loss | Callable[..., Any]:
    return {
        "huber": losses.Huber(delta=training.huber_delta),
        "mae": losses.MeanAbsoluteError(),
        "mse": losses.MeanSquaredError(),
        "logcosh": losses.LogCosh(),
        "nll": nll,
        "crps": crps,
    }[training.loss]


def load_legacy_weights(model: keras.Model, h5_path: str | Path) -> None:
    """Put the weights of a legacy Keras HDF5 file into `model`, layer by layer in order.

    The file may hold a whole model or weights alone; only arrays are read from it, nothing in it is
    run. Raises a `DataError` if it is missing, no such file, or its layers have other shapes.
    """
    path = Path(h5_path)
    if not path.is_file():
        raise DataError(f"The weight file {path} is missing.")
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: expected a legacy Keras HDF5 file (.h5 or .hdf5) of the same network, with "
            f"{n_of(model.count_params(), 'parameter')}. Keras says: {error}"
        ) from error
