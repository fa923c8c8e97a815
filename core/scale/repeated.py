"""Sources that come in several rows of a catalogue in parts, found in bounded memory."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.data.tables.cells import without_id
from core.scale.record import PartRecord

IDS_AT_ONCE = 2**22
"""Rows whose ids are compared in memory, 16 bytes each, some 200 MB with all copies."""

SAMPLED_IDS = 2**20
"""Of which the ranges are chosen."""

ROW = np.dtype([("id", np.int64), ("part", np.int32), ("row", np.int32)])


def mark_repeated(folder: Path, parts: Sequence[PartRecord], marks: Path, aside: Path) -> int:
    """Write, for each part with sources that come in several rows, which rows those are.

    Parts whose ids lie apart, as those of the archive's files do, are not compared.

    Parameters
    ----------
    folder : Path
        With the parts.
    parts : sequence of PartRecord
        All of them.
    marks : Path
        Folder that gets, for each part with such rows, their numbers as int64: `read_marks`.
    aside : Path
        Folder for ids that do not fit into memory; it is removed in the end.

    Returns
    -------
    int
        How many different ids there are.
    """
    shutil.rmtree(marks, ignore_errors=True)
    marks.mkdir()
    n_unique = 0
    for group in _overlapping(parts):
        if len(group) == 1 and parts[group[0]].n_unique == parts[group[0]].n_ids:
            n_unique += parts[group[0]].n_ids
            continue
        for rows in _by_range(folder, parts, group, aside):
            n_unique += _mark(rows, parts, marks)
    return n_unique


def read_marks(marks: Path, part: str) -> np.ndarray:
    """Return the marked rows of a part, rising, shape (n,)."""
    path = marks / part
    return np.sort(np.fromfile(path, np.int64)) if path.is_file() else np.empty(0, np.int64)


def _overlapping(parts: Sequence[PartRecord]) -> Iterator[list[int]]:
    """Yield groups of parts (their positions) between which no id can be shared."""
    with_ids = [i for i, part in enumerate(parts) if part.n_ids]
    group: list[int] = []
    last = 0
    for i in sorted(with_ids, key=lambda i: parts[i].first_id):
        if group and parts[i].first_id > last:
            yield group
            group = []
        last = max(last, parts[i].last_id) if group else parts[i].last_id
        group.append(i)
    if group:
        yield group


def _by_range(
    folder: Path, parts: Sequence[PartRecord], group: list[int], aside: Path
) -> Iterator[np.ndarray]:
    """Yield the rows of a group, those of an id together, no more at once than memory holds."""
    total = sum(parts[i].rows for i in group)
    if total <= IDS_AT_ONCE:
        yield np.concatenate([_rows(folder, parts[i], i) for i in group])
        return
    step = -(-total // SAMPLED_IDS)
    sample = np.sort(np.concatenate([_rows(folder, parts[i], i)["id"][::step] for i in group]))
    n = -(-total // IDS_AT_ONCE) + 1
    ends = sample[np.linspace(0, len(sample) - 1, n + 1).astype(int)[1:-1]]
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        for i in group:
            rows = _rows(folder, parts[i], i)
            places = np.searchsorted(ends, rows["id"], side="right")
            for place in np.unique(places):
                with (aside / str(place)).open("ab") as file:
                    file.write(rows[places == place].tobytes())
        for path in sorted(aside.iterdir()):
            yield np.fromfile(path, ROW)
            path.unlink()
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _rows(folder: Path, part: PartRecord, number: int) -> np.ndarray:
    from pyarrow import parquet

    table = parquet.read_table(folder / part.name, columns=["source_id"], use_threads=False)
    ids = table["source_id"].to_numpy()
    known = np.flatnonzero(~without_id(ids))
    rows = np.empty(len(known), ROW)
    rows["id"], rows["part"], rows["row"] = ids[known], number, known
    return rows


def _mark(rows: np.ndarray, parts: Sequence[PartRecord], marks: Path) -> int:
    """Write which of these rows share an id with another one; return how many ids there are."""
    rows = rows[np.argsort(rows["id"], kind="stable")]
    same = rows["id"][1:] == rows["id"][:-1]
    repeated = np.zeros(len(rows), bool)
    repeated[1:] |= same
    repeated[:-1] |= same
    marked = rows[repeated]
    marked = marked[np.argsort(marked["part"], kind="stable")]
    for number in np.unique(marked["part"]):
        of_part = marked["row"][marked["part"] == number]
        with (marks / parts[number].name).open("ab") as file:
            file.write(of_part.astype(np.int64).tobytes())
    return len(rows) - int(same.sum())
