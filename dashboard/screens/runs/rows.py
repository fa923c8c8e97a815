"""What the table of runs is made of: a row for each, with all that is known of it."""

from collections.abc import Mapping

import pandas as pd

from core.comparison import BY, SETTING, VALIDATION_MAE, best_first, leaderboard, setting_text
from core.jobs import ACTIVE
from core.model import as_cell
from core.runs import Run
from core.spreadsheet import changed
from dashboard.shared.chooser import run_names
from dashboard.shared.run_row import DAMAGED, run_row

NEWEST = "created"
"""What orders the rows where it is no metric."""


def rows_of(runs: Mapping[str, Run]) -> pd.DataFrame:
    """Return a row for every run, by its id, with all its numbers and settings.

    Of a damaged one there is little more than its name.
    """
    names = run_names(runs)
    told = [run_row(run, names[run_id]) for run_id, run in runs.items()]
    rows = pd.DataFrame(told, index=list(runs)).reindex(columns=ROW).astype({"galaxies": "Int64"})
    readable = {run_id: run for run_id, run in runs.items() if run.damage() is None}
    return rows.join(leaderboard(readable, differing_only=False)) if readable else rows


ROW = (
    *("run", "name", "pinned", "state", "where", "tags", "notes", "recipe", "data", "galaxies"),
    *("origin", "created", "shipped", "archived"),
)
"""Of every row; the columns of `core.comparison.leaderboard` follow."""


def orders(table: pd.DataFrame) -> dict[str, str]:
    """Return by what rows can be ordered: titles, and the names of columns."""
    known = [name for name in BY if BY[name].ranks and name in table and table[name].notna().any()]
    first = [name for name in known if name == VALIDATION_MAE]
    return {BY[name].title: name for name in dict.fromkeys([*first, *known])} | {"Newest": NEWEST}


def ordered(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the rows: pinned ones, those at work, then the best by a column of `orders`."""
    if by == NEWEST:
        labels = table[by].sort_values(ascending=False, kind="stable").index.tolist()
    else:
        labels = best_first(table[by], by)
    found = table.loc[labels]
    place = pd.Series(2, found.index).mask(found["state"].isin(ACTIVE), 1)
    place = place.mask(found["archived"], 3).mask(found["pinned"], 0)
    return found.loc[place.sort_values(kind="stable").index]


def differing(table: pd.DataFrame) -> list[str]:
    """Return the columns of settings that are not the same in all rows that have any."""
    known = table[table["state"] != DAMAGED]
    names = [name for name in map(str, table) if name.startswith(SETTING)]
    return [name for name in names if len(set(known[name].map(repr))) > 1]


def shown_setting(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of settings as tables show it: numbers, where all of them are, else words."""
    values = table[name]
    if is_number(values):
        return values.astype(float)
    return values.map(lambda value: setting_text(name.removeprefix(SETTING), value))


def is_number(values: pd.Series) -> bool:
    """Whether the known ones of some settings are numbers, at least one."""
    known = [value for value in values if value is not None and value == value]
    return bool(known) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in known
    )


def for_file(table: pd.DataFrame) -> pd.DataFrame:
    """Return every column as a file holds it."""
    cells = {
        str(name): changed(column.where(column.notna(), None), as_cell)
        for name, column in table.items()
        if column.dtype == object
    }
    return table.assign(**cells)
