"""What a table knows of its sources beside the spectra: ids, redshifts, magnitudes."""

from typing import Any

import numpy as np

from core.data.schema import PER_SOURCE
from core.data.tables.cells import to_ids, to_numbers
from core.data.tables.columns import SourceColumns
from core.data.tables.raw import RawTable


def read_quantities(
    table: RawTable, columns: SourceColumns, name: str, first_row: int
) -> dict[str, Any]:
    """Return source_id, has_ids, and z and `PER_SOURCE` where they are, as in `Spectra`.

    Parameters
    ----------
    table : RawTable
    columns : SourceColumns
    name : str
        What messages call the file.
    first_row : int
        Row of the file in which the table starts; it numbers sources without ids.

    Raises
    ------
    DataError
        If ids are not whole numbers of 64 bits, or the others not numbers.
    """
    ids = columns.source_id
    known: dict[str, Any] = {
        "source_id": first_row + np.arange(table.n_rows)
        if ids is None
        else to_ids(table.column(ids), table.names[ids], name, first_row),
        "has_ids": ids is not None,
    }
    for quantity in ("z", *PER_SOURCE):
        position = getattr(columns, quantity)
        if position is not None:
            values = to_numbers(table.column(position), table.names[position], name, first_row)
            known[quantity] = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    return known
