"""A table's own columns, kept as they are beside its spectra."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd

from core.data.labels.positions import SEXAGESIMAL, to_degrees
from core.data.schema import UNITS
from core.data.tables.raw import RawStream, RawTable, labels
from core.data.tables.units import convert
from core.errors import DataError
from core.meanings import Meaning, tell

ARRAY_TEXT = re.compile(
    r"\s*[\[(].*,.*[\])]\s*|\s*\[(?=[^\]]*\d\s+[-+.\d])[-+.\denaif\s]+\]\s*",
    re.DOTALL | re.IGNORECASE,
)
"""Text of an array, of NumPy's also, in which blanks are between the numbers."""

POSITIONS = ("ra", "dec")


def is_scalar(values: np.ndarray) -> bool:
    """Return whether a column holds single values, not arrays or texts of arrays."""
    if values.ndim != 1 or values.dtype.names is not None:
        return False
    return values.dtype.kind != "O" or not any(
        isinstance(cell, (list, tuple, dict, np.ndarray, bytes))
        or (isinstance(cell, str) and ARRAY_TEXT.fullmatch(cell))
        for cell in values.tolist()
    )


def own_columns(table: RawTable, positions: Sequence[int], stream: RawStream) -> pd.DataFrame:
    """Return columns by their names; a name that is there again gets a number.

    With what the file that they `stream` from says of them, see `core.meanings`. Those of
    well-known quantities are converted from the units that it declares, so that they are in those
    of `core.data.schema.UNITS`; right ascensions and declinations such as 10:00:00 as well, which
    the stream's notes then say.
    """
    columns: dict[str, pd.Series] = {}
    meanings: dict[str, Meaning] = {}
    for position, name in zip(positions, labels(table.names, positions), strict=True):
        free, number = name, 2
        while free in columns:
            free, number = f"{name}_{number}", number + 1
        columns[free] = _series(table.column(position))
        wanted, told = UNITS.get(name.lower()), stream.meaning(position)
        if wanted and columns[free].dtype.kind in "iuf":
            values = columns[free].to_numpy(np.float64, na_value=np.nan)
            with suppress(DataError):  # of another quantity: kept as it is
                converted = convert(values, told.unit, wanted, name, "")
                columns[free] = columns[free] if converted is values else pd.Series(converted)
                told = replace(told, unit=wanted)
        elif name.lower() in POSITIONS and _is_sexagesimal(columns[free]):
            try:
                degrees = to_degrees(table.column(position), name.lower(), told.unit, name, name)
                # Hours give 149.99999999999997; 1e-12 deg are some nano-arcseconds.
                columns[free] = pd.Series(np.round(degrees, 12))
                told = replace(told, unit="deg")
                note = f"column '{name}': text such as 10:00:00, made degrees"
            except DataError:
                note = f"column '{name}': not all in one notation of angles, kept as text"
            if note not in stream.notes:
                stream.notes.append(note)
        meanings[free] = told
    return tell(pd.DataFrame(columns, index=range(table.n_rows)), meanings)


def _is_sexagesimal(cells: pd.Series) -> bool:
    """Return whether text is of angles such as 10:00:00, as far as its first cell tells."""
    if cells.dtype != object:
        return False
    texts = (cell for cell in cells.tolist() if isinstance(cell, str) and cell.strip())
    return bool(SEXAGESIMAL.match(next(texts, "")))


def _series(values: np.ndarray) -> pd.Series:
    """Return cells as pandas keeps them: whole numbers stay whole beside empty cells."""
    missing = np.ma.getmaskarray(values)
    data = np.ma.getdata(values)
    data = data.astype(data.dtype.newbyteorder("="), copy=False)
    kind = data.dtype.kind
    if data.ndim > 1:
        return pd.Series(list(data), dtype=object)
    if kind in "iub" and missing.any():
        array = pd.arrays.BooleanArray if kind == "b" else pd.arrays.IntegerArray
        return pd.Series(array(data, missing))
    if kind == "f":
        return pd.Series(np.where(missing, np.nan, data).astype(data.dtype, copy=False))
    if kind in "SUO":
        cells = [cell.decode(errors="replace") if isinstance(cell, bytes) else cell
                 for cell in data.tolist()]  # fmt: skip
        return pd.Series(cells, dtype=object).mask(missing, None)
    return pd.Series(data)
