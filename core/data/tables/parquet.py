"""Parquet tables of any layout: a column per sample, columns of lists, lists in structs."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.amounts import n_of
from core.data.layout import CARD_KEY, card_of
from core.data.tables.arrow import batches_of, follow, open_file, to_numpy, ways_to
from core.data.tables.only import among
from core.data.tables.parquet_metadata import meanings, with_index
from core.data.tables.raw import Only, RawStream, RawTable, TableLimits
from core.errors import DataError
from core.versions import kept

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

NAME, STARTS = "Parquet", (b"PAR1",)
ENDINGS = (".parquet", ".pq")

_trusted: set[tuple[str, int, int]] = set()
"""Files, as they were then, that need no rehearsal."""

REHEARSAL_SECONDS = 300.0
"""What takes longer to read counts as damaged; a GB of spectra takes far less."""


def read(path: Path, limits: TableLimits, name: str) -> list[RawStream | DataError]:
    """Open a Parquet file; its rows are read from the disk when they are asked for.

    Arrow ends the whole process on some damaged files, so a child reads the
    file first (`arrow.rehearse`) and only what it survives is read here: once, as long as the file
    stays as it is.
    """
    if _version(path) not in _trusted:
        kept(path.resolve(), lambda: _rehearse(path, name), "rehearsed")
    with open_file(path) as file:
        metadata, schema = file.metadata, file.schema_arrow
        n_rows = metadata.num_rows
        card = card_of(file, Path(name)) if CARD_KEY in (metadata.metadata or {}) else None
    columns: dict[str, Sequence[str] | range] = {**ways_to(schema)}
    columns = with_index(columns, schema, n_rows, name)
    names, ways = tuple(columns), tuple(columns.values())
    limits.check_shape(n_rows, len(names), name)
    groups = [metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)]

    def batches(
        wanted: Sequence[int],
        rows: int,
        only: Only | None = None,
        first: int = 0,
        end: int = n_rows,
    ) -> Iterator[RawTable]:
        start = first
        asked = dict.fromkeys(wanted if only is None else [*wanted, only.position])
        stored = dict.fromkeys(way[0] for i in asked if not isinstance(way := ways[i], range))
        with open_file(path) as file:
            of_rows = _groups_of(file.metadata, first, end)
            for n_others, groups in _groups(file.metadata, ways, only, of_rows):
                if n_others:
                    start += n_others
                    yield RawTable.without(names, n_others)
                for batch in batches_of(file, list(stored), rows, groups):
                    part = slice(start, start + batch.num_rows)
                    start = part.stop
                    kept = None
                    if only is not None:
                        ids = _cells(batch, ways[only.position], part)
                        kept = among(only, ids, names[only.position], name, part.start)
                        if not kept.any():
                            yield RawTable.without(names, len(kept))
                            continue
                    cells = {i: _cells(batch, ways[i], part) for i in wanted}
                    table = RawTable(names, batch.num_rows, cells.__getitem__)
                    yield table if kept is None else table.only(kept)
        if start != end:  # Arrow ends early at some damaged pages
            raise DataError(
                f"{name}: cannot be read as parquet, it is damaged: it has "
                f"{n_of(n_rows, 'row')}, of which {start:,} can be read. Copy or make it again."
            )

    row_bytes = sum(groups) // max(n_rows, 1)
    units, ucds, about = meanings(schema, names)
    return [
        RawStream(
            names, n_rows, batches, row_bytes, card, units=units, ucds=ucds, descriptions=about
        )
    ]


def group_starts(path: Path) -> list[int]:
    """Return the first row of each row group."""
    with open_file(path) as file:
        return _starts(file.metadata)


def _starts(metadata: "parquet.FileMetaData") -> list[int]:
    counts = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    return [0, *np.cumsum(counts).tolist()[:-1]]


def _groups_of(metadata: "parquet.FileMetaData", first: int, end: int) -> list[int] | None:
    """Return the row groups that begin from row `first` to `end`; None: they are all."""
    if (first, end) == (0, metadata.num_rows):
        return None
    return [i for i, row in enumerate(_starts(metadata)) if first <= row < end]


def trust(path: Path) -> None:
    """Spare a file the rehearsal, which takes as long as reading it: it has just been read."""
    _trusted.add(_version(path))


def _version(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns


def _rehearse(path: Path, name: str) -> None:
    size = path.stat().st_size
    try:
        child = subprocess.run(
            [sys.executable, "-m", "core.data.tables.arrow", str(path.resolve())],
            # `-m` looks here first: our own `core`, whatever lies where we were called.
            cwd=Path(__file__).parents[3],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=REHEARSAL_SECONDS * max(1.0, size / 2**30),
        )
    except subprocess.SubprocessError as error:
        raise DataError(
            f"{name}: cannot be read as parquet, it is damaged or in another format. "
            "Copy or make it again."
        ) from error
    if child.stdout:
        raise DataError(f"{name}: {child.stdout.decode()}")


def _groups(
    metadata: "parquet.FileMetaData",
    ways: Sequence[Sequence[str] | range],
    only: Only | None,
    among: list[int] | None,
) -> Iterator[tuple[int, list[int] | None]]:
    """Yield row groups to read in one go, and how many rows to pass over before: no id is there.

    They are `among` these, or, for None, all.
    """
    way = range(0) if only is None else ways[only.position]
    if only is None or isinstance(way, range) or not metadata.num_row_groups:
        yield 0, among
        return
    first = metadata.row_group(0)
    paths = [first.column(i).path_in_schema for i in range(metadata.num_columns)]
    place = paths.index(".".join(way)) if ".".join(way) in paths else None
    n_others = 0
    for group in range(metadata.num_row_groups) if among is None else among:
        told = None if place is None else metadata.row_group(group).column(place).statistics
        bounds = () if told is None or not told.has_min_max else (told.min, told.max)
        if bounds and isinstance(bounds[0], int) and not only.may_be_within(*bounds):
            n_others += metadata.row_group(group).num_rows
            continue
        yield n_others, [group]
        n_others = 0
    yield n_others, []


def _cells(batch: "pa.RecordBatch", way: Sequence[str] | range, part: slice) -> np.ndarray:
    if isinstance(way, range):
        return np.array(way[part], np.int64)
    return to_numpy(follow(batch, way))
