"""What people call settings and facts of `core.comparison.settings`, and their values."""

import re
from typing import Any

from core.data.split import SPLIT_LABELS
from core.model.setting_words import LABELS, in_words
from core.model.settings import as_text

_OTHER_LABELS = {
    "data.name": "Data set",
    "data.origin": "Origin of the data",
    "data.n_galaxies": "Galaxies",
    "data.hash": "Hash of the data",
    "split.test_fraction": SPLIT_LABELS["test_fraction"],
    "split.validation_fraction": SPLIT_LABELS["validation_fraction"],
    "split.seed": SPLIT_LABELS["split_seed"],
    "start.run_id": "Started from",
    "start.hash": "Hash of the start",
}
_LAYER = re.compile(r"network\.conv_layers\[(\d+)\]")


def setting_label(setting: str) -> str:
    """Return what people call a setting of `core.comparison.settings`."""
    layer = _LAYER.fullmatch(setting)
    if layer:
        return f"Convolution {int(layer[1]) + 1}"
    return _OTHER_LABELS.get(setting) or LABELS.get(setting.split(".")[-1], setting)


def setting_text(setting: str, value: object) -> str:
    """Return a setting's value for people."""
    if value is None:
        return "–"
    words = in_words(setting.split(".")[-1], value)
    return words[:12] if setting.endswith(".hash") else words


def fact_text(fact: str, value: Any) -> str:
    """Return a fact's value for people: times to a tenth of a second, speeds to a whole number."""
    if value is None:
        return "–"
    if isinstance(value, float):
        value = round(value) if fact == "spectra_per_second" else round(value, 1)
    return as_text(value)
