import numpy as np
import pytest

from core.model.config import TrainingConfig
from core.model.scaling import Scaler
from core.spectra import BANDS
from core.training import examples
from core.training.examples import InMemory, TrainingPart

N = 300


@pytest.fixture(scope="module")
def spectra():
    rng = np.random.default_rng(13)
    flux = rng.uniform(5, 6, (N, 1)) * np.linspace(0.5, 1.5, 186) + rng.normal(0, 0.1, (N, 186))
    errors = np.full((N, 186), 0.2) * rng.uniform(0.5, 1.5, (N, 186))
    z = np.concatenate([rng.uniform(0.0, 0.2, N - 30), rng.uniform(0.2, 0.4, 30)])
    return flux.astype(np.float32), errors.astype(np.float32), z


def part(spectra, *, scaling="standard", with_errors=True, **training):
    flux, errors, z = spectra
    given = errors if with_errors else None
    scaler = Scaler.fit(scaling, flux, given)
    return TrainingPart.prepare(TrainingConfig(**training), scaler, InMemory(flux, given, z))


def seen(prepared, epoch):
    """Return what a network sees in an epoch, one after the other."""
    blocks = [
        [None if array is None else array[each.order] for array in (each.x, each.y, each.weight)]
        for each in prepared.epoch(epoch)
    ]
    return [
        None if arrays[0] is None else np.concatenate(arrays)
        for arrays in zip(*blocks, strict=True)
    ]


def added_noise(spectra, prepared, epoch=0):
    """Undo order and scaling of an epoch: the noise alone, in the spectra's order."""
    x, y, _ = seen(prepared, epoch)
    order = np.argsort(y[:, 0])
    flux = prepared.scaler.estimator.inverse_transform(x[order].astype(float))
    return flux - spectra[0][np.argsort(spectra[2].astype(np.float32))]


def test_an_epoch_holds_every_galaxy_once_with_its_redshift(spectra):
    prepared = part(spectra)
    x, y, weight = seen(prepared, 3)
    order = np.argsort(y[:, 0])
    np.testing.assert_array_equal(np.sort(spectra[2].astype(np.float32)), y[order, 0])
    expected = prepared.scaler.transform(spectra[0][np.argsort(spectra[2])])
    np.testing.assert_array_equal(x[order], expected)
    assert weight is None
    assert np.any(seen(prepared, 4)[1] != y)
    np.testing.assert_array_equal(seen(prepared, 3)[0], x)


@pytest.mark.parametrize("amplitude", [0.5, 2.0])
def test_the_noise_has_the_size_asked_for(amplitude, spectra):
    noise = added_noise(spectra, part(spectra, noise_augmentation=amplitude))
    errors = spectra[1][np.argsort(spectra[2])]
    pulls = noise / (amplitude * errors)
    n = pulls.size
    assert pulls.mean() == pytest.approx(0, abs=4 / np.sqrt(n))
    assert pulls.var() == pytest.approx(1, abs=4 * np.sqrt(2 / n))
    neighbours = np.mean(pulls[:, 1:] * pulls[:, :-1])
    assert neighbours == pytest.approx(0, abs=4 / np.sqrt(n))


def test_where_errors_are_unknown_the_noise_is_that_of_the_band(spectra):
    noise = added_noise(spectra, part(spectra, with_errors=False, noise_augmentation=1.0))
    for band in BANDS:
        assert noise[:, band].std() == pytest.approx(0.1, rel=0.03)


def test_every_epoch_has_noise_of_its_own_that_follows_from_the_seed(spectra):
    prepared = part(spectra, noise_augmentation=1.0, seed=5)
    first, second = (added_noise(spectra, prepared, epoch) for epoch in (0, 1))
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] == pytest.approx(0, abs=0.02)
    again = part(spectra, noise_augmentation=1.0, seed=5)
    np.testing.assert_array_equal(added_noise(spectra, again, 1), second)
    other = part(spectra, noise_augmentation=1.0, seed=6)
    assert np.abs(added_noise(spectra, other, 1) - second).max() > 0.1


def test_the_noise_columns_are_those_of_the_spectrum_before_its_fresh_noise(spectra):
    for with_errors in (True, False):
        settings = {"scaling": "shape_noise", "with_errors": with_errors}
        noisy, clean = (
            seen(part(spectra, noise_augmentation=amplitude, **settings), 0)[0]
            for amplitude in (1.0, 0.0)
        )
        np.testing.assert_allclose(noisy[:, -2:], clean[:, -2:], atol=1e-4)
        assert np.abs(noisy[:, :186] - clean[:, :186]).mean() > 0.1


def test_chunks_do_not_change_an_epoch(spectra, monkeypatch):
    prepared = part(spectra, noise_augmentation=1.0)
    whole = seen(prepared, 2)[0]
    monkeypatch.setattr(examples, "NOISE_ROWS", 37)
    np.testing.assert_array_equal(seen(prepared, 2)[0], whole)


def test_neither_do_blocks_which_are_of_whole_batches(spectra, monkeypatch):
    prepared = part(spectra, noise_augmentation=1.0, batch_size=8)
    whole = seen(prepared, 2)
    monkeypatch.setattr(examples, "BLOCK_ROWS", 70)
    assert [len(block.order) for block in prepared.epoch(2)] == [64, 64, 64, 64, 44]
    np.testing.assert_array_equal(seen(prepared, 2)[0], whole[0])
    np.testing.assert_array_equal(seen(prepared, 2)[1], whole[1])


def test_inverse_density_weights_are_of_mean_one_and_belong_to_their_galaxies(spectra):
    prepared = part(spectra, weighting="inverse_density", weight_cap=5.0)
    _, y, weight = seen(prepared, 0)
    assert weight.mean() == pytest.approx(1)
    assert weight.max() / weight.min() <= 5 * (1 + 1e-9)
    assert weight[y[:, 0] > 0.3].min() > 2 * weight[y[:, 0] < 0.15].max()
    np.testing.assert_allclose(prepared.sample_weight(y[:, 0]), weight, rtol=1e-4)


def test_balanced_epochs_draw_rare_galaxies_more_often(spectra):
    prepared = part(spectra, weighting="balanced", weight_cap=100.0)
    drawn = np.concatenate([seen(prepared, epoch)[1][:, 0] for epoch in range(20)])
    assert len(drawn) == 20 * N
    # A tenth of the galaxies lies beyond 0.2, half of the redshifts.
    assert np.mean(drawn > 0.2) == pytest.approx(0.5, abs=0.1)
    assert seen(prepared, 0)[2] is None


def test_the_validation_part_stays_clean_and_is_weighted_alike(spectra):
    flux, errors, z = spectra
    prepared = part(spectra, noise_augmentation=1.0, weighting="inverse_density")
    block = prepared.examples(InMemory(flux[:50], errors[:50], z[:50]))
    np.testing.assert_array_equal(block.order, np.arange(50))
    np.testing.assert_array_equal(block.x, prepared.scaler.transform(flux[:50]))
    np.testing.assert_array_equal(block.y[:, 0], z[:50].astype(np.float32))
    np.testing.assert_allclose(block.weight, prepared.sample_weight(z[:50]), rtol=1e-6)
