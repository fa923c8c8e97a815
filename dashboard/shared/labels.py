"""What people call settings and flags: one name for each, wherever it is shown."""

import re

from core.model.settings import LABELS
from core.prediction.flags import Flag

FLAG_NAMES = {
    flag: str(flag.name).lower().replace("_", " ").replace("low sn", "low S/N") for flag in Flag
}
_FIELD = re.compile(r"\b(?:ConvLayer|NetworkConfig|TrainingConfig|Recipe)\.(\w+)")


def label_of(name: str) -> str:
    """Return what people call a setting; one of a layer's, like 'filters_2', ends in its number."""
    stem, _, number = name.rpartition("_")
    return f"{LABELS[stem]} {number}" if number.isdigit() and stem in LABELS else LABELS[name]


def in_words(message: str) -> str:
    """Return a message about a configuration with each setting called as the form calls it."""
    return _FIELD.sub(lambda found: LABELS.get(found[1], found[0]), message)
