"""Parquet tables of any layout: a column per sample, or one column of lists."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.data.layout import CARD_KEY, card_of
from core.data.tables.arrow import batches_of, open_file, to_numpy
from core.data.tables.raw import RawStream, RawTable, TableLimits
from core.errors import DataError

NAME, STARTS = "Parquet", (b"PAR1",)

REHEARSAL_SECONDS = 300.0
"""What takes longer to read counts as damaged; a GB of spectra takes far less."""


def read(path: Path, limits: TableLimits, name: str) -> list[RawStream | DataError]:
    """Open a Parquet file; its rows are read from the disk when they are asked for.

    Arrow ends the whole process on some damaged files, so a child reads the
    file first (`arrow.rehearse`) and only what it survives is read here.
    """
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
    with open_file(path) as file:
        metadata = file.metadata
        n_rows, names = metadata.num_rows, tuple(file.schema_arrow.names)
        limits.check_shape(n_rows, len(names), name)
        card = card_of(file, Path(name)) if CARD_KEY in (metadata.metadata or {}) else None
    groups = [metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)]

    def batches(wanted: Sequence[int], rows: int) -> Iterator[RawTable]:
        with open_file(path) as file:
            for batch in batches_of(file, [names[i] for i in wanted], rows):
                columns = {i: to_numpy(batch.column(names[i])) for i in wanted}
                yield RawTable(names, batch.num_rows, columns.__getitem__)

    return [RawStream(names, n_rows, batches, sum(groups) // max(n_rows, 1), card)]
