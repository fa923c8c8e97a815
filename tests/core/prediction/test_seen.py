import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.atomic import write_json
from core.config import to_dict
from core.data.dataset import load_dataset
from core.data.split import split_by_source
from core.errors import RunError
from core.prediction.seen import read_seen, used_in_training, write_seen
from core.runs import Run, Start

ROOT = Path(__file__).parents[3]
WITHOUT = shutil.ignore_patterns("seen.npz")


@pytest.fixture(scope="module")
def shipped():
    return load_dataset(ROOT / "data" / "simulated-20k.parquet").take(np.arange(3000))


@pytest.fixture
def run(tmp_path):
    shipped_run = ROOT / "assets" / "runs" / "dissertation-20k"
    return Run(shutil.copytree(shipped_run, tmp_path / "far" / "run", ignore=WITHOUT))


def test_a_run_far_from_its_data_knows_what_it_has_seen(run, shipped):
    split = split_by_source(shipped.source_id, run.config.split)
    assert used_in_training(run, shipped) is None
    write_seen(run, shipped.source_id, split)
    used = used_in_training(run, shipped)
    assert np.array_equal(np.flatnonzero(~used), np.sort(split.test))


def test_ids_over_the_whole_range_come_back(run):
    ids = np.array([2**62 + 1, 5, 2**63 - 1, 2**62 + 2, 7, 1_000_000_007])
    write_seen(run, ids, split_by_source(ids, run.config.split))
    seen = read_seen(run)
    assert seen.dtype == np.int64
    assert set(seen.tolist()) <= set(ids.tolist())
    assert (np.diff(seen) > 0).all()


def test_neighbouring_ids_take_little_space(run):
    ids = 2**61 + np.arange(100_000)
    write_seen(run, ids, split_by_source(ids, run.config.split))
    assert run.seen_path.stat().st_size < 60_000


def test_row_numbers_are_not_kept(run):
    ids = np.arange(100)
    write_seen(run, ids, split_by_source(ids, run.config.split))
    assert read_seen(run) is None


def fine_tuned(run):
    tuned = Run(shutil.copytree(run.path, run.path.parent / "tuned", ignore=WITHOUT))
    start = Start(run.run_id, f"../{run.run_id}", "1" * 64)
    write_json(tuned.path / "config.json", to_dict(replace(run.config, start=start)))
    return Run(tuned.path)


def test_what_its_start_has_seen_a_fine_tuned_run_has_seen(run):
    first, second = 10**12 + np.arange(50), 2 * 10**12 + np.arange(50)
    split = split_by_source(first, run.config.split)
    write_seen(run, first, split)
    tuned = fine_tuned(run)
    own = split_by_source(second, run.config.split)
    write_seen(tuned, second, own)
    assert np.isin(read_seen(run), read_seen(tuned)).all()
    assert np.isin(second[own.train], read_seen(tuned)).all()


def test_nothing_is_kept_where_the_start_does_not_tell(run):
    tuned = fine_tuned(run)
    ids = 10**12 + np.arange(50)
    write_seen(tuned, ids, split_by_source(ids, run.config.split))
    assert read_seen(tuned) is None


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut", b"\x00" * 50])
def test_a_damaged_file_is_named(run, damage):
    run.seen_path.write_bytes(damage)
    with pytest.raises(RunError, match=r"seen\.npz: expected the ids"):
        read_seen(run)
