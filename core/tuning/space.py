"""The space of hyperparameters that a search looks through."""

import hashlib
import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from core.amounts import n_of
from core.config import require, to_dict
from core.errors import ConfigError, SettingError
from core.model.config import Recipe
from core.model.shapes import layer_table
from core.spectra import N_SAMPLES
from core.tuning.dimension import Dimension
from core.tuning.hyperparameters import Values, conditions, counts, make_recipe, place, settings_of


@dataclass(frozen=True)
class Space:
    """A recipe, and which of its settings vary within which ranges.

    Attributes
    ----------
    name : str
        For people.
    base : Recipe
        Gives every setting that no dimension names.
    dimensions : tuple of Dimension
        Sorted when it is made: each behind those that decide whether it counts.
    """

    name: str
    base: Recipe
    dimensions: tuple[Dimension, ...]

    def __post_init__(self) -> None:
        names = [dimension.name for dimension in self.dimensions]
        for name in names:
            require(names.count(name) == 1, f"The space '{self.name}' names {name} twice.")
        ordered = sorted(self.dimensions, key=lambda dimension: place(dimension.name))
        object.__setattr__(self, "dimensions", tuple(ordered))

    @property
    def hash(self) -> str:
        """SHA-256 over everything but the name, hexadecimal."""
        content = to_dict(replace(self, name=""))
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def dimension(self, name: str) -> Dimension | None:
        """Return the dimension of this name, None where the base gives the value."""
        return next((one for one in self.dimensions if one.name == name), None)

    def active(self, values: Values) -> tuple[str, ...]:
        """Return the names of the dimensions that count where the others have these values."""
        known = self._settings(values)
        return tuple(one.name for one in self.dimensions if counts(one.name, known))

    def recipe(self, values: Values) -> Recipe:
        """Return the recipe of these values; what is missing is as in the base.

        Raises
        ------
        ConfigError
            If a name is not a dimension of this space, or the recipe is impossible.
        """
        for name in values:
            require(
                self.dimension(name) is not None,
                f"'{name}' is no dimension of the space '{self.name}'.",
            )
        return make_recipe(self.base, self._settings(values))

    def values_of(self, recipe: Recipe) -> dict[str, Any] | None:
        """Return the values that give this recipe, None if it lies outside the space.

        Epochs, patience and seed are no settings of a space and are not compared.
        """
        settings = settings_of(recipe)
        wanted = [one for one in self.dimensions if counts(one.name, settings)]
        values = {one.name: settings[one.name] for one in wanted}
        if not all(one.holds(settings[one.name]) for one in wanted):
            return None
        try:
            own = settings_of(self.recipe(values))
        except ConfigError:
            return None
        return values if _counting(own) == _counting(settings) else None

    def size(self) -> int | None:
        """Return the number of different combinations, None where there is no end of them."""
        names = {one.name for one in self.dimensions}
        deciding = {parent for name in names for parent in conditions(name)} & names
        options = {one.name: one.options() for one in self.dimensions}
        if any(found is None for found in options.values()):
            return None
        # Combinations of what decides; those that differ only in what does not count are one.
        found = set()
        order = [one.name for one in self.dimensions if one.name in deciding]
        for combination in itertools.product(*(options[name] or () for name in order)):
            values = dict(zip(order, combination, strict=True))
            active = self.active(values)
            shape = tuple((name, values[name]) for name in order if name in active)
            rest = [len(options[name] or ()) for name in active if name not in deciding]
            found.add((shape, math.prod(rest)))
        return sum(number for _, number in found)

    def check(self) -> None:
        """Make sure that every combination is a network that can be built.

        Raises
        ------
        ConfigError
            If a dimension never counts, a value is out of its range, a layer has
            no size, or the deepest network would leave no samples.
        """
        require(bool(self.dimensions), f"The space '{self.name}' has no dimensions.")
        with self.named():
            self.base.check_start()
        for one in self.dimensions:
            where = f"The space '{self.name}', {one.name}"
            idle = self.why_idle(one.name)
            require(
                not idle,
                f"{where}: it has no effect, because {idle}. Delete it from the space, or let the "
                "other have a value with which it counts.",
            )
            one.check_step(where)
            for value in one.ends():
                try:
                    self.recipe({**self._making_count(one.name), one.name: value}).check_start()
                except SettingError as error:
                    raise ConfigError(error.as_called(where)) from error
                except ConfigError as error:
                    raise ConfigError(f"{where}: {error}") from error
        self._check_deepest()

    def why_idle(
        self,
        name: str,
        called: Callable[[str], str] = str,
        in_words: Callable[[str, Any], str] = lambda _, value: str(value),
    ) -> str:
        """Return the values of another setting with which this one never counts, '' if it may.

        `called` gives what people call that setting, `in_words` what they call a value of one.
        """
        for parent, fitting in self._fitting(name).items():
            if not fitting:
                words = dict.fromkeys(in_words(parent, each) for each in self._options(parent))
                own = self.dimension(parent)
                between = " or " if own is None or own.kind == "choice" else " to "
                return f"{called(parent)} is {between.join(words)}"
        return ""

    def without_idle(self) -> "Space":
        """Return the space of the dimensions that may count."""
        counting = (one for one in self.dimensions if not self.why_idle(one.name))
        return replace(self, dimensions=tuple(counting))

    @contextmanager
    def named(self) -> Iterator[None]:
        """Name the space in the error of a recipe that is one of its own."""
        try:
            yield
        except ConfigError as error:
            raise ConfigError(f"The space '{self.name}': {error}") from error

    def largest(self) -> Recipe:
        """Return the recipe with the most layers, units, samples and batch."""
        return self._extreme(min, "same")

    def _extreme(self, of_steps: Callable[[Iterable[Any]], Any], padding: str) -> Recipe:
        settings = self._settings({})
        for one in self.dimensions:
            if one.kind != "choice" or not isinstance(one.values[0], str):
                steps = one.name.startswith(("strides_", "pool_size_"))
                settings[one.name] = (of_steps if steps else max)(one.ends())
            elif one.name == "padding" and padding in one.values:
                settings[one.name] = padding
        return make_recipe(self.base, settings)

    def _settings(self, values: Values) -> dict[str, Any]:
        """Return every setting: these values, and for the rest the base's or the fixed ones."""
        known = settings_of(self.base)
        own = {
            one.name: one.ends()[0] for one in self.dimensions if one.fixed or one.name not in known
        }
        return {**known, **own, **values}

    def _options(self, name: str) -> tuple[Any, ...]:
        """Return the ends of a dimension, or the one value of the base."""
        own = self.dimension(name)
        return (self._settings({})[name],) if own is None else own.ends()

    def _fitting(self, name: str) -> dict[str, list[Any]]:
        """Return with which values of each setting that decides about this one it counts."""
        return {
            parent: [value for value in self._options(parent) if fits(value)]
            for parent, fits in conditions(name).items()
        }

    def _making_count(self, name: str) -> dict[str, Any]:
        """Return values of other dimensions for which this one counts."""
        return {
            parent: fitting[0]
            for parent, fitting in self._fitting(name).items()
            if self.dimension(parent) is not None
        }

    def _check_deepest(self) -> None:
        """Raise a `ConfigError` if the network that shrinks a spectrum most leaves nothing.

        Of unpadded convolutions fewer samples are left the wider the kernel, the
        larger the steps and pools, and the more layers there are: one look is enough.
        """
        recipe = self._extreme(max, "valid")
        try:
            layer_table(recipe.network, recipe.scaling)
        except ConfigError as error:
            raise ConfigError(
                f"The space '{self.name}' can shrink the {N_SAMPLES} samples of a spectrum to "
                f"nothing: with {n_of(len(recipe.network.conv_layers), 'convolution')} and the "
                f"largest kernels, strides and pools. {error}"
            ) from error


def _counting(settings: Values) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if counts(name, settings)}
