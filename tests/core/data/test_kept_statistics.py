import os
import shutil
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from core import versions
from core.data import kept_statistics
from core.data.dataset import make_dataset, open_dataset, save_dataset
from core.data.kept_statistics import KeptStatistics
from core.data.statistics import average_spectra, describe_redshifts, redshift_histogram
from core.versions import FileVersion

RANGES = ((0.0, 0.2), (0.2, 0.4), (0.9, 1.0))  # nothing lies in the last one


def make_galaxies(seed):
    rng = np.random.default_rng(seed)
    flux = rng.normal(5, 2, (500, 186)).astype(np.float32)
    return make_dataset(flux, rng.uniform(0, 0.4, 500), name="some")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XPZ_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(versions, "SETTLED_SECONDS", -1)
    return tmp_path / "cache" / "statistics"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "some.parquet"
    save_dataset(make_galaxies(0), path)
    return path


def ask(path, *, opened=None):
    """Return every statistic of a file; count in `opened` how often it had to be read."""

    def opens():
        (opened if opened is not None else []).append(path)
        return open_dataset(path)

    kept = KeptStatistics(FileVersion.of(path), opens)
    return kept.redshift_histogram(0.05), kept.redshift_summary(), kept.average_spectra(RANGES, 20)


def check(answers, galaxies):
    """Compare kept statistics with fresh ones."""
    histogram, summary, averages = answers
    pd.testing.assert_frame_equal(histogram, redshift_histogram(galaxies.z, 0.05))
    assert summary == describe_redshifts(galaxies.z)
    assert type(summary.n) is int
    expected = average_spectra(galaxies, RANGES, 20)
    for one, other in zip(averages, expected, strict=True):
        np.testing.assert_equal(asdict(one), asdict(other))


def test_what_is_kept_is_what_was_computed_and_is_not_computed_again(path, cache):
    opened = []
    check(ask(path, opened=opened), make_galaxies(0))
    assert (len(opened), len(list(cache.iterdir()))) == (3, 3)
    check(ask(path, opened=opened), make_galaxies(0))
    assert len(opened) == 3


def test_other_questions_have_other_answers(path):
    kept = KeptStatistics(FileVersion.of(path), lambda: open_dataset(path))
    assert len(kept.redshift_histogram(0.1)) == 4
    assert len(kept.redshift_histogram(0.2)) == 2
    one, other = (kept.average_spectra(RANGES, 20, seed)[0].mean for seed in (0, 1))
    assert not np.array_equal(one, other)
    assert kept.average_spectra(RANGES, 30)[0].n_used == 30
    assert kept.average_spectra(RANGES[:1], 30)[0].n_used == 30
    shapes = kept.average_spectra(RANGES, 20, normalised=True)
    for one, other in zip(
        shapes, average_spectra(make_galaxies(0), RANGES, 20, normalised=True), strict=True
    ):
        np.testing.assert_equal(asdict(one), asdict(other))


def test_a_changed_file_is_not_answered_from_the_old_statistics(path, tmp_path):
    ask(path)
    before = path.stat()
    other = tmp_path / "other" / "some.parquet"
    save_dataset(make_galaxies(1), other)
    shutil.move(other, path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # even so
    check(ask(path), make_galaxies(1))


def test_statistics_of_a_file_that_was_only_just_changed_are_not_kept(path, cache, monkeypatch):
    """Two changes within one tick of the disk's clock look alike."""
    monkeypatch.setattr(versions, "SETTLED_SECONDS", 1000)
    check(ask(path), make_galaxies(0))
    assert not cache.exists()


def test_a_copy_elsewhere_has_statistics_of_its_own(path, tmp_path):
    ask(path)
    shutil.copy(path, tmp_path / "copy.parquet")
    opened = []
    ask(tmp_path / "copy.parquet", opened=opened)
    assert len(opened) == 3


def test_what_is_computed_of_a_file_that_was_replaced_meanwhile_is_not_kept(path, cache):
    version = FileVersion.of(path)
    save_dataset(make_galaxies(1), path)
    kept = KeptStatistics(version, lambda: open_dataset(path))
    assert kept.redshift_summary() == describe_redshifts(make_galaxies(1).z)
    assert not cache.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:300] + b"\0" * 20 + content[320:],
        lambda content: b"something else",
    ],
)
def test_a_damaged_answer_is_computed_again(path, cache, damage):
    ask(path)
    for file in cache.iterdir():
        file.write_bytes(damage(file.read_bytes()))
    opened = []
    check(ask(path, opened=opened), make_galaxies(0))
    check(ask(path, opened=opened), make_galaxies(0))
    assert len(opened) == 3


def test_answers_of_another_shape_are_computed_again(path, cache):
    ask(path)
    for file in cache.iterdir():
        np.savez(file, ranks=np.zeros(2), mean=np.zeros(0))
    check(ask(path), make_galaxies(0))


def test_where_nothing_can_be_kept_all_goes_on(path, cache):
    cache.parent.write_text("a file where a folder should be")
    opened = []
    for _ in range(2):
        check(ask(path, opened=opened), make_galaxies(0))
    assert len(opened) == 6


def test_of_too_many_answers_the_oldest_go(path, cache, monkeypatch):
    monkeypatch.setattr(kept_statistics, "MAX_KEPT", 3)
    kept = KeptStatistics(FileVersion.of(path), lambda: open_dataset(path))
    for number in range(1, 6):
        kept.redshift_histogram(number / 10)
        newest = max(cache.iterdir(), key=lambda file: file.stat().st_ctime_ns)
        os.utime(newest, ns=(number, number))
    times = sorted(file.stat().st_mtime_ns for file in cache.iterdir())
    assert times == [3, 4, 5]


def test_another_code_has_answers_of_its_own(path, cache, tmp_path, monkeypatch):
    ask(path)
    changed = tmp_path / "statistics.py"
    changed.write_text("another")
    monkeypatch.setattr(kept_statistics.statistics, "__file__", str(changed))
    opened = []
    ask(path, opened=opened)
    assert len(opened) == 3
