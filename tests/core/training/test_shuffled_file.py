import errno
import itertools
import os
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import RunError
from core.model.scaling import Scaler
from core.training import shuffled_file
from core.training.shuffled_file import Dealer

N = 1000


@pytest.fixture(scope="module")
def spectra():
    """Spectra in order of redshift, each of which tells its row."""
    rng = np.random.default_rng(41)
    flux = rng.uniform(1, 2, (N, 186)).astype(np.float32)
    flux[:, 0] = np.arange(N)
    errors = rng.uniform(0.1, 0.2, (N, 186)).astype(np.float32)
    errors[:, 0] = np.arange(N) + 0.5
    return flux, errors, np.sort(rng.uniform(0, 0.6, N))


@pytest.fixture
def deal(spectra, tmp_path, monkeypatch):
    """Return what deals the spectra to a file in some ten parts."""
    monkeypatch.setattr(shuffled_file, "PART_BYTES", N / 10 * 4 * 2 * 186)

    def make(*, with_errors=True, seed=0, chunk=64):
        flux, errors, z = spectra
        dealer = Dealer(tmp_path, z, with_errors=with_errors, seed=seed)
        for start in range(0, N, chunk):
            rows = slice(start, start + chunk)
            dealer.deal(flux[rows], errors[rows])
        return dealer.shuffled()

    return make


def test_every_spectrum_is_there_once_with_its_own_errors_and_redshift(deal, spectra):
    flux, errors, z = spectra
    dealt = deal()
    read = [dealt.read(rows) for rows in dealt.parts(16)]
    found = np.concatenate([part[0] for part in read])
    rows = found[:, 0].astype(int)
    np.testing.assert_array_equal(np.sort(rows), np.arange(N))
    np.testing.assert_array_equal(found, flux[rows])
    np.testing.assert_array_equal(np.concatenate([part[1] for part in read]), errors[rows])
    np.testing.assert_array_equal(dealt.z, z[rows])
    np.testing.assert_array_equal(dealt.rows, rows)


def test_parts_are_of_whole_batches_but_the_last(deal):
    parts = deal().parts(16)
    assert len(parts) == 9  # of 112, with the batches that fill a tenth
    assert parts[0].start == 0
    assert parts[-1].stop == N
    for one, following in itertools.pairwise(parts):
        assert one.stop == following.start
        assert (one.stop - one.start) % 16 == 0


def test_any_stretch_is_a_fair_sample_of_spectra_that_came_in_order(deal):
    dealt = deal()
    for start in range(0, N, 50):
        rank = dealt.rows[start : start + 50] / N
        # Uniform numbers: 50 of them have a mean of 0.5 with an error of 0.29 / sqrt(50).
        assert rank.mean() == pytest.approx(0.5, abs=4 * 0.29 / np.sqrt(50))
    neighbours = np.corrcoef(dealt.rows[1:], dealt.rows[:-1])[0, 1]
    assert neighbours == pytest.approx(0, abs=4 / np.sqrt(N))


def test_the_order_follows_from_the_seed_not_from_the_chunks(deal):
    rows = deal().rows
    np.testing.assert_array_equal(deal(chunk=999).rows, rows)
    assert np.any(deal(seed=1).rows != rows)


def test_nothing_is_left_in_the_folder(deal, tmp_path):
    dealt = deal()
    assert list(tmp_path.iterdir()) == []
    assert os.fstat(dealt.file.number).st_size == N * 2 * 186 * 4


def test_errors_are_read_where_a_recipe_wants_them(deal):
    dealt = deal()
    np.testing.assert_array_equal(
        dealt.without_errors().read(slice(3, 9))[0], dealt.read(slice(3, 9))[0]
    )
    assert dealt.without_errors().read(slice(3, 9))[1] is None
    assert deal(with_errors=False).read(slice(3, 9))[1] is None


def test_the_sample_holds_the_ends_of_the_redshifts(deal, spectra, monkeypatch):
    flux, errors, _ = spectra
    monkeypatch.setattr(shuffled_file, "SAMPLE", 100)
    dealt = deal()
    places, sampled, sampled_errors = dealt.sample()
    assert 100 <= len(places) <= 102
    assert {0, N - 1} <= set(dealt.rows[places].tolist())
    np.testing.assert_array_equal(sampled, flux[dealt.rows[places]])
    np.testing.assert_array_equal(sampled_errors, errors[dealt.rows[places]])


@pytest.mark.parametrize("method", ["minmax", "standard", "shape"])
def test_scalings_that_learn_part_by_part_know_all_spectra(deal, spectra, method, monkeypatch):
    monkeypatch.setattr(shuffled_file, "SAMPLE", 10)
    flux = spectra[0]
    ours, theirs = deal().fit_scaler(method), Scaler.fit(method, flux)
    np.testing.assert_allclose(ours.transform(flux), theirs.transform(flux), atol=1e-5)


@pytest.mark.parametrize("method", ["robust", "quantile", "shape_noise"])
def test_the_others_know_a_sample(deal, spectra, method):
    """Which is the whole here."""
    flux, errors, _ = spectra
    ours, theirs = deal().fit_scaler(method), Scaler.fit(method, flux, errors)
    np.testing.assert_allclose(
        ours.transform(flux, errors), theirs.transform(flux, errors), atol=1e-4
    )


def test_a_disk_without_room_is_told_before_anything_is_written(deal, monkeypatch, tmp_path):
    full = SimpleNamespace(disk_usage=lambda folder: SimpleNamespace(free=5e8))
    monkeypatch.setattr(shuffled_file, "shutil", full)
    with pytest.raises(
        RunError, match=r"1,000 spectra .* need 0\.0 GB .*: 0\.5 GB are free\. Make"
    ):
        deal()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_is_told(deal, monkeypatch):
    def fails(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shuffled_file.os, "pwrite", fails)
    with pytest.raises(RunError, match=r"No space left on device\. Make room, or keep the runs"):
        deal()
