"""What files say of their columns (unit, UCD, description), handed on with a table's columns.

They stand in `DataFrame.attrs`, by the columns' names: `{"units": {"rmag": "mag"}, "ucds": {...},
"descriptions": {...}}`, which pandas keeps in Parquet as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.amounts import n_of

if TYPE_CHECKING:  # else every command would wait for it
    import pandas as pd

LISTED = 5
"""Columns that a sentence names."""


@dataclass(frozen=True)
class Meaning:
    """What a file says of a column; '' where it says nothing. A unit is spelt as there."""

    unit: str = ""
    ucd: str = ""
    description: str = ""

    def __bool__(self) -> bool:
        return bool(self.unit or self.ucd or self.description)


NOTHING = Meaning()


def of_ids(release: str) -> Meaning:
    """Return what is said of source_ids, so that readers know the release, such as 'Gaia DR3'."""
    return Meaning(description=f"{release or 'Gaia'} source identifier")


KEYS = {"unit": "units", "ucd": "ucds", "description": "descriptions"}
"""Of `DataFrame.attrs`, by the fields of `Meaning`."""


def meanings_of(table: "pd.DataFrame") -> dict[str, Meaning]:
    """Return what is told of columns, by their names."""
    return meanings_in(table.attrs)


def meanings_in(attrs: Mapping[Any, Any]) -> dict[str, Meaning]:
    """Return what `DataFrame.attrs` tell of columns; those of another make are of no concern."""
    found: dict[str, dict[str, str]] = {}
    for field, key in KEYS.items():
        told = attrs.get(key)
        for name, text in told.items() if isinstance(told, Mapping) else ():
            if text is not None:  # a unit of astropy as well
                found.setdefault(str(name), {})[field] = str(text)
    return {name: Meaning(**told) for name, told in found.items()}


def tell(table: "pd.DataFrame", meanings: Mapping[str, Meaning]) -> "pd.DataFrame":
    """Return the table, of whose columns this is told from now on."""
    others = {key: value for key, value in table.attrs.items() if key not in KEYS.values()}
    ours = {
        key: {name: text for name, each in meanings.items() if (text := getattr(each, field))}
        for field, key in KEYS.items()
    }
    table.attrs = others | {key: told for key, told in ours.items() if told}
    return table


def untold(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the table without what is told of it, which pandas copies with each single column."""
    bare = table.copy(deep=False)
    bare.attrs = {}
    return bare


def told_of(tables: Iterable["pd.DataFrame"]) -> Iterable[tuple[str, Meaning]]:
    """Yield the name of each column of each table, and what the table tells of it."""
    for table in tables:
        meanings = meanings_of(table)
        for name in map(str, table.columns):
            yield name, meanings.get(name, NOTHING)


def agree(told: Iterable[tuple[str, Meaning]]) -> tuple[dict[str, Meaning], str]:
    """Return what holds for a column in all tables that have it, and a sentence on other units.

    Numbers are joined as they are: of a column that one table gives in mag and another in mmag, or
    without a unit, no unit is true. The sentence is '' where units do not differ.
    """
    found: dict[str, dict[Meaning, None]] = {}
    for name, meaning in told:
        found.setdefault(name, {})[meaning] = None
    common = {
        name: Meaning(**{field: _same(getattr(each, field) for each in meanings) for field in KEYS})
        for name, meanings in found.items()
    }
    units = {name: dict.fromkeys(m.unit or "none" for m in each) for name, each in found.items()}
    differing = [f"'{name}' ({', '.join(each)})" for name, each in units.items() if len(each) > 1]
    if not differing:
        return {name: meaning for name, meaning in common.items() if meaning}, ""
    more = f" and {n_of(len(differing) - LISTED, 'more column')}" if len(differing) > LISTED else ""
    return {name: meaning for name, meaning in common.items() if meaning}, (
        f"Units differ from file to file in {', '.join(differing[:LISTED])}{more}: the numbers are "
        "kept as they are, and the catalogue gives no unit there."
    )


def _same(texts: Iterable[str]) -> str:
    different = set(texts)
    return different.pop() if len(different) == 1 else ""
