"""Every hyperparameter of a run, in frozen dataclasses that go to and from JSON."""

from dataclasses import dataclass, field

from core.config import require

ACTIVATIONS = ("relu", "silu", "elu", "selu", "leaky_relu", "tanh", "sigmoid", "softplus")
OPTIMIZERS = ("adamax", "adam", "adamw", "nadam", "rmsprop", "sgd")
HEADS = ("point", "mixture")
POINT_LOSSES = ("huber", "mae", "mse", "logcosh")
MIXTURE_LOSSES = ("nll", "crps")
LOSSES = (*POINT_LOSSES, *MIXTURE_LOSSES)
SCALINGS = ("minmax", "standard", "robust", "quantile", "shape", "shape_noise")
WEIGHTINGS = ("none", "inverse_density", "balanced")
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
    """A network: convolutions (or none), dense layers (or none), then its head.

    Attributes
    ----------
    dense_units : tuple of int
        Without the head, a dense layer of its own.
    head : str
        'point': one output, z. 'mixture': 3 `components` outputs, which
        `core.model.mixture` reads as a p(z) of so many Gaussians.
    components : int
        Gaussians of a 'mixture'.
    """

    conv_layers: tuple[ConvLayer, ...]
    dense_units: tuple[int, ...]
    activation: str = "relu"
    padding: str = "valid"
    dropout: float = 0.0
    head: str = "point"
    components: int = 5

    def __post_init__(self) -> None:
        one_of("NetworkConfig.head", self.head, HEADS)
        require(
            self.components >= 1,
            f"NetworkConfig.components: expected at least 1, received {self.components}.",
        )
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
        One of `POINT_LOSSES` or, for mixtures, of `MIXTURE_LOSSES`; `huber_delta`
        [redshift] belongs to 'huber' alone.
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
    noise_augmentation : float
        Fresh white noise that is added to the training spectra in every epoch, in
        units of their `flux_error` (where they have none, of their band's noise).
    weighting : str
        For a point head. 'inverse_density': galaxies at rare redshifts weigh more
        in the loss, by 1 over the density of z. 'balanced': each epoch draws
        as many galaxies as there are, with replacement, by these weights.
    weight_cap : float
        Largest weight of a galaxy over that at the most common redshift.
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
    noise_augmentation: float = 0.0
    weighting: str = "none"
    weight_cap: float = 10.0

    def __post_init__(self) -> None:
        one_of("TrainingConfig.optimizer", self.optimizer, OPTIMIZERS)
        one_of("TrainingConfig.loss", self.loss, LOSSES)
        one_of("TrainingConfig.schedule", self.schedule, SCHEDULES)
        for name in ("learning_rate", "huber_delta"):
            value = getattr(self, name)
            require(
                value > 0, f"TrainingConfig.{name}: expected a value above 0, received {value}."
            )
        one_of("TrainingConfig.weighting", self.weighting, WEIGHTINGS)
        for name in ("weight_decay", "warmup_epochs", "noise_augmentation"):
            value = getattr(self, name)
            require(value >= 0, f"TrainingConfig.{name}: expected 0 or more, received {value}.")
        require(
            0 <= self.seed < 2**32,  # what `np.random.seed` takes
            "TrainingConfig.seed: expected a whole number from 0 to 2^32 - 1, "
            f"received {self.seed}.",
        )
        for name in ("batch_size", "epochs", "weight_cap"):
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
    """A network with its scaling and training: what a preset names.

    Examples
    --------
    >>> import core
    >>> core.PRESETS["compact"].network.dense_units
    (512, 256, 128)
    """

    network: NetworkConfig
    scaling: str = "minmax"
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        one_of("Recipe.scaling", self.scaling, SCALINGS)
        head = self.network.head
        known = MIXTURE_LOSSES if head == "mixture" else POINT_LOSSES
        require(
            self.training.loss in known,
            f"TrainingConfig.loss: expected one of {', '.join(known)} for a {head} head, "
            f"received '{self.training.loss}'.",
        )
        require(
            head == "point" or self.training.weighting == "none",
            "TrainingConfig.weighting: expected 'none' for a mixture head, received "
            f"'{self.training.weighting}'. A density learnt from galaxies as they come answers "
            "under any prior of redshift afterwards; choose the prior when you predict.",
        )

    @property
    def needs_errors(self) -> bool:
        """Whether training makes use of the errors of the flux, where there are any."""
        return self.scaling == "shape_noise" or self.training.noise_augmentation > 0


def one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    """Raise a `ConfigError` unless `value` is among `known`."""
    require(value in known, f"{name}: expected one of {', '.join(known)}, received '{value}'.")
