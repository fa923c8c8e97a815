"""The settings of a recipe that a search may vary, by name, and when each of them counts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from core.config import require
from core.did_you_mean import alike
from core.errors import ConfigError
from core.model import settings
from core.model.config import LOSSES_OF, UNITS, ConvLayer, NetworkConfig, Recipe, TrainingConfig
from core.model.settings import Setting, among

Values = Mapping[str, Any]


def _searched(config: Any, *names: str) -> dict[str, Setting]:
    """Return the settings of a dataclass that may vary; all of them, or those named."""
    return {
        name: one
        for name, one in settings.settings_of(config).items()
        if one.searched and one.open and (not names or name in names)
    }


_TRAINING = _searched(TrainingConfig)
# A setting stands behind those that decide whether it counts. What a seed draws depends on the
# order: one that stands here already keeps its place where its dataclass comes.
HYPERPARAMETERS: dict[str, Setting] = {
    **_searched(Recipe),
    **_searched(NetworkConfig, "head", "components"),
    "conv_layers": Setting("Convolution layers", "Number of convolutions."),
    **{name: replace(one, per_layer="conv_layers") for name, one in _searched(ConvLayer).items()},
    **_searched(NetworkConfig, "padding"),
    "dense_layers": Setting("Dense layers", "Number of dense layers."),
    "units": replace(UNITS, per_layer="dense_layers"),
    **_searched(NetworkConfig),
    # Each head has a loss of its own.
    "loss": replace(
        _TRAINING["loss"], choices=LOSSES_OF["point"], counts_if={"head": among("point")}
    ),
    "density_loss": replace(
        _TRAINING["loss"],
        label="Loss of p(z)",
        choices=LOSSES_OF["mixture"],
        counts_if={"head": among("mixture")},
    ),
    **_searched(TrainingConfig, "huber_delta", "weighting", "weight_cap"),
    **{name: one for name, one in _TRAINING.items() if name != "loss"},
}
_ORDER = list(HYPERPARAMETERS)
# Where a recipe has a tuple of layers, a search has their number.
_NUMBERS = {"conv_layers": "conv_layers", "dense_units": "dense_layers"}


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
    if name not in HYPERPARAMETERS or HYPERPARAMETERS[name].per_layer:
        raise ConfigError(
            f"Unknown hyperparameter '{name}': expected one of {', '.join(_names('1'))}, and of "
            f"further layers filters_2 and so on.{_meant(name)}"
        )
    return name, 0


def _names(layer: str) -> list[str]:
    """Return all names, of the settings of layers those of one layer."""
    return [f"{key}_{layer}" if one.per_layer else key for key, one in HYPERPARAMETERS.items()]


def _meant(name: str) -> str:
    """Return what `alike` says of a name, or of a label, that is no hyperparameter's."""
    layers = re.findall("[1-9][0-9]*$", name)
    names = _names(layers[0] if layers else "1")
    return alike(name, names, {label_of(each): each for each in names})


def label_of(name: str) -> str:
    """Return what people call a hyperparameter; one of a layer's, like 'filters_2', by number."""
    stem, layer = split_name(name)
    return f"{HYPERPARAMETERS[stem].label} {layer}" if layer else HYPERPARAMETERS[stem].label


def value_in_words(name: str, value: Any) -> str:
    """Return the value of a hyperparameter for people, a choice as the forms have it."""
    if isinstance(value, str):
        return HYPERPARAMETERS[split_name(name)[0]].choices.get(value, value)
    return f"{value:g}"


def place(name: str) -> tuple[int, ...]:
    """Return a key that sorts names: each behind those that decide whether it counts."""
    stem, layer = split_name(name)
    # The settings of one layer stay together.
    layers = HYPERPARAMETERS[stem].per_layer
    alike = (each for each in _ORDER if layers and HYPERPARAMETERS[each].per_layer == layers)
    return (_ORDER.index(next(alike, stem)), layer, _ORDER.index(stem))


def conditions(name: str) -> dict[str, Callable[[Any], bool]]:
    """Return for which values of which other settings this one counts."""
    stem, layer = split_name(name)
    layers = HYPERPARAMETERS[stem].per_layer
    if layers:
        return {layers: lambda number: number >= layer}
    return {
        _NUMBERS.get(parent, parent): fits
        for parent, fits in settings.conditions(stem, HYPERPARAMETERS).items()
    }


def counts(name: str, values: Values) -> bool:
    """Whether the setting has an effect in a recipe of these values."""
    return all(fits(values[parent]) for parent, fits in conditions(name).items())


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """Return all settings of a recipe that a search may vary, whether they count or not.

    For the head that it does not have, the loss is the first that suits that head.
    """
    values = {name: value for name, value in recipe.settings.items() if name in HYPERPARAMETERS}
    losses = {head: next(iter(known)) for head, known in LOSSES_OF.items()}
    losses[recipe.network.head] = recipe.training.loss
    values |= {"loss": losses["point"], "density_loss": losses["mixture"]}
    layers, units = recipe.network.conv_layers, recipe.network.dense_units
    values |= {"conv_layers": len(layers), "dense_layers": len(units)}
    for number, layer in enumerate(layers, start=1):
        values |= {f"{stem}_{number}": value for stem, value in vars(layer).items()}
    values |= {f"units_{number}": each for number, each in enumerate(units, start=1)}
    return dict(sorted(values.items(), key=lambda item: place(item[0])))


def make_recipe(base: Recipe, values: Values) -> Recipe:
    """Return the recipe of these settings; epochs, patience and seed are those of `base`.

    Strides and pooling of a layer that has none named are 1. Raises a `ConfigError` if the filters,
    the kernel or the units of a layer are not named, or a value is out of its range.
    """

    def of_layer(stem: str, number: int, default: Any = MISSING) -> Any:
        name, layers = f"{stem}_{number}", HYPERPARAMETERS[stem].per_layer
        require(
            name in values or default is not MISSING,
            f"{layers} may be {values[layers]}, but the space does not say what {name} is: give "
            f"it a range or a value, or allow fewer {layers}.",
        )
        return values.get(name, default)

    recipe = dict(values) | {
        "conv_layers": tuple(
            ConvLayer(*(of_layer(one.name, number, one.default) for one in fields(ConvLayer)))
            for number in range(1, values["conv_layers"] + 1)
        ),
        "dense_units": tuple(
            of_layer("units", number) for number in range(1, values["dense_layers"] + 1)
        ),
    }
    if values["head"] == "mixture":
        recipe |= {"loss": values["density_loss"], "weighting": "none"}
    return base.with_settings(recipe)
