import io
import os
import shutil
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from core.data.dataset import load_dataset, make_dataset, open_dataset, read_some, save_dataset
from core.data.layout import CARD_KEY, to_arrow
from core.data.writer import DatasetWriter
from core.errors import DataError
from core.memory import MemoryShortError

N = 5000  # more than two parts that are read at once


@pytest.fixture(scope="module")
def whole():
    rng = np.random.default_rng(4)
    error = rng.uniform(0.1, 0.3, (N, 186)).astype(np.float32)
    error[7] = np.nan
    return make_dataset(
        rng.normal(5, 2, (N, 186)).astype(np.float32),
        rng.uniform(0, 0.6, N),
        rng.permutation(N) + 4_111_834_567_779_557_376,
        name="some",
        flux_error=error,
        g_mag=rng.uniform(15, 19, N).astype(np.float32),
    )


@pytest.fixture(scope="module")
def path(whole, tmp_path_factory):
    """Its file, of row groups of all sizes."""
    path = tmp_path_factory.mktemp("file") / "some.parquet"
    with DatasetWriter(path, name="some") as writer:
        for first, last in ((0, 1), (1, 4), (4, 700), (700, 4000), (4000, N)):
            part = whole.take(np.arange(first, last))
            optional = {"flux_error": part.flux_error, "g_mag": part.g_mag}
            writer.write(part.source_id, part.z, part.flux, **optional)
    assert parquet.read_metadata(path).num_row_groups == 5
    return path


@settings(max_examples=40)
@given(st.lists(st.one_of(st.integers(0, N - 1), st.sampled_from([0, 1, 3, 4, 699, N - 1]))))
def test_rows_are_those_of_the_whole(whole, path, rows):
    indices = np.array(rows, int)
    for galaxies in (open_dataset(path), whole):
        flux, error = galaxies.rows(indices)
        np.testing.assert_array_equal(flux, whole.flux[indices])
        np.testing.assert_array_equal(error, whole.flux_error[indices])
        assert flux.dtype == error.dtype == np.float32


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_all_rows_in_any_order_by_any_number_of_threads(whole, path, threads, monkeypatch):
    monkeypatch.setattr("pyarrow.cpu_count", lambda: threads)
    monkeypatch.setattr("core.data.dataset_file.GROUPS_PER_THREAD", 1)
    order = np.random.default_rng(0).permutation(N)
    flux, error = open_dataset(path).rows(order, with_errors=False)
    np.testing.assert_array_equal(flux, whole.flux[order])
    assert error is None


@pytest.mark.parametrize("kept", [None, np.arange(N) % 7 == 3, np.arange(N) >= 4000])
@pytest.mark.parametrize("with_errors", [True, False])
def test_chunks_are_those_of_the_whole(whole, path, kept, with_errors):
    rows = np.arange(N) if kept is None else np.flatnonzero(kept)
    for galaxies in (open_dataset(path), whole):
        chunks = list(galaxies.chunks(300, kept, with_errors=with_errors))
        assert max(map(len, chunks)) <= 300
        for name in ("flux", "source_id", "z", "g_mag", "flux_error"):
            values = [getattr(chunk, name) for chunk in chunks]
            if name == "flux_error" and not with_errors:
                assert set(values) == {None}
            else:
                expected = getattr(whole, name)[rows]
                np.testing.assert_array_equal(np.concatenate(values), expected)


def test_row_groups_without_a_kept_galaxy_are_not_read(whole, path, monkeypatch):
    opened, read = open_dataset(path), []

    def reading(self, *args, row_groups, **options):
        read.extend(row_groups)
        return iter_batches(self, *args, row_groups=row_groups, **options)

    iter_batches = parquet.ParquetFile.iter_batches
    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", reading)
    assert sum(map(len, opened.chunks(kept=np.isin(np.arange(N), [2, 4500])))) == 2
    opened.rows(np.array([4500, 0, 4501]))
    assert read == [1, 4, 0, 4]


@pytest.mark.parametrize("rows", [[-1], [N], [0, N + 5]])
def test_rows_that_there_are_not(whole, path, rows):
    for galaxies in (open_dataset(path), whole):
        with pytest.raises(DataError, match=f"some: expected rows from 0 to 4999, .* {rows[-1]}"):
            galaxies.rows(np.array(rows))


def test_some_galaxies_in_memory_are_those_of_the_file(whole, path, monkeypatch):
    rows = np.array([4999, 3, 7])
    for galaxies in (open_dataset(path), whole):
        some, expected = read_some(galaxies, rows), whole.take(rows)
        assert some.card.n_galaxies == 3
        for name in ("source_id", "z", "g_mag", "flux", "flux_error"):
            np.testing.assert_array_equal(getattr(some, name), getattr(expected, name))
    monkeypatch.setattr("core.memory.available_bytes", lambda: 3 * 2 * 186 * 4 - 1)
    with pytest.raises(MemoryShortError, match="some: reading 3 of its galaxies: needs about"):
        read_some(whole, rows)


@pytest.mark.parametrize("rows", [np.ones(N, bool), np.zeros((2, 2), int), np.array([0.5])])
def test_what_are_no_numbers_of_rows(whole, rows):
    with pytest.raises(DataError, match="expected the numbers of rows, received an array of"):
        whole.rows(rows)


def test_without_errors_in_the_file(whole, tmp_path):
    bare = make_dataset(whole.flux[:9], whole.z[:9], name="bare")
    save_dataset(bare, tmp_path / "bare.parquet")
    flux, error = open_dataset(tmp_path / "bare.parquet").rows(np.array([8, 2]))
    np.testing.assert_array_equal(flux, whole.flux[[8, 2]])
    assert error is None


def test_a_file_that_was_changed_is_not_taken_for_what_it_was(whole, path, tmp_path):
    copy = tmp_path / "copy.parquet"
    shutil.copy(path, copy)
    opened = open_dataset(copy)
    opened.rows(np.array([1]))
    before = copy.stat()
    save_dataset(whole.take(np.arange(N)[::-1]), copy)
    os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))  # even so
    for read in (lambda: opened.rows(np.array([1])), lambda: next(opened.chunks())):
        with pytest.raises(DataError, match=r"copy\.parquet: was replaced or changed while"):
            read()
    copy.unlink()
    with pytest.raises(DataError, match=r"copy\.parquet: there is no such file"):
        opened.rows(np.array([1]))


def test_a_spectrum_that_is_not_valid_is_named_when_it_is_read(whole, tmp_path):
    path = tmp_path / "bad.parquet"
    save_dataset(whole, path)
    card = {CARD_KEY: parquet.read_metadata(path).metadata[CARD_KEY]}
    flux = whole.flux.copy()
    flux[4321, 5] = np.inf
    table = to_arrow({"source_id": whole.source_id, "z": whole.z, "flux": flux})
    parquet.write_table(table.replace_schema_metadata(card), path, row_group_size=1000)

    opened = open_dataset(path)
    assert len(opened.rows(np.array([0, 3999]))[0]) == 2
    for read in (lambda: opened.rows(np.array([4321])), lambda: load_dataset(path)):
        with pytest.raises(DataError, match="received inf at row 4322, column 'flux_5'"):
            read()


def test_what_would_not_fit_says_so_before_it_is_read(whole, path, monkeypatch):
    monkeypatch.setattr("core.memory.available_bytes", lambda: 110 * 10**6)
    with pytest.raises(
        MemoryShortError,
        match=r"some\.parquet: reading its 5,000 galaxies: needs about 112 MB of memory, 110 MB "
        r"are free\. Close other programs, leave out the flux errors \(with_errors=False\), or",
    ):
        load_dataset(path)
    np.testing.assert_array_equal(load_dataset(path, with_errors=False).flux, whole.flux)
    assert len(open_dataset(path)) == N


def test_reading_it_takes_little_more_than_its_spectra(whole, tmp_path):
    """Of what Python and NumPy take; Arrow holds parts of a row group beside it."""
    path = tmp_path / "large.parquet"
    large = replace(whole.take(np.tile(np.arange(N), 4)), source_id=np.arange(4 * N))
    save_dataset(large, path)
    open_dataset(path).rows(np.array([0]))  # what is imported
    for read, limit in (
        (load_dataset, 1.2 * 2 * large.flux.nbytes),
        (lambda path: load_dataset(path, with_errors=False), 1.2 * large.flux.nbytes),
        (open_dataset, 0.1 * large.flux.nbytes),
        (lambda path: open_dataset(path).rows(np.arange(0, 4 * N, 20)), 0.3 * large.flux.nbytes),
    ):
        tracemalloc.start()
        read(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak <= limit


def test_a_damaged_number_of_rows_is_told_and_no_memory_asked_for(whole, tmp_path):
    path, damaged = tmp_path / "some.parquet", tmp_path / "damaged.parquet"
    save_dataset(whole.take(np.arange(50)), path)
    content = path.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    n_found = 0
    for at in range(footer, len(content) - 8):
        for bit in (1, 64):
            changed = bytearray(content)
            changed[at] ^= bit
            try:
                meta = parquet.read_metadata(io.BytesIO(changed))
                rows = meta.num_rows, meta.row_group(0).num_rows
            except Exception:  # what cannot be parsed at all is told in other tests
                continue
            if rows == (50, 50):
                continue
            n_found += 1
            damaged.write_bytes(changed)
            for read in (load_dataset, lambda path: open_dataset(path).rows(np.array([0]))):
                with pytest.raises(DataError, match=r"damaged\.parquet"):
                    read(damaged)
    assert n_found > 1
