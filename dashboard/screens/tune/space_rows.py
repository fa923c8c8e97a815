"""A hyperparameter's range or choice as a row of the form's tables, and back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from core.errors import ConfigError
from core.model import DISSERTATION
from core.tuning import (
    HYPERPARAMETERS,
    Dimension,
    counts,
    label_of,
    settings_of,
    split_name,
    value_in_words,
)
from dashboard.shared.number_cells import read_cell
from dashboard.shared.number_text import to_text

_OWN = settings_of(DISSERTATION)

ENDS = {"low": "From", "high": "To", "step": "Step"}
"""The numbers of a range, with the titles of their columns."""


def row_of(one: Dimension) -> dict[str, Any]:
    """Return the row of a hyperparameter, with the dissertation's own value."""
    if one.kind == "choice":
        asked: dict[str, Any] = {
            "values": [value_in_words(one.name, value) for value in one.options() or ()]
        }
    else:
        asked = {end: to_text(getattr(one, end)) for end in ENDS} | {"log": one.log}
    return {"name": one.name, "setting": label_of(one.name), **asked, "own": _own(one.name)}


def _own(name: str) -> str:
    return value_in_words(name, _OWN[name]) if name in _OWN and counts(name, _OWN) else "–"


def read_row(one: Dimension, row: Mapping[str, Any]) -> Dimension:
    """Return a hyperparameter as its row has it; raise a `ConfigError` if that cannot be."""
    if one.kind == "choice":
        values = list(row["values"]) if pd.api.types.is_list_like(row["values"]) else []
        return replace(one, values=tuple(_value(one.name, each) for each in values))
    called, whole = label_of(one.name), one.kind == "int"
    expected = "a whole number" if whole else "a number"
    low, high, step = (
        read_cell(row[name], f"{called}, {end}", expected, whole=whole)
        for name, end in ENDS.items()
    )
    return replace(one, low=low, high=high, step=step, log=bool(row["log"]))


def _value(name: str, text: str) -> Any:
    known = HYPERPARAMETERS[split_name(name)[0]]
    if known.kind == "choice":
        # Also as files of spaces have it, which people may type.
        values = {str(words): value for value, words in known.choices.items()}
        if text in values or text in known.choices:
            return values.get(text, text)
        raise ConfigError(
            f"{label_of(name)}: expected one of {', '.join(values)}, received '{text}'."
        )
    whole = known.kind == "int"
    number = read_cell(text, label_of(name), "a whole number" if whole else "a number", whole=whole)
    return int(number) if whole and number is not None else number
