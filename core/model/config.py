"""Every hyperparameter of a run, in frozen dataclasses that go to and from JSON."""

from dataclasses import dataclass, field

from core.config import require

ACTIVATIONS = ("relu", "silu", "elu", "selu", "leaky_relu", "tanh", "sigmoid", "softplus")
OPTIMIZERS = ("adamax", "adam", "adamw", "nadam", "rmsprop", "sgd")
LOSSES = ("huber", "mae", "mse", "logcosh")
SCALINGS = ("minmax", "standard", "robust", "quantile", "shape")
SCHEDULES = ("constant", "cosine")
PADDINGS = ("valid", "same")


@dataclass(frozen=True)
class ConvLayer:
    """One 1-D convolution over the samples, with optional max-pooling behind it.

    `strides` and `pool_size` of 1 mean none. Pooling is 'valid' with a stride
    equal to its size.
    """

    filters: int
    kernel_size: int
    strides: int = 1
    pool_size: int = 1

    def __post_init__(self) -> None:
        for name in ("filters", "kernel_size", "strides", "pool_size"):
            value = getattr(self, name)
            require(value >= 1, f"ConvLayer.{name}: expected at least 1, received {value}.")


@dataclass(frozen=True)
class NetworkConfig:
    """The body of a network: convolutions, then dense layers, then one output, z.

    The dense layers end before the output layer, which is always Dense(1).
    """

    conv_layers: tuple[ConvLayer, ...]
    dense_units: tuple[int, ...]
    activation: str = "relu"
    padding: str = "valid"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        one_of("NetworkConfig.activation", self.activation, ACTIVATIONS)
        one_of("NetworkConfig.padding", self.padding, PADDINGS)
        for units in self.dense_units:
            require(
                units >= 1, f"NetworkConfig.dense_units: expected at least 1, received {units}."
            )
        require(
            0 <= self.dropout < 1,
            f"NetworkConfig.dropout: expected 0 <= dropout < 1, received {self.dropout}.",
        )


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Attributes
    ----------
    loss : str
        One of `LOSSES`; `huber_delta` [redshift] belongs to 'huber' alone.
    weight_decay : float
        Decoupled weight decay, used by 'adamw' alone.
    schedule : str
        'constant', or 'cosine' to nearly zero at the last epoch.
    warmup_epochs : float
        Linear rise of the learning rate at the start [epochs].
    early_stopping_patience : int or None
        Epochs without a better validation loss before training stops; None: never.
    restore_best_weights : bool
        Keep the weights of the epoch with the lowest validation loss, else the last.
    """

    optimizer: str = "adamax"
    learning_rate: float = 0.001
    weight_decay: float = 0.0
    loss: str = "huber"
    huber_delta: float = 1.0
    schedule: str = "constant"
    warmup_epochs: float = 0.0
    batch_size: int = 16
    epochs: int = 20
    early_stopping_patience: int | None = None
    restore_best_weights: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        one_of("TrainingConfig.optimizer", self.optimizer, OPTIMIZERS)
        one_of("TrainingConfig.loss", self.loss, LOSSES)
        one_of("TrainingConfig.schedule", self.schedule, SCHEDULES)
        for name in ("learning_rate", "huber_delta"):
            value = getattr(self, name)
            require(
                value > 0, f"TrainingConfig.{name}: expected a value above 0, received {value}."
            )
        for name in ("weight_decay", "warmup_epochs"):
            value = getattr(self, name)
            require(value >= 0, f"TrainingConfig.{name}: expected 0 or more, received {value}.")
        require(
            0 <= self.seed < 2**32,  # what `np.random.seed` takes
            "TrainingConfig.seed: expected a whole number from 0 to 2^32 - 1, "
            f"received {self.seed}.",
        )
        for name in ("batch_size", "epochs"):
            value = getattr(self, name)
            require(value >= 1, f"TrainingConfig.{name}: expected at least 1, received {value}.")
        patience = self.early_stopping_patience
        require(
            patience is None or patience >= 1,
            "TrainingConfig.early_stopping_patience: expected at least 1 or none, "
            f"received {patience}.",
        )


@dataclass(frozen=True)
class Recipe:
    """A network with its scaling and training: what a preset names."""

    network: NetworkConfig
    scaling: str = "minmax"
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        one_of("Recipe.scaling", self.scaling, SCALINGS)


def one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    """Raise a `ConfigError` unless `value` is among `known`."""
    require(value in known, f"{name}: expected one of {', '.join(known)}, received '{value}'.")
