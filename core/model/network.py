"""Networks in Keras, built and compiled from their configuration on any backend."""

from pathlib import Path

import keras
from keras import layers, losses, optimizers

from core.errors import DataError
from core.model.config import NetworkConfig, TrainingConfig
from core.model.shapes import layer_table, n_inputs
from core.spectra import N_SAMPLES

_OPTIMIZERS = {
    "adamax": optimizers.Adamax,
    "adam": optimizers.Adam,
    "adamw": optimizers.AdamW,
    "nadam": optimizers.Nadam,
    "rmsprop": optimizers.RMSprop,
    "sgd": optimizers.SGD,
}


def build_network(network: NetworkConfig, scaling: str) -> keras.Model:
    """Build the network, with freshly drawn weights (seed them with `keras.utils`).

    Layers carry the names of `core.model.shapes.layer_table`. A column beyond
    the 186 samples passes by the convolutions and joins at the dense layers;
    dropout, where asked for, follows every dense layer but the output.

    Returns
    -------
    keras.Model
        One input 'features', shape (batch, n_inputs(scaling)), and one
        output 'z', shape (batch, 1).

    Raises
    ------
    ConfigError
        If a layer leaves no samples, or the scaling is unknown.
    """
    layer_table(network, scaling)
    width = n_inputs(scaling)
    features = keras.Input((width,), name="features")
    if width > N_SAMPLES:
        columns = layers.Reshape((width, 1), name="columns")(features)
        x = layers.Cropping1D((0, width - N_SAMPLES), name="samples")(columns)
        last = layers.Cropping1D((N_SAMPLES, 0), name="last_column")(columns)
        amplitude = layers.Flatten(name="amplitude")(last)
    else:
        x = layers.Reshape((N_SAMPLES, 1), name="samples")(features)
        amplitude = None
    for number, layer in enumerate(network.conv_layers, start=1):
        x = layers.Conv1D(
            layer.filters,
            layer.kernel_size,
            strides=layer.strides,
            padding=network.padding,
            activation=network.activation,
            name=f"conv_{number}",
        )(x)
        if layer.pool_size > 1:
            x = layers.MaxPooling1D(layer.pool_size, name=f"pool_{number}")(x)
    x = layers.Flatten(name="flatten")(x)
    if amplitude is not None:
        x = layers.Concatenate(name="join")([x, amplitude])
    for number, units in enumerate(network.dense_units, start=1):
        x = layers.Dense(units, activation=network.activation, name=f"dense_{number}")(x)
        if network.dropout > 0:
            x = layers.Dropout(network.dropout, name=f"dropout_{number}")(x)
    return keras.Model(features, layers.Dense(1, name="z")(x), name="xpz")


def compile_network(model: keras.Model, training: TrainingConfig, steps_per_epoch: int) -> None:
    """Give the network its optimiser, learning-rate schedule, loss and the metric 'mae'.

    Parameters
    ----------
    model : keras.Model
        Compiled in place; it saves and reloads without custom objects.
    training : TrainingConfig
        The training.
    steps_per_epoch : int
        Batches per epoch, which turns the schedule's epochs into steps.
    """
    settings = {"weight_decay": training.weight_decay} if training.optimizer == "adamw" else {}
    rate = _learning_rate(training, steps_per_epoch)
    optimizer = _OPTIMIZERS[training.optimizer](learning_rate=rate, **settings)
    model.compile(optimizer=optimizer, loss=_loss(training), metrics=["mae"])


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


def _loss(training: TrainingConfig) -> losses.Loss:
    return {
        "huber": losses.Huber(delta=training.huber_delta),
        "mae": losses.MeanAbsoluteError(),
        "mse": losses.MeanSquaredError(),
        "logcosh": losses.LogCosh(),
    }[training.loss]


def load_legacy_weights(model: keras.Model, h5_path: str | Path) -> None:
    """Put the weights of a legacy Keras HDF5 file into `model`, layer by layer in order.

    The file may hold a whole model or weights alone; only arrays are read
    from it, nothing in it is run.

    Raises
    ------
    DataError
        If the file is missing, is not such a file, or its layers have other shapes.
    """
    path = Path(h5_path)
    if not path.is_file():
        raise DataError(f"The weight file {path} is missing.")
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: expected a legacy Keras HDF5 file (.h5 or .hdf5) of the same network, with "
            f"{model.count_params():,} parameters. Keras says: {error}"
        ) from error
