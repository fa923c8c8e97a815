import numpy as np
import pytest

from core.prediction.sample import MAX_SPECTRA, Sample
from core.spectra import Spectra


@pytest.fixture(scope="module")
def flux():
    """Usable spectra, of which the first sample tells the row."""
    found = np.random.default_rng(1).normal(5, 1, (6000, 186)).astype(np.float32)
    found[:, 0] = np.arange(len(found))
    return found


def of(flux, limit=MAX_SPECTRA):
    sample = Sample(limit)
    sample.add(flux)
    return sample


def test_it_is_even_and_of_bounded_size(flux):
    rows = of(flux).flux[:, 0].astype(int)
    assert len(np.unique(rows)) == MAX_SPECTRA
    counts = np.bincount(rows // 300, minlength=20)
    # Each twentieth gives a hundred, with a scatter of less than ten.
    assert counts.min() > 60
    assert counts.max() < 140


def test_it_is_the_same_in_any_order_in_blocks_and_joined_from_parts(flux, tmp_path):
    expected = of(flux).flux
    np.testing.assert_array_equal(of(flux[::-1]).flux, expected)
    for number, part in enumerate(np.array_split(flux, 7)):
        of(part, limit=400).save(tmp_path / f"{number}.npz")
    joined = Sample()
    for path in tmp_path.glob("*.npz"):
        joined.join(Sample.read(path))
    np.testing.assert_array_equal(joined.flux, expected)
    np.testing.assert_array_equal(of(flux[:30]).flux, of(flux[:30].astype(float)).flux)


def spectra(flux, ids, *, has_ids=True):
    return Spectra(flux, source_id=np.asarray(ids, np.int64), has_ids=has_ids)


def test_a_source_counts_once_by_its_id_else_by_its_flux(flux, tmp_path):
    ids = np.arange(60) + 2**40
    once = of(spectra(flux[:60], ids)).flux
    assert len(once) == 60
    # Thrice, once of them with other numbers, in any order and in parts.
    others = flux[:60] + np.float32(100)
    given = [spectra(flux[:60], ids), spectra(others[::-1], ids[::-1]), spectra(flux[:60], ids)]
    several = [of(Spectra.concatenate(order)) for order in (given, given[::-1])]
    joined = Sample()
    for number, part in enumerate(given):
        of(part).save(tmp_path / f"{number}.npz")
        joined.join(Sample.read(tmp_path / f"{number}.npz"))
    for found in (*several, joined):
        np.testing.assert_array_equal(found.flux, several[0].flux)
        assert len(found.flux) == 60
        assert len(np.unique(found.flux[:, 0] % 100)) == 60
    # Numbers of rows are no ids, and spectra without one are told apart by their flux.
    assert len(of(spectra(np.tile(flux[:30], (2, 1)), range(60), has_ids=False)).flux) == 30
    assert len(of(spectra(np.tile(flux[:30], (2, 1)), [-1] * 60)).flux) == 30


def test_parts_that_keep_few_leave_an_even_sample_that_is_smaller(flux):
    whole = of(flux[:3000], limit=50)  # of the first half only its lowest
    whole.limit = MAX_SPECTRA
    whole.join(of(flux[3000:]))
    rows = whole.flux[:, 0]
    assert 50 < len(rows) < 200
    assert np.count_nonzero(rows < 3000) == 50
    np.testing.assert_array_equal(whole.flux, of(flux).flux[: len(rows)])


def test_spectra_that_cannot_be_used_are_left_out(flux, tmp_path):
    broken = flux[:30].copy()
    broken[:10] = np.nan
    assert len(of(broken).flux) == 20
    np.savez(tmp_path / "other.npz", flux=np.ones((3, 5)), below=np.uint64(1))
    with pytest.raises(ValueError, match="shape"):
        Sample.read(tmp_path / "other.npz")
    np.savez(tmp_path / "earlier.npz", flux=flux[:20], below=np.uint64(2**64 - 1))
    np.testing.assert_array_equal(Sample.read(tmp_path / "earlier.npz").flux, of(flux[:20]).flux)
