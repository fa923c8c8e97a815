"""Small tables of text, read as a whole."""

from collections.abc import Sequence

import numpy as np

from core.data.tables.table import OpenTable, open_tables

IDS = [2915477294342471680, 4611686018427387905, 4111834567779557376]
REDSHIFTS = [0.1, 0.25, 1.5]
NAMES = ["NGC 1", "x", "y z"]

CSV = "source_id,z,name\n" + "".join(
    f"{i},{z},{name}\n" for i, z, name in zip(IDS, REDSHIFTS, NAMES, strict=True)
)


def open_table(content: bytes | str) -> OpenTable:
    """Open a table that lies in memory."""
    content = content.encode() if isinstance(content, str) else content
    (table,) = open_tables(content, name="mine")
    assert isinstance(table, OpenTable)
    return table


def read_columns(table: OpenTable | bytes | str, rows: int = 2) -> dict[str, list]:
    """Return all columns by their names, read in batches of a few rows; None where empty."""
    table = table if isinstance(table, OpenTable) else open_table(table)
    positions: Sequence[int] = range(len(table.names))
    columns: dict[str, list] = {name: [] for name in table.names}
    for batch in table.batches(positions, rows):
        for i, name in enumerate(table.names):
            values = batch.column(i)
            cells = [None if np.ma.is_masked(cell) or cell != cell else cell for cell in values]
            columns[name] += [
                cell.item() if isinstance(cell, np.generic) else cell for cell in cells
            ]
    return columns


def assert_is_the_table(content: bytes | str, times: int = 1) -> None:
    """Check that a content holds the rows of `CSV` so many times."""
    columns = read_columns(content)
    assert list(map(int, columns["source_id"])) == IDS * times
    assert columns["z"] == REDSHIFTS * times
    assert columns["name"] == NAMES * times
