"""Data sets that are replaced, cut short or removed while something uses them."""

import os
import shutil

import numpy as np
import pytest

from core.data.dataset import open_dataset, save_dataset
from core.data.dataset_files import damaged_datasets, list_datasets, read_card
from core.errors import DataError, XpzError
from core.prediction.calibration.recalibration import recalibrate
from core.runs import Run
from tests.support.galaxies import make_falling


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data" / "small.parquet"
    save_dataset(make_falling(), path)
    return path


def test_a_reader_goes_on_with_the_file_that_it_opened(path):
    galaxies = make_falling()
    reading = open_dataset(path).chunks()
    first = next(iter(reading)) if not hasattr(reading, "__next__") else next(reading)
    save_dataset(make_falling(seed=1), path)
    rest = [each.z for each in reading]
    np.testing.assert_array_equal(np.concatenate([first.z, *rest]), galaxies.z)


def test_a_replaced_file_is_another_even_with_the_same_time_and_size(path):
    before, stamps = read_card(path), path.stat()
    content = path.read_bytes()
    other = content.replace(b'"name": "small"', b'"name": "mauls"')
    assert other != content
    assert len(other) == len(content)
    path.with_suffix(".new").write_bytes(other)
    os.utime(path.with_suffix(".new"), ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
    os.replace(path.with_suffix(".new"), path)
    assert (before.name, read_card(path).name) == ("small", "mauls")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_that_is_cut_short_under_a_reader_is_a_sentence(path, share):
    found = open_dataset(path)
    os.truncate(path, int(share * path.stat().st_size))
    with pytest.raises(DataError, match=r"small\.parquet: .*Copy it again"):
        list(found.chunks())
    assert list(damaged_datasets(path.parent)) == [path]


def test_a_file_that_goes_is_a_sentence(path):
    found = open_dataset(path)
    (entry,) = list_datasets(path.parent)
    path.unlink()
    with pytest.raises(DataError, match=r"small\.parquet: there is no such file"):
        list(found.chunks())
    with pytest.raises(DataError, match=r"small\.parquet: there is no such file"):
        read_card(entry.path)
    assert list_datasets(path.parent) == []


@pytest.fixture
def house(healthy, tmp_path):
    shutil.copytree(healthy, tmp_path / "house")
    return tmp_path / "house"


@pytest.mark.parametrize("how", ["replaced", "removed", "a folder", "cut short"])
def test_a_run_is_not_recalibrated_with_other_data(how, house):
    run, data = Run(house / "runs" / "healthy"), house / "data" / "small.parquet"
    before = run.calibration_path.read_bytes()
    if how == "replaced":
        save_dataset(make_falling(seed=1), data)
    else:
        size = data.stat().st_size
        data.unlink()
        if how == "a folder":
            data.mkdir()
        elif how == "cut short":
            data.write_bytes(b"x" * size)
    with pytest.raises(XpzError, match=r"small\.parquet"):
        recalibrate(run)
    assert run.calibration_path.read_bytes() == before
    assert run.status().state == "done"
