"""Where a large file is cut into pieces, and a piece of an opened file."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.data.spectra.files import SpectraFile
from core.data.tables import parquet


def find_cuts(file: SpectraFile, path: Path, block: int, least: int) -> tuple[int, ...]:
    """Return the rows at which pieces of an opened file begin, and its end; () if it is one.

    Only Parquet can be read from the middle. Pieces have `least` rows and begin at row groups, and
    at those alone at which a `block` begins as well when the file is read as a whole: networks
    answer a spectrum in other company with other last digits.
    """
    table, n_rows = file.tables[0], file.n_rows
    if (
        len(file.tables) > 1
        or table.table.format != "parquet"
        or path.suffix.lower() not in parquet.ENDINGS
        or n_rows is None
        or table.only is not None  # how many rows are passed over is known at the end alone
    ):
        return ()
    at_once, cuts = table.rows_at_once(block), [0]
    for start in parquet.group_starts(path):
        if start % at_once == 0 and start - cuts[-1] >= least:
            cuts.append(start)
    return (*cuts, n_rows) if len(cuts) > 1 else ()


def between(file: SpectraFile, first: int, end: int) -> SpectraFile:
    """Return the rows of an opened Parquet file from `first` to `end`, at which pieces begin."""
    (table,) = file.tables
    stream = table.table.stream
    of_parquet: Any = stream.batches
    batches = functools.partial(of_parquet, first=first, end=end)
    opened = replace(table.table, stream=replace(stream, batches=batches))
    return replace(file, tables=(replace(table, table=opened),))
