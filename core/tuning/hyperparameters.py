"""The settings of a recipe that a search may vary, by name, and when each of them counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from core.config import require
from core.model.config import (
    ACTIVATIONS,
    HEADS,
    MIXTURE_LOSSES,
    OPTIMIZERS,
    PADDINGS,
    POINT_LOSSES,
    SCALINGS,
    SCHEDULES,
    WEIGHTINGS,
    ConvLayer,
    NetworkConfig,
    Recipe,
    TrainingConfig,
)

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Hyperparameter:
    """What may vary.

    Attributes
    ----------
    kind : str
        'int', 'float' or 'choice'.
    about : str
        What it is, for people, with its unit.
    choices : tuple of str
        All values of a 'choice'.
    per_layer : str
        Setting that counts the layers of which each has one: `filters_1`,
        `filters_2`, ...; '' where there is a single one.
    counts_if : dict of str to callable
        The setting has no effect unless these others have a value for which
        the function is true.
    """

    kind: str
    about: str
    choices: tuple[str, ...] = ()
    per_layer: str = ""
    counts_if: Mapping[str, Callable[[Any], bool]] | None = None


def _is(*wanted: str) -> Callable[[Any], bool]:
    return lambda value: value in wanted


def _at_least(number: int) -> Callable[[Any], bool]:
    return lambda value: value >= number


# A setting stands behind those that decide whether it counts.
HYPERPARAMETERS: dict[str, Hyperparameter] = {
    "scaling": Hyperparameter("choice", "scaling of the input", SCALINGS),
    "head": Hyperparameter("choice", "a redshift (point) or p(z) (mixture)", HEADS),
    "components": Hyperparameter("int", "Gaussians of p(z)", (), "", {"head": _is("mixture")}),
    "conv_layers": Hyperparameter("int", "number of convolutions"),
    "filters": Hyperparameter("int", "filters of a convolution", (), "conv_layers"),
    "kernel_size": Hyperparameter("int", "width of a convolution [samples]", (), "conv_layers"),
    "strides": Hyperparameter("int", "step of a convolution [samples]", (), "conv_layers"),
    "pool_size": Hyperparameter("int", "max-pooling behind it [samples]", (), "conv_layers"),
    "padding": Hyperparameter(
        "choice", "of the convolutions", PADDINGS, "", {"conv_layers": _at_least(1)}
    ),
    "dense_layers": Hyperparameter("int", "number of dense layers"),
    "units": Hyperparameter("int", "units of a dense layer", (), "dense_layers"),
    "activation": Hyperparameter("choice", "of all layers", ACTIVATIONS),
    "dropout": Hyperparameter(
        "float", "share dropped behind dense layers", (), "", {"dense_layers": _at_least(1)}
    ),
    "loss": Hyperparameter("choice", "of a redshift", POINT_LOSSES, "", {"head": _is("point")}),
    "density_loss": Hyperparameter(
        "choice", "of p(z)", MIXTURE_LOSSES, "", {"head": _is("mixture")}
    ),
    "huber_delta": Hyperparameter(
        "float",
        "where Huber's loss turns linear [redshift]",
        (),
        "",
        {"head": _is("point"), "loss": _is("huber")},
    ),
    "weighting": Hyperparameter(
        "choice", "of rare redshifts", WEIGHTINGS, "", {"head": _is("point")}
    ),
    "weight_cap": Hyperparameter(
        "float",
        "largest weight over the lowest",
        (),
        "",
        {"head": _is("point"), "weighting": lambda value: value != "none"},
    ),
    "optimizer": Hyperparameter("choice", "of the training", OPTIMIZERS),
    "learning_rate": Hyperparameter("float", "at its highest"),
    "weight_decay": Hyperparameter("float", "of adamw", (), "", {"optimizer": _is("adamw")}),
    "schedule": Hyperparameter("choice", "of the learning rate", SCHEDULES),
    "warmup_epochs": Hyperparameter("float", "rise of the learning rate [epochs]"),
    "batch_size": Hyperparameter("int", "spectra of a step"),
    "noise_augmentation": Hyperparameter("float", "fresh noise in every epoch [flux_error]"),
}
_ORDER = list(HYPERPARAMETERS)
_NETWORK = ["activation", "padding", "dropout", "head", "components"]
_TRAINING = [field.name for field in fields(TrainingConfig) if field.name in HYPERPARAMETERS]


def split_name(name: str) -> tuple[str, int]:
    """Return the hyperparameter of a name and its layer: ('filters', 3) of 'filters_3', or 0.

    Raises
    ------
    ConfigError
        If there is no such hyperparameter.
    """
    stem, _, number = name.rpartition("_")
    if stem in HYPERPARAMETERS and HYPERPARAMETERS[stem].per_layer:
        # One name for one layer: neither filters_03 nor the digits of other scripts.
        is_number = number.isascii() and number.isdigit() and not number.startswith("0")
        if is_number:
            return stem, int(number)
    known = name in HYPERPARAMETERS and not HYPERPARAMETERS[name].per_layer
    names = [f"{key}_1" if item.per_layer else key for key, item in HYPERPARAMETERS.items()]
    require(
        known, f"Unknown hyperparameter '{name}': expected one of {', '.join(names)} (_2, ...)."
    )
    return name, 0


def place(name: str) -> tuple[int, ...]:
    """Return a key that sorts names: each behind those that decide whether it counts."""
    stem, layer = split_name(name)
    same_layers = HYPERPARAMETERS[stem].per_layer == "conv_layers"
    # The settings of one convolution stay together.
    return (_ORDER.index("filters" if same_layers else stem), layer, _ORDER.index(stem))


def conditions(name: str) -> dict[str, Callable[[Any], bool]]:
    """Return for which values of which other settings this one counts."""
    stem, layer = split_name(name)
    item = HYPERPARAMETERS[stem]
    if item.per_layer:
        return {item.per_layer: _at_least(layer)}
    return dict(item.counts_if or {})


def counts(name: str, values: Values) -> bool:
    """Whether the setting has an effect in a recipe of these values."""
    return all(fits(values[parent]) for parent, fits in conditions(name).items())


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """Return all settings of a recipe that a search may vary, whether they count or not.

    For the head that it does not have, the loss is the first that suits that head.
    """
    network, training = recipe.network, recipe.training
    losses = {"loss": POINT_LOSSES[0], "density_loss": MIXTURE_LOSSES[0]}
    losses["loss" if network.head == "point" else "density_loss"] = training.loss
    settings: dict[str, Any] = {
        "scaling": recipe.scaling,
        "conv_layers": len(network.conv_layers),
        "dense_layers": len(network.dense_units),
        **{name: getattr(network, name) for name in _NETWORK},
        **{name: getattr(training, name) for name in _TRAINING},
        **losses,
    }
    for number, layer in enumerate(network.conv_layers, start=1):
        for stem in ("filters", "kernel_size", "strides", "pool_size"):
            settings[f"{stem}_{number}"] = getattr(layer, stem)
    for number, units in enumerate(network.dense_units, start=1):
        settings[f"units_{number}"] = units
    return dict(sorted(settings.items(), key=lambda item: place(item[0])))


def make_recipe(base: Recipe, values: Values) -> Recipe:
    """Return the recipe of these settings; epochs, patience and seed are those of `base`.

    Strides and pooling of a layer that has none named are 1.

    Raises
    ------
    ConfigError
        If the filters, the kernel or the units of a layer are not named, or a
        value is out of its range.
    """

    def of_layer(stem: str, number: int) -> Any:
        name = f"{stem}_{number}"
        layers = HYPERPARAMETERS[stem].per_layer
        require(
            name in values,
            f"{layers} may be {values[layers]}, but nothing says what {name} is: give it a range "
            f"or a value, or allow fewer {layers}.",
        )
        return values[name]

    convolutions = tuple(
        ConvLayer(
            of_layer("filters", number),
            of_layer("kernel_size", number),
            values.get(f"strides_{number}", 1),
            values.get(f"pool_size_{number}", 1),
        )
        for number in range(1, values["conv_layers"] + 1)
    )
    units = tuple(of_layer("units", number) for number in range(1, values["dense_layers"] + 1))
    is_point = values["head"] == "point"
    network = NetworkConfig(convolutions, units, **{name: values[name] for name in _NETWORK})
    wanted = {name: values[name] for name in _TRAINING}
    if not is_point:
        wanted |= {"loss": values["density_loss"], "weighting": "none"}
    training = replace(base.training, **wanted)
    return Recipe(network, values["scaling"], training)
