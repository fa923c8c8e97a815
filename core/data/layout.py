"""The Parquet layout of a data set (drawn in `DatasetWriter`), from arrays and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.amounts import n_of
from core.config import from_dict
from core.data.card import DatasetCard
from core.data.schema import COLUMNS, REQUIRED, SPECTRA
from core.data.validation import Where, check_spectra
from core.did_you_mean import alike_beside
from core.errors import DamagedError, DataError, XpzError
from core.file_errors import OF_THE_SYSTEM, number_of
from core.spectra import N_SAMPLES
from core.stored import UnreadableError, parse_table, reading

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

CARD_KEY = b"xpz.card"
# Large blocks would leave holes in the memory of a process that lives for days.
ROWS_AT_A_TIME = 2048
COLUMN_ROWS_AT_A_TIME = 2**16
# What Arrow holds of a row group while it is read, with room for old files of larger groups.
READING_BYTES = 100 * 2**20
AS_TABLE = "import it as a table: on the Data screen, or with `xpz dataset build`."


def arrow_types() -> dict[str, "pa.DataType"]:
    """Return the Arrow type of every column."""
    import pyarrow as pa

    # Elements that cannot be null are read without a copy.
    spectrum = pa.list_(pa.field("element", pa.float32(), nullable=False), N_SAMPLES)
    return {
        name: spectrum if name in SPECTRA else pa.from_numpy_dtype(column.dtype)
        for name, column in COLUMNS.items()
    }


def to_arrow(arrays: dict[str, np.ndarray]) -> "pa.Table":
    """Return the columns, already of the types in `COLUMNS`, as an Arrow table."""
    import pyarrow as pa

    types = arrow_types()
    schema = pa.schema([pa.field(name, types[name], nullable=False) for name in arrays])
    columns = [
        pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), type=types[name])
        if name in SPECTRA
        else pa.array(values)
        for name, values in arrays.items()
    ]
    return pa.table(columns, schema=schema)


@contextmanager
def open_parquet(path: Path) -> Iterator["parquet.ParquetFile"]:
    """Open a file of our layout; what goes wrong while it is open becomes a `DataError`."""
    from pyarrow import parquet

    # Not mapped into memory: what was read would stay there, and a file that is cut short meanwhile
    # would end the process.
    with explained(path), parquet.ParquetFile(path, memory_map=False) as file:
        _check_layout(file.schema_arrow, path)
        n, in_groups = file.metadata.num_rows, first_rows(file)
        if in_groups[-1] != n or (np.diff(in_groups) < 0).any():
            raise ValueError(f"its parts do not add up to its {n_of(n, 'row')}")
        yield file


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong inside with a data set file into a `DataError`."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file.{alike_beside(path)}") from None
    except XpzError:  # of a file that is written meanwhile
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and number_of(error) in OF_THE_SYSTEM:
            raise UnreadableError(error, path) from error
        copy, other = "Copy it again.", f"If it is a table in another format, {AS_TABLE}"
        named_so = path.suffix.lower() in (".parquet", ".pq")
        todo = f"{copy} {other}" if named_so else f"{other} If it is not, copy it again."
        raise DamagedError(error, path, todo, "a Parquet file that can be read") from error


def _check_layout(schema: "pa.Schema", path: Path) -> None:
    import pyarrow as pa

    for name, expected in arrow_types().items():
        if name not in schema.names:
            if name in REQUIRED:
                raise DataError(
                    f"{path}: not a data set of xpz: column '{name}' is missing; {AS_TABLE}"
                )
            continue
        found = schema.field(name).type
        same = found == expected
        if name in SPECTRA and pa.types.is_fixed_size_list(found):  # whatever names its elements
            same = (found.list_size, found.value_type) == (N_SAMPLES, expected.value_type)
        if not same:
            raise DataError(
                f"{path}: not a data set of xpz: column '{name}' holds {found} instead of "
                f"{expected}; {AS_TABLE}"
            )


def card_of(file: "parquet.ParquetFile", path: Path) -> DatasetCard:
    """Return the card inside the file, or one of origin 'unknown' without a hash."""
    text = (file.metadata.metadata or {}).get(CARD_KEY)
    if text is None:
        return DatasetCard(path.stem, n_galaxies=file.metadata.num_rows, created="")
    with reading(f"{path}: the card in this file", "Make or copy the data set again."):
        return from_dict(DatasetCard, parse_table(text.decode()))


def read_rows(
    file: "parquet.ParquetFile", path: Path, without: tuple[str, ...] = ()
) -> dict[str, np.ndarray]:
    """Read every column, but for some, into an array of its own; spectra part by part, checked."""
    names = [name for name in COLUMNS if name in file.schema_arrow.names and name not in without]
    spectra = [name for name in names if name in SPECTRA]
    others = [name for name in names if name not in SPECTRA]
    arrays = {name: _read_column(file, path, name) for name in others}
    if spectra:
        shape = file.metadata.num_rows, N_SAMPLES
        arrays |= {name: np.empty(shape, np.float32) for name in spectra}
        for group, first in enumerate(first_rows(file)[:-1].tolist()):
            for start, part in read_spectra(file, path, group, first, spectra):
                for name, values in part.items():
                    arrays[name][start : start + len(values)] = values
    return {name: arrays[name] for name in names}


def _read_column(file: "parquet.ParquetFile", path: Path, name: str) -> np.ndarray:
    """Return a column of single values, read part by part: Arrow would hold it twice as a whole."""
    import pyarrow as pa

    n, start = file.metadata.num_rows, 0
    values = np.empty(n, COLUMNS[name].dtype)
    for batch in file.iter_batches(COLUMN_ROWS_AT_A_TIME, columns=[name]):
        part = to_arrays(pa.Table.from_batches([batch]), path)[name]
        values[start : start + len(part)] = part
        start += len(part)
    if start != n:
        raise ValueError(f"{start} of {n_of(n, 'row')} in column '{name}'")
    return values


def bytes_in_memory(file: "parquet.ParquetFile", without: tuple[str, ...] = ()) -> int:
    """Return how much memory `read_rows` takes at its peak, about."""
    names = [name for name in COLUMNS if name in file.schema_arrow.names and name not in without]
    values = sum(N_SAMPLES if name in SPECTRA else 2 for name in names)
    return file.metadata.num_rows * values * 4 + READING_BYTES


def first_rows(file: "parquet.ParquetFile") -> np.ndarray:
    """Return the number of the first row of each row group, and behind them that of all rows."""
    meta = file.metadata
    sizes = [meta.row_group(group).num_rows for group in range(file.num_row_groups)]
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def read_spectra(
    file: "parquet.ParquetFile", path: Path, group: int, first_row: int, columns: list[str]
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Yield the spectra of a row group, some rows at a time, with the number of the first one.

    `columns` are of `SPECTRA`. Raises a `DataError` unless they hold what `check_spectra` expects.
    """
    import pyarrow as pa

    stop = first_row + file.metadata.row_group(group).num_rows
    for batch in file.iter_batches(ROWS_AT_A_TIME, row_groups=[group], columns=columns):
        part = to_arrays(pa.Table.from_batches([batch]), path)
        for name, values in part.items():
            check_spectra(values, name, Where(str(path), first_row))
        yield first_row, part
        first_row += batch.num_rows
    if first_row != stop:
        raise ValueError(f"{n_of(first_row, 'row')} of spectra where there should be {stop}")


def to_arrays(table: "pa.Table", path: Path) -> dict[str, np.ndarray]:
    """Return the columns of some rows of a file; what cannot be unknown must be there."""
    arrays = {}
    for name in table.column_names:
        values = table.column(name).combine_chunks()
        if values.null_count and name in ("source_id", *SPECTRA):
            raise DataError(f"{path}: column '{name}' has {n_of(values.null_count, 'empty cell')}.")
        flat = values.flatten() if name in SPECTRA else values
        shape = (table.num_rows, N_SAMPLES) if name in SPECTRA else table.num_rows
        arrays[name] = flat.to_numpy(zero_copy_only=False).reshape(shape)
    return arrays
