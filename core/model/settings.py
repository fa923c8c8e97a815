"""What is known of a hyperparameter beside its value: the metadata of its dataclass field."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from numbers import Real
from typing import Any

from core.did_you_mean import alike
from core.errors import SettingError

_KEY = "setting"


@dataclass(frozen=True)
class Setting:
    """One hyperparameter; forms, commands, searches, cards and comparisons are made from it.

    Attributes
    ----------
    label : str
        What people call it, with its unit.
    about : str
        A sentence for people who choose its value.
    kind : str
        'choice', 'int', 'float', or 'layers': a tuple with an entry per layer.
    choices : dict
        Each value of a 'choice', and what people call it.
    at_least, above, at_most, below : int or None
        Bounds of a number.
    most : float or None
        The largest value that a training may be started with, of 'layers' their number; those of
        old are read with any.
    why_most : str
        A sentence: why no larger one.
    optional : bool
        Whether it may be None, for which 0 is taken as well.
    typical, step
        Of a form: the value at first where the recipe gives none, and the step between values of
        a slider.
    each : Setting or None
        Of 'layers' that are plain numbers: what each of them is.
    counts_if : dict of str to callable
        The setting has no effect unless these others, which count as well, have
        a value for which the function is true.
    searched : bool
        Whether a search may vary it.
    per_layer : str
        In a search, the setting that counts the layers of which each has one; '' if
        there is a single one.
    """

    label: str
    about: str = ""
    kind: str = "int"
    choices: Mapping[Any, str] = field(default_factory=dict)
    at_least: int = 0
    above: int | None = None
    at_most: int | None = None
    below: int | None = None
    most: float | None = None
    why_most: str = ""
    optional: bool = False
    typical: int | None = None
    step: float | None = None
    each: "Setting | None" = None
    counts_if: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    searched: bool = True
    per_layer: str = ""

    @property
    def open(self) -> bool:
        """Whether one value among several can be chosen."""
        return self.kind != "layers" and len(self.choices) != 1

    @property
    def bounds(self) -> str:
        """The numbers that a training may be started with, as 'a whole number from 1 to 50'."""
        what = "a whole number" if self.kind == "int" else "a number"
        least = 0 if self.optional else self.at_least
        most = self.at_most if self.most is None else self.most
        if self.above is not None:
            ends = "" if most is None else f" and at most {most:,}"
            return f"{what} above {self.above:,}{ends}"
        ends = f"of at least {least:,}" if most is None else f"from {least:,} to {most:,}"
        return f"{what} {ends}"

    def taken(self, name: str, value: Any) -> Any:
        """Return a value as it is kept: 2.0 as a whole number, and 0 of what may be none as None.

        Raises a `SettingError` unless it is a choice or within the bounds.
        """
        if self.choices:
            one_of(name, self.label, value, self.choices)
            return value
        if self.kind == "layers":
            each = self.each
            return tuple(value if each is None else (each.taken(name, one) for one in value))
        if self.optional and (value is None or value == 0):
            return None
        if self.kind == "int" and _is_number(value) and value == value // 1:
            value = int(value)
        fits = (
            _is_number(value)
            and (self.kind != "int" or isinstance(value, int))
            and (value >= self.at_least if self.above is None else value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )
        if not fits:
            raise SettingError(name, self.label, f"expected {self.bounds}, received {value!r}.")
        return value

    def check_start(self, name: str, value: Any, label: str = "") -> None:
        """Raise a `SettingError` unless a training may be started with the value."""
        label = label or self.label
        if self.kind == "layers":
            self._check_layers(name, value)
        elif _is_number(value) and (not math.isfinite(value) or value > (self.most or value)):
            why = f" {self.why_most}" if self.why_most else ""
            said = f"expected {self.bounds}, received {as_text(value)}.{why}"
            raise SettingError(name, label, said)

    def _check_layers(self, name: str, layers: Sequence[Any]) -> None:
        if self.most is not None and len(layers) > self.most:
            said = f"expected at most {self.most}, received {len(layers)}."
            raise SettingError(name, self.label, said)
        for number, layer in enumerate(layers, start=1):
            known = {"": self.each} if self.each else settings_of(layer)
            for part, one in known.items():
                label = f"{one.label} of layer {number}"
                one.check_start(name, getattr(layer, part) if part else layer, label)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def setting(label: str, about: str = "", *, default: Any = MISSING, **known: Any) -> Any:
    """Return a dataclass field that carries a `Setting`; without a default it is required."""
    if known.get("choices"):
        known["kind"] = "choice"
    elif default not in (MISSING, None):
        known["kind"] = type(default).__name__
    known.setdefault("typical", None if default is MISSING else default)
    made = Setting(label, about, optional=default is None, **known)
    return field(default=default, metadata={_KEY: made})


def settings_of(config: Any) -> dict[str, Setting]:
    """Return the settings of a dataclass, by the names of their fields."""
    return {one.name: one.metadata[_KEY] for one in fields(config) if _KEY in one.metadata}


def check(config: Any) -> None:
    """Keep each value as its setting takes it; a `SettingError` tells the first that it cannot."""
    for name, one in settings_of(config).items():
        object.__setattr__(config, name, one.taken(name, getattr(config, name)))


@dataclass(frozen=True)
class Among:
    """Whether a value is one of those wanted, as a function of the value."""

    wanted: tuple[Any, ...]

    def __call__(self, value: Any) -> bool:
        """Return whether the value is one of them."""
        return value in self.wanted


def among(*wanted: Any) -> Among:
    """Return whether a value is one of these, as a function of the value."""
    return Among(wanted)


def conditions(name: str, known: Mapping[str, Setting]) -> dict[str, Callable[[Any], bool]]:
    """Return for which values of which others this setting counts, what they hang on included."""
    found: dict[str, Callable[[Any], bool]] = {}
    for parent, fits in known[name].counts_if.items():
        found |= (conditions(parent, known) if parent in known else {}) | {parent: fits}
    return found


def one_of(name: str, label: str, value: Any, known: Mapping[Any, str] | tuple[str, ...]) -> None:
    """Raise a `SettingError` unless `value` is among `known`."""
    if value not in known:
        said = f"expected one of {', '.join(map(str, known))}, received '{value}'."
        raise SettingError(name, label, f"{said}{alike(value, map(str, known))}")


def as_cell(value: Any) -> Any:
    """Return a setting or a fact as a file holds it: numbers as they are, nothing for nothing."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else as_text(value)


def as_text(value: Any) -> str:
    """Return a setting or a fact for people; an empty text for None."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
