"""Every hyperparameter of a run, in frozen dataclasses that go to and from JSON.

A field's metadata say all else: label, choices, bounds, and when it counts (see
`core.model.settings`). A new field needs nothing but the code in which it takes effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.did_you_mean import alike
from core.errors import SettingError
from core.model.settings import (
    Setting,
    among,
    check,
    conditions,
    setting,
    settings_of,
)
from core.spectra import N_SAMPLES

BODIES = {"sequential": "One layer behind the other"}
"""Each is the file of its name in `core.model.bodies`."""

ACTIVATIONS = {
    "relu": "ReLU",
    "silu": "SiLU",
    "elu": "ELU",
    "selu": "SELU",
    "leaky_relu": "Leaky ReLU",
    "tanh": "tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
}
OPTIMIZERS = {
    "adamax": "Adamax",
    "adam": "Adam",
    "adamw": "AdamW",
    "nadam": "Nadam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
"""Each with its class in Keras, the name that people know."""
POINT_LOSSES = {"huber": "Huber", "mae": "MAE", "mse": "MSE", "logcosh": "log cosh"}
MIXTURE_LOSSES = {"nll": "Likelihood", "crps": "CRPS"}
LOSSES_OF = {"point": POINT_LOSSES, "mixture": MIXTURE_LOSSES}
"""Losses for each head; the first is the default."""
SCALINGS = {
    "minmax": "Min-max",
    "standard": "Standard",
    "robust": "Robust",
    "quantile": "Quantile",
    "shape": "Shape + level",
    "shape_noise": "Shape + level + noise",
}

UNITS = Setting(
    "Units",
    "Units of a dense layer. More can learn more, cost more and overfit sooner.",
    at_least=1,
    most=4096,
    typical=64,
)


@dataclass(frozen=True)
class ConvLayer:
    """One 1-D convolution over the samples, with optional max-pooling behind it.

    `strides` and `pool_size` of 1 mean none. Pooling is 'valid' with a stride
    equal to its size.
    """

    filters: int = setting(
        "Filters",
        "How many patterns a convolution looks for. More find more, and overfit sooner.",
        at_least=1,
        most=4096,
        typical=64,
    )
    kernel_size: int = setting(
        "Kernel",
        "How many neighbouring samples a pattern covers. Wider ones see broader shapes.",
        at_least=1,
        most=N_SAMPLES,
        typical=3,
    )
    strides: int = setting(
        "Stride",
        "Step between outputs [samples]; 1: every sample. A step of 2 halves cost and detail.",
        default=1,
        at_least=1,
        most=N_SAMPLES,
    )
    pool_size: int = setting(
        "Pool",
        "Of so many neighbouring outputs the largest is kept; 1: none. Where exactly it was is "
        "forgotten, the more so the larger the pool.",
        default=1,
        at_least=1,
        most=N_SAMPLES,
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class NetworkConfig:
    """A network: its body, of convolutions (or none) and dense layers (or none), then its head.

    `dense_units` are without the head, a dense layer of its own: with 'point', one
    output, z; with 'mixture', 3 `components` outputs, which `core.model.mixture`
    reads as a p(z) of so many Gaussians.
    """

    conv_layers: tuple[ConvLayer, ...] = setting(
        "Convolution layers",
        "Patterns are looked for along the spectrum, each layer in what the one before found. More "
        "layers see wider patterns.",
        kind="layers",
        most=50,
    )
    dense_units: tuple[int, ...] = setting(
        "Dense layers",
        "Layers in which every unit sees everything of the layer before. More or wider ones can "
        "learn more, and overfit sooner.",
        kind="layers",
        each=UNITS,
        most=50,
    )
    activation: str = setting(
        "Activation",
        "The bend behind each layer but the output. Without one, all layers together would be a "
        "single linear formula.",
        default="relu",
        choices=ACTIVATIONS,
    )
    padding: str = setting(
        "Padding",
        "Whether zeros are added at the ends of the spectrum, so that a convolution does not "
        "shorten it.",
        default="valid",
        choices={"valid": "None (valid)", "same": "Zeros (same)"},
        counts_if={"conv_layers": bool},
    )
    dropout: float = setting(
        "Dropout",
        "Share of the units behind each dense layer that is silent in a step, so that none is "
        "relied upon. More: less overfitting, slower learning.",
        default=0.0,
        below=1,
        step=0.05,
        most=0.9,
        counts_if={"dense_units": bool},
    )
    head: str = setting(
        "Head",
        "What the network returns: one redshift, or a mixture of Gaussians in redshift, which "
        "gives intervals, multiple solutions and other priors.",
        default="point",
        choices={"point": "A redshift", "mixture": "p(z), a mixture"},
    )
    components: int = setting(
        "Gaussians",
        "Gaussians that make up p(z); two suffice for two possible redshifts. More can follow "
        "more complicated shapes.",
        default=5,
        at_least=1,
        most=50,
        counts_if={"head": among("mixture")},
    )
    body: str = setting(
        "Body", "What stands between the input and the head.", default="sequential", choices=BODIES
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    `huber_delta` [redshift] belongs to the loss 'huber' alone, `weight_decay`
    (decoupled) to 'adamw', weighting to a point head. A patience of None never
    stops a training.
    """

    optimizer: str = setting(
        "Optimiser",
        "How the slope of the loss becomes a step of the weights. Adam and its kin give each "
        "weight a step size of its own.",
        default="adamax",
        choices=OPTIMIZERS,
    )
    learning_rate: float = setting(
        "Learning rate",
        "How large the steps of the weights are, at their largest. Too large: the loss jumps "
        "about. Too small: it falls slowly, and the training ends too soon.",
        default=0.001,
        above=0,
        most=1,
        why_most="Above 1 the weights run away at the first steps, and nothing is learnt.",
    )
    weight_decay: float = setting(
        "Weight decay",
        "Pulls all weights towards zero in each step, beside the loss (decoupled, of AdamW). "
        "Larger: less overfitting; too large: too little is learnt.",
        default=0.0,
        counts_if={"optimizer": among("adamw")},
    )
    loss: str = setting(
        "Loss",
        "What training makes small; lower is better. Huber: squared for small errors, as they are "
        "for large ones. Likelihood: minus the logarithm of p(z) at the true redshift, which is "
        "negative where p(z) is above 1. By default the one for the head.",
        default="huber",
        choices=POINT_LOSSES | MIXTURE_LOSSES,
    )
    huber_delta: float = setting(
        "Huber delta [redshift]",
        "|z_pred - z_spec| above which the loss grows linearly instead of quadratically. Smaller: "
        "outliers count for less. With 1, beyond all redshifts here, it is half the squared error.",
        default=1.0,
        above=0,
        counts_if={"loss": among("huber")},
    )
    schedule: str = setting(
        "Schedule",
        "Whether the learning rate stays, or falls along a cosine to nearly zero at the last "
        "epoch, which settles the weights.",
        default="constant",
        choices={"constant": "Constant", "cosine": "Cosine to zero"},
    )
    warmup_epochs: float = setting(
        "Warm-up [epochs]",
        "The learning rate rises linearly from zero over these epochs: small steps while the "
        "weights are still drawn at random. Larger: safer and slower.",
        default=0.0,
    )
    batch_size: int = setting(
        "Batch size",
        "Spectra whose errors decide one step together. Small: many noisy steps; large: few sure "
        "ones, and faster epochs.",
        default=16,
        at_least=1,
        most=2**20,
    )
    epochs: int = setting(
        "Epochs",
        "How often every training spectrum is seen. Too few: not learnt yet; too many: time lost, "
        "or overfitted.",
        default=20,
        at_least=1,
        most=100_000,
        searched=False,
    )
    early_stopping_patience: int | None = setting(
        "Early stop [epochs]",
        "Stop after this number of epochs without a lower validation loss; 0: never. Larger: surer "
        "that none would have come.",
        default=None,
        at_least=1,
        most=100_000,
        searched=False,
    )
    restore_best_weights: bool = setting(
        "Weights to keep",
        "The weights of the epoch with the lowest validation loss, or those of the last one.",
        default=True,
        choices={True: "Best epoch", False: "Last epoch"},
        searched=False,
    )
    seed: int = setting(
        "Seed",
        "Of the first weights and of the order of the spectra. Two seeds differ by chance alone: "
        "they say how much a difference between two settings must be to count.",
        default=0,
        at_most=2**32 - 1,  # what `np.random.seed` takes
        searched=False,
    )
    noise_augmentation: float = setting(
        "Added noise [error]",
        "Noise that every epoch adds afresh to the training spectra, in units of their "
        "flux_error (or of their band's noise where they have none); 0: none. It cannot be learnt "
        "by heart. More: less overfitting; too much hides what is to be learnt.",
        default=0.0,
    )
    weighting: str = setting(
        "Rare redshifts",
        "Galaxies at rare redshifts can weigh more in the loss (inverse_density), or be drawn "
        "more often, with replacement (balanced), by one over the density of redshifts: high "
        "redshifts are less biased, and the rest gets worse. With p(z), choose a prior when you "
        "predict instead.",
        default="none",
        choices={
            "none": "As they come",
            "inverse_density": "Weigh more",
            "balanced": "Drawn more often",
        },
        counts_if={"head": among("point")},
    )
    weight_cap: float = setting(
        "Largest weight",
        "Weight of the rarest redshifts over that of the most common. Larger: less bias at rare "
        "redshifts, larger errors everywhere else.",
        default=10.0,
        at_least=1,
        counts_if={"weighting": among("inverse_density", "balanced")},
    )

    def __post_init__(self) -> None:
        check(self)


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
    scaling: str = setting(
        "Scaling",
        "Fitted on the training part. Min-max, standard, robust (median and IQR) and quantile (to "
        "a normal distribution) scale each sample separately; shape + level divides a spectrum by "
        "its own mean and gives the logarithm of the mean to the dense layers; with noise, those "
        "of the noise of BP and RP as well.",
        default="minmax",
        choices=SCALINGS,
    )
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check(self)
        head, loss = self.network.head, self.training.loss
        known = settings_of(self.training)
        if loss not in LOSSES_OF[head]:
            expected = ", ".join(LOSSES_OF[head])
            said = f"expected one of {expected} for a {head} head, received '{loss}'."
            near = alike(loss, LOSSES_OF[head])
            raise SettingError("loss", known["loss"].label, said + near)
        if head != "point" and self.training.weighting != "none":
            said = (
                f"expected 'none' for a mixture head, received '{self.training.weighting}'. A "
                "density trained on the galaxies as they are can be given any prior of redshift "
                "afterwards; choose the prior when you predict."
            )
            raise SettingError("weighting", known["weighting"].label, said)

    @property
    def needs_errors(self) -> bool:
        """Whether training makes use of the errors of the flux, where there are any."""
        return self.scaling == "shape_noise" or self.training.noise_augmentation > 0

    @property
    def settings(self) -> dict[str, Any]:
        """The value of every setting, by the name of its field."""
        return {**vars(self.network), "scaling": self.scaling, **vars(self.training)}

    @property
    def idle(self) -> set[str]:
        """Names of the settings without effect."""
        return {name for name in SETTINGS if not counts(name, self.settings)}

    @property
    def effective(self) -> dict[str, Any]:
        """The value of every setting that has an effect, but the seed, which is chance alone."""
        without = {*self.idle, "seed"}
        return {name: value for name, value in self.settings.items() if name not in without}

    @property
    def loss_settings(self) -> dict[str, Any]:
        """What the loss is: its values cannot be compared where recipes differ here."""
        names, idle = ("loss", "huber_delta", "weighting", "weight_cap"), self.idle
        return {name: getattr(self.training, name) for name in names if name not in idle}

    def with_settings(self, values: Mapping[str, Any]) -> "Recipe":
        """Return the recipe with other values of some settings.

        Another head brings the first loss that suits it, and no weighting, where
        they are not among the values.
        """
        head = values.get("head", self.network.head)
        if head != self.network.head:
            suiting = LOSSES_OF.get(head, POINT_LOSSES)
            values = {"loss": next(iter(suiting)), "weighting": "none", **values}

        def of(part: Any) -> dict[str, Any]:
            return {name: values[name] for name in settings_of(part) if name in values}

        network = replace(self.network, **of(NetworkConfig))
        training = replace(self.training, **of(TrainingConfig))
        return replace(self, network=network, training=training, **of(Recipe))

    def check_start(self) -> None:
        """Raise a `SettingError` where a value is beyond what a training may be started with."""
        for name, value in self.settings.items():
            SETTINGS[name].check_start(name, value)


SETTINGS = settings_of(NetworkConfig) | settings_of(Recipe) | settings_of(TrainingConfig)
"""Every setting of a recipe, by the name of its field."""


def counts(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the setting has an effect in a recipe of these values."""
    return all(fits(values[parent]) for parent, fits in conditions(name, SETTINGS).items())
