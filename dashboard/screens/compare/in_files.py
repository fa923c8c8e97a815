"""How files call the compared runs: by what scripts find them by, with the names beside that."""

from collections.abc import Mapping

import pandas as pd


def by_key(table: pd.DataFrame, keys: Mapping[str, str]) -> pd.DataFrame:
    """Return a table with the keys of its runs in `run`, where their names were, and these beside.

    People may call a run something else by tomorrow; its key, by name in `keys`, stays.
    """
    others = [column for column in table if column != "run"]
    return table.assign(run=table["run"].map(keys), name=table["run"])[["run", "name", *others]]
