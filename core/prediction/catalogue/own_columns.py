"""The input's own columns in a catalogue: names of their own, types that every format can hold."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from core.printable import UNPRINTABLE, plain_text

# What text files and XML cannot hold; they hold tabs and ends of lines.
UNWRITABLE = re.compile(rf"(?![\t\n\r]){UNPRINTABLE.pattern}")

# Whole numbers that float64 holds exactly end here.
EXACT_IN_FLOAT = 2**53

# FITS and VOTable have no signed bytes or unsigned numbers of more than one byte.
WIDER = {"int8": "int16", "uint8": "int16", "uint16": "int32", "uint32": "int64"}


def unique_names(own: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Return a name for each own column that no other column has, whatever the case.

    A name that is taken gets the suffix '_input' (and a number, if that is
    taken as well); a column without a name is called 'column'.
    """
    used = {name.lower() for name in taken}
    names = []
    for label in own:
        name = plain_text(str(label)).strip() or "column"
        candidate, n = name, 1
        while candidate.lower() in used:
            candidate = f"{name}_input{n if n > 1 else ''}"
            n += 1
        used.add(candidate.lower())
        names.append(candidate)
    return names


def plain(values: pd.Series) -> pd.Series:
    """Return a column as whole numbers, decimals, truth values, times or text.

    Missing whole numbers and truth values stay missing (pandas' Int64, boolean,
    ...), missing decimals are NaN, missing text is None. Times keep their zone;
    those of several zones are in UTC, and dates stay dates. Whole numbers beyond 64 bits, arrays
    and mixtures become text, and control characters other than tabs and ends of lines their
    escapes.
    """
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return plain(values.astype(object))
    if pd.api.types.is_bool_dtype(dtype):
        return values.astype("boolean" if values.hasnans else "bool")
    if pd.api.types.is_integer_dtype(dtype):
        return _whole_numbers(values)
    if pd.api.types.is_float_dtype(dtype):
        single = dtype.name.lower() in ("float16", "float32")
        numbers = values.to_numpy(np.float32 if single else np.float64, na_value=np.nan)
        return pd.Series(numbers, index=values.index, name=values.name)
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return values
    return _objects(values)


def join(columns: Sequence[pd.Series]) -> pd.Series:
    """Join parts of one column, which may differ in type, without losing a digit."""
    columns = [plain(column) for column in columns]
    if len({column.dtype for column in columns}) == 1:
        return pd.concat(columns, ignore_index=True)
    kinds = {column.dtype.kind for column in columns if column.notna().any()}
    if kinds <= {"i"}:
        columns = [column.astype("Int64") for column in columns]
    elif kinds == {"b"}:
        columns = [column.astype("boolean") for column in columns]
    elif kinds == {"M"} and (zone := _one_zone(map(_zone_of, columns))) is not None:
        dtype = f"datetime64[us, {zone}]" if zone else "datetime64[us]"
        columns = [pd.Series(column, dtype=dtype) for column in columns]
    elif kinds <= {"i", "f"} and all(map(_is_exact_in_float, columns)):
        columns = [
            pd.Series(column.to_numpy(np.float64, na_value=np.nan), name=column.name)
            for column in columns
        ]
    else:
        columns = [_texts(column.astype(object)) for column in columns]
    return pd.concat(columns, ignore_index=True)


def as_word(name: str) -> str:
    """Return `name` with '_' for what are no ASCII letters and digits."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _whole_numbers(values: pd.Series) -> pd.Series:
    name = values.dtype.name.lower()
    if name.startswith("uint64"):
        if values.max() > np.iinfo(np.int64).max:
            return _texts(values.astype(object))
        name = "int64"
    name = WIDER.get(name, name)
    # pandas calls its types with missing values Int64 and so on.
    return values.astype(pd.api.types.pandas_dtype(name.capitalize() if values.hasnans else name))


def _objects(values: pd.Series) -> pd.Series:
    cells = values.astype(object)
    kind = pd.api.types.infer_dtype(cells, skipna=True)
    if kind == "integer":
        limits = np.iinfo(np.int64)
        known = cells.dropna()
        if limits.min <= known.min() and known.max() <= limits.max:
            return _whole_numbers(cells.astype("Int64"))
    elif kind == "boolean":
        return plain(cells.astype("boolean"))
    elif kind == "floating" or (kind == "mixed-integer-float" and _is_exact_in_float(cells)):
        return plain(cells.astype(np.float64))
    elif kind in ("datetime", "datetime64"):
        zones = {str(cell.tzinfo or "") for cell in cells.dropna()}
        if _one_zone(zones) is not None:
            return pd.to_datetime(cells, utc=len(zones) > 1)
    elif kind == "date":
        return cells
    return _texts(cells)


def _zone_of(times: pd.Series) -> str | None:
    """Return the zone of a column of times, '' for none; None of one without times."""
    return str(getattr(times.dtype, "tz", None) or "") if times.notna().any() else None


def _one_zone(zones: Iterable[str | None]) -> str | None:
    """Return the zone that holds times of all of these; None where but some have none."""
    known = {zone for zone in zones if zone is not None}
    if len(known) == 1:
        return known.pop()
    return None if "" in known else "UTC"


def _texts(cells: pd.Series) -> pd.Series:
    missing = cells.isna()
    texts = [None if gone else _text(cell) for cell, gone in zip(cells, missing, strict=True)]
    return pd.Series(texts, index=cells.index, name=cells.name, dtype=object)


def _text(cell: object) -> str:
    if isinstance(cell, bytes):
        cell = cell.decode(errors="replace")
    elif isinstance(cell, np.ndarray):
        cell = cell.tolist()
    return plain_text(str(cell), UNWRITABLE)


def _is_exact_in_float(column: pd.Series) -> bool:
    if column.dtype.kind not in "iO":
        return True
    return all(
        abs(number) <= EXACT_IN_FLOAT or isinstance(number, float) for number in column.dropna()
    )
