"""What is known of a hyperparameter beside its value: the metadata of its dataclass field."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

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
    starts_at_most : float or None
        The largest value that a training may be started with; those of old are read with any.
    why_at_most : str
        A sentence: why no larger one.
    optional : bool
        Whether it may be None; forms and commands take 0 for that.
    typical, step, most
        Of a form's field: its value at first where the recipe gives none, the
        step between values, and the largest value.
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
    starts_at_most: float | None = None
    why_at_most: str = ""
    optional: bool = False
    typical: int | None = None
    step: float | None = None
    most: float | None = None
    each: "Setting | None" = None
    counts_if: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    searched: bool = True
    per_layer: str = ""

    @property
    def open(self) -> bool:
        """Whether one value among several can be chosen."""
        return self.kind != "layers" and len(self.choices) != 1

    def check(self, name: str, value: Any) -> None:
        """Raise a `SettingError` unless the value is a choice or within the bounds."""
        if self.choices:
            one_of(name, self.label, value, self.choices)
        elif self.each is not None:
            for one in value:
                self.each.check(name, one)
        elif self.kind != "layers" and not (self.optional and value is None):
            fits = (
                (value >= self.at_least if self.above is None else value > self.above)
                and (self.at_most is None or value <= self.at_most)
                and (self.below is None or value < self.below)
            )
            if not fits:
                said = f"expected {self._bounds()}, received {value}."
                raise SettingError(name, self.label, said)

    def check_start(self, name: str, value: Any) -> None:
        """Raise a `SettingError` unless a training may be started with the value."""
        most = self.starts_at_most
        if most is not None and not value <= most:
            said = f"expected at most {most}, received {value}. {self.why_at_most}"
            raise SettingError(name, self.label, said)

    def _bounds(self) -> str:
        if self.below is not None:
            return f"at least {self.at_least} and below {self.below}"
        if self.at_most is not None:
            return f"a value from {self.at_least} to {self.at_most}"
        if self.above is not None:
            return f"a value above {self.above}"
        return f"at least {self.at_least}" + (" or none" if self.optional else "")


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
    """Raise a `SettingError` of the first field whose value its setting does not allow."""
    for name, one in settings_of(config).items():
        one.check(name, getattr(config, name))


def among(*wanted: Any) -> Callable[[Any], bool]:
    """Return whether a value is one of these, as a function of the value."""
    return lambda value: value in wanted


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
        raise SettingError(name, label, said)


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
