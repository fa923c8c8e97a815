"""What a table knows of its sources beside the spectra: ids, redshifts, magnitudes."""

from typing import Any

import numpy as np

from core.data.labels.plausibility import to_redshifts
from core.data.tables.cells import parse_numbers, to_ids, to_numbers
from core.data.tables.columns import Recognition
from core.data.tables.raw import RawTable
from core.data.tables.units import convert


def read_quantities(
    table: RawTable,
    columns: Recognition,
    name: str,
    first_row: int | np.ndarray = 0,
    keep_infinite: bool = False,
) -> dict[str, Any]:
    """Return source_id, has_ids, and z and `PER_SOURCE` where they are, as in `Spectra`.

    `first_row` is the row of the file in which the table starts, or the number of each row; it
    numbers sources without ids.
    An id is -1 where there is none. Raises a `DataError` if ids are not whole numbers of 64 bits,
    or the others not numbers.
    """
    counted = first_row + np.arange(table.n_rows) if isinstance(first_row, int) else first_row
    known: dict[str, Any] = {"source_id": counted}
    for quantity, position in columns.single.items():
        cells, column = table.column(position), table.names[position]
        if quantity == "source_id":
            known[quantity] = to_ids(cells, column, name, first_row, lenient=True)
        else:
            if columns.lenient:
                values, _ = parse_numbers(cells, column, name)
            else:
                values = to_numbers(cells, column, name, first_row)
            values = values.astype(np.float64)
            if quantity == "z":
                z = to_redshifts(values, columns.z_unit)
                # Where a row fails its file, the message shows what stands in it.
                values = np.where(np.isnan(z), values, z) if keep_infinite else z
            elif quantity == "g_mag":
                values = convert(values, columns.g_mag_unit, "mag", column, name)
            usable = np.isfinite(values) | keep_infinite
            known[quantity] = np.where(usable, values, np.nan)
    return known | {"has_ids": "source_id" in columns.single}
