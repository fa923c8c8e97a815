"""How people call settings and their values, and why one has no effect."""

from collections.abc import Callable, Mapping
from typing import Any

from core.model.config import SETTINGS, UNITS, ConvLayer
from core.model.settings import Among, as_text, conditions, settings_of

LABELS = {
    name: one.label for name, one in (settings_of(ConvLayer) | {"units": UNITS} | SETTINGS).items()
}
"""What people call each setting, those of a layer too."""


def why_idle(name: str, values: Mapping[str, Any], called: Callable[[str], str]) -> str:
    """Return what a setting would take to have an effect, '' where it has one.

    `called` gives what people call another setting, such as its option.
    """
    for parent, fits in conditions(name, SETTINGS).items():
        if not fits(values[parent]):
            if not isinstance(fits, Among):
                return f"it counts only with {LABELS[parent].lower()}, of which there are none"
            wanted = " or ".join(map(str, fits.wanted))
            return f"it counts only if {called(parent)} is {wanted}; here it is {values[parent]}"
    return ""


def in_words(name: str, value: Any) -> str:
    """Return the value of a setting for people, as the forms have it."""
    if isinstance(value, str | bool) and name in SETTINGS and value in SETTINGS[name].choices:
        return SETTINGS[name].choices[value]
    return as_text(value) or "none"
