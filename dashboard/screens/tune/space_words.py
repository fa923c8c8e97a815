"""What is said about the space of the form, with each setting called as the form calls it."""

import re
from collections.abc import Sequence

from core.errors import ConfigError
from core.prediction import Notice
from core.tuning import label_of

# Names of settings: those of two words, those in quotes, and those that a message begins with.
_NAME = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|'([a-z_0-9]+)'|\b[a-z]+(?=(?:\.[a-z]+)?: )")


def space_in_words(message: str) -> str:
    """Return a message about a space with each setting called as the form calls it."""
    return _NAME.sub(lambda found: _label(found[0]), message)


def _label(name: str) -> str:
    try:
        return label_of(name.strip("'"))
    except ConfigError:
        return name


def of_left_out(names: Sequence[str], why: str) -> Notice:
    """Say which rows of the form the search does without, and why."""
    verb = "is" if len(names) == 1 else "are"
    return Notice("info", f"{', '.join(names)} {verb} left out: {why}.")
