"""Frozen dataclasses to plain JSON values and back, with errors that name the setting."""

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from core.did_you_mean import alike
from core.errors import ConfigError, SettingError

T = TypeVar("T")

_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def to_dict(config: Any) -> dict[str, Any]:
    """Return the configuration as nested dictionaries and lists that JSON can hold."""
    return _jsonable(dataclasses.asdict(config))


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    return value


def from_dict(cls: type[T], values: Any, where: str = "") -> T:
    """Build the (frozen) dataclass `cls` from what `to_dict` gave.

    Its fields may be dataclasses, tuples of them, numbers, strings, booleans, or any of these or
    None; missing ones take their defaults. `where` is the place of `values` in a larger
    configuration. Raises a `ConfigError` if a name is unknown (with the nearest known name), a
    field without a default is missing, or a value has the wrong type or is not one that it can be.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{_at(where)}expected a table of settings, received {values!r}.")
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, cls))}
    for name in values:
        if name not in fields:
            hint = alike(name, fields) or f" Known: {', '.join(fields)}."
            raise ConfigError(f"{_at(where)}unknown setting '{name}'.{hint}")
    hints = _hints(typing.cast(Any, cls))
    known = {
        name: _convert(hints[name], item, f"{where}.{name}".lstrip("."))
        for name, item in values.items()
    }
    for name, field in fields.items():
        no_default = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        if name not in known and no_default:
            raise ConfigError(f"{_at(where)}the setting '{name}' is missing.")
    try:
        return cls(**known)
    except SettingError as error:
        if not where:
            raise
        # Of a table, and not of the option or the field that has its name.
        raise ConfigError(error.as_called(f"{where}.{error.name}")) from error


def _at(where: str) -> str:
    return f"{where}: " if where else ""


# Lists read thousands of these, and Python works the hints out anew each time.
@functools.lru_cache(maxsize=256)
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        (hint,) = [arg for arg in args if arg is not type(None)]
        return _convert(hint, value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ConfigError(f"{where}: expected a list, received {value!r}.")
        return tuple(_convert(args[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return from_dict(typing.cast(type, hint), value, where)
    if hint is Any:
        return value
    if origin is dict:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where}: expected a table, received {value!r}.")
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ConfigError(
            f"{where}: expected {_KINDS.get(hint, hint.__name__)}, received {value!r}."
        )
    return value


def require(condition: bool, message: str) -> None:
    """Raise a `ConfigError` with `message` unless `condition` holds."""
    if not condition:
        raise ConfigError(message)
