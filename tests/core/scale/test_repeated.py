"""Sources in several rows of a catalogue in parts, by chance and by the whole."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.scale import repeated
from core.scale.record import PartRecord
from core.scale.repeated import mark_repeated, read_marks

FIRST = 2**40


def save_parts(folder, parts):
    records = []
    for i, ids in enumerate(parts):
        ids = np.asarray(ids, np.int64)
        pd.DataFrame({"source_id": ids}).to_parquet(folder / f"{i}.parquet")
        known = ids[ids > 0]
        records.append(
            PartRecord(
                f"{i}.parquet",
                len(ids),
                len(known),
                len(np.unique(known)),
                int(known.min()) if len(known) else 0,
                int(known.max()) if len(known) else 0,
            )
        )
    return records


def marked(folder, parts):
    """Return the number of different ids, and the marked rows of each part."""
    records = save_parts(folder, parts)
    n = mark_repeated(folder, records, folder / "marks", folder / "aside")
    assert not (folder / "aside").exists()
    return n, [read_marks(folder / "marks", record.name).tolist() for record in records]


def test_sources_in_several_parts_and_in_one_are_marked(tmp_path):
    parts = [[FIRST + 5, FIRST + 1, -1, FIRST + 5], [-1, FIRST + 1], [FIRST + 9], [-1]]
    assert marked(tmp_path, parts) == (3, [[0, 1, 3], [1], [], []])


def test_parts_whose_ids_lie_apart_are_not_read(tmp_path):
    parts = [np.arange(10) + FIRST + 100 * i for i in range(4)]
    records = save_parts(tmp_path, parts)
    for path in tmp_path.glob("*.parquet"):
        path.unlink()
    assert mark_repeated(tmp_path, records, tmp_path / "marks", tmp_path / "aside") == 40


@pytest.mark.parametrize("at_once", [10, 64, 10**6])
def test_in_little_memory_the_same_rows_are_found(tmp_path, monkeypatch, at_once):
    rng = np.random.default_rng(0)
    parts = [rng.integers(FIRST, FIRST + 400, n) for n in (100, 1, 250, 60)]
    monkeypatch.setattr(repeated, "IDS_AT_ONCE", at_once)
    n, found = marked(tmp_path, parts)
    ids = pd.Series(np.concatenate(parts))
    starts = np.cumsum([0, *map(len, parts)])
    twice = np.flatnonzero(ids.duplicated(keep=False))
    assert n == ids.nunique()
    assert np.concatenate([np.array(rows, int) + s for rows, s in zip(found, starts, strict=False)]
                          ).tolist() == twice.tolist()  # fmt: skip


def test_every_source_twice_is_no_matter(tmp_path, monkeypatch):
    monkeypatch.setattr(repeated, "IDS_AT_ONCE", 50)
    ids = np.arange(200) + FIRST
    assert marked(tmp_path, [ids, ids]) == (200, [list(range(200))] * 2)
    assert not Path(tmp_path / "aside").exists()


OF_FILES = {
    "overlapping": (range(0, 20), range(9, 31, 2)),
    "interleaved": (range(0, 40, 2), range(1, 41, 2)),
    "nested": ([0, 50, 100], [10, 60, 90]),
    "equal ends": (range(0, 20), [0, 19]),
    "one after the other": (range(0, 20), range(20, 40)),
    "end on beginning": (range(0, 20), range(19, 40)),
    "three, two of which share": (range(0, 30, 3), range(1, 31, 3), range(1, 60, 6)),
    "no ids": ([], range(5)),
}


@pytest.mark.parametrize("at_once", [8, 10**6])
@pytest.mark.parametrize("within", [0, 3])
@pytest.mark.parametrize("files", OF_FILES.values(), ids=OF_FILES)
def test_exactly_the_repeats_are_marked_however_ranges_lie(
    tmp_path, monkeypatch, files, within, at_once
):
    monkeypatch.setattr(repeated, "IDS_AT_ONCE", at_once)
    parts = [np.array([*ids, *list(ids)[:within]], int) + FIRST for ids in files]
    n, found = marked(tmp_path, parts)
    every = pd.Series(np.concatenate(parts))
    twice = np.split(every.duplicated(keep=False), np.cumsum([len(ids) for ids in parts])[:-1])
    assert n == every.nunique()
    assert found == [np.flatnonzero(of_part).tolist() for of_part in twice]
