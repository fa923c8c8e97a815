"""Conditions that reliable redshifts meet, such as "NQ>=3"."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.data.tables.cells import parse_numbers, to_texts
from core.errors import ConfigError

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
CUT = re.compile(r"""\s*([^<>=!'"]+?)\s*([<>=!]=|[<>=])\s*(?:'([^']*)'|"([^"]*)"|([\w.+-]+))\s*""")

IS_NOT = "is not"
"""The operator whose value is one of `WORDS`."""

WORDS = {"photometric": re.compile(r"phot|^p$|^pz$|^zp$", re.IGNORECASE)}
"""What surveys write in many ways."""


@dataclass(frozen=True)
class Cut:
    """A condition that reliable redshifts meet."""

    column: str
    operator: str  # of `OPERATORS`, or `IS_NOT`
    value: float | str  # texts are compared without regard to case
    reason: str = ""  # why others are left out, of a {column}; '' for the cut itself

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return f"{self.column} {self.operator} {value}"

    def met(self, cells: np.ndarray, name: str) -> np.ndarray:
        """Return which cells meet it, shape (N,) bool; an empty one does not, but for `IS_NOT`."""
        if self.operator == IS_NOT:
            return ~texts_of(cells).str.contains(WORDS[str(self.value)]).to_numpy(bool)
        compare = OPERATORS[self.operator]
        if isinstance(self.value, str):
            texts = texts_of(cells).str.upper()
            return ((texts != "") & compare(texts, self.value.upper())).to_numpy(bool)
        numbers = (
            np.ma.filled(cells.astype(float), np.nan)
            if cells.dtype.kind == "b"
            else parse_numbers(cells, self.column, name)[0]
        )
        return np.isfinite(numbers) & compare(numbers, self.value)


def texts_of(cells: np.ndarray) -> pd.Series:
    """Return cells as text, '' where they are empty; Python's b'GALAXY' is GALAXY."""
    return to_texts(cells).str.replace(r"^b(['\"])(.*)\1$", r"\2", regex=True).str.strip()


def parse_cuts(text: str | None) -> tuple[Cut, ...]:
    """Return the cuts in a text such as "NQ>=3 and CLASS == 'GALAXY'"; nothing of it is run.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    if text is None:
        return ()
    cuts = []
    for part in re.split(r"\s+(?:and|AND|&&?)\s+", text.strip()):
        match = CUT.fullmatch(part)
        if match is None:
            raise ConfigError(
                f"--quality: expected a column, one of {', '.join(OPERATORS)} and a value, joined "
                f"by 'and', such as \"NQ>=3 and ZWARN==0\"; received {part!r}."
            )
        column, symbol, *values = match.groups()
        value = next(given for given in values if given is not None)
        cuts.append(Cut(column, symbol, _number(value) if values[2] else value))
    return tuple(cuts)


def _number(text: str) -> float | str:
    if text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    try:
        return float(text)
    except ValueError:
        return text
