import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import load_dataset, make_dataset, save_dataset
from core.data.split import SplitConfig, split_by_source
from core.errors import RunError
from core.jobs.turn import CancelledError
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.prediction.calibration.calibration import Calibration
from core.training import parts, shuffled_file
from core.training.loop import fit_spectra
from core.training.parts import read_parts
from core.training.worker import work

DATA = Path(__file__).parents[3] / "data"


def no_memory(patch):
    """Let no data set fit in memory, and read it in some ten parts."""
    patch.setattr(parts, "IN_MEMORY_BYTES", 0)
    patch.setattr(shuffled_file, "PART_BYTES", 40 * 4 * 2 * 186)


@pytest.fixture
def from_disk(monkeypatch):
    no_memory(monkeypatch)


@pytest.fixture(scope="module")
def unbroken(make_run_in, tmp_path_factory):
    """A run that was trained from the disk."""
    run = make_run_in(tmp_path_factory.mktemp("runs"), "unbroken", batch_size=64)
    with pytest.MonkeyPatch.context() as patch:
        no_memory(patch)
        assert work(run) == "done"
    return run


@pytest.fixture(scope="module")
def with_errors(toy, tmp_path_factory):
    errors = np.random.default_rng(5).uniform(0.1, 0.2, toy.flux.shape)
    path = tmp_path_factory.mktemp("data") / "errors.parquet"
    galaxies = make_dataset(
        toy.flux, toy.z, toy.source_id, name="toy", flux_error=errors, g_mag=toy.g_mag
    )
    save_dataset(galaxies, path)
    return galaxies, path


def test_the_parts_are_those_of_a_training_in_memory(make_run, with_errors, from_disk):
    galaxies, path = with_errors
    run = make_run(data_path=path)
    ours = read_parts(run, needs_errors=True)
    split = split_by_source(galaxies.source_id, SplitConfig())
    assert ours.split.hash == split.hash
    for part, rows in ((ours.training, split.train), (ours.validation, split.validation)):
        order = np.argsort(part.source_id)
        expected = np.argsort(galaxies.source_id[rows])
        for column in ("source_id", "z", "flux", "flux_error", "g_mag"):
            np.testing.assert_array_equal(
                getattr(part, column)[order], getattr(galaxies, column)[rows][expected]
            )
    np.testing.assert_array_equal(np.flatnonzero(ours.in_test), split.test)
    spectra = ours.spectra(dataclasses.replace(run.config.recipe, scaling="shape_noise"))
    assert len(spectra.parts(4)) > 5
    flux, errors = spectra.read(slice(0, len(split.train)))
    rows = split.train[ours.on_disk.rows]
    np.testing.assert_array_equal(flux, galaxies.flux[rows])
    np.testing.assert_array_equal(errors, galaxies.flux_error[rows])
    np.testing.assert_array_equal(spectra.z, galaxies.z[rows])
    assert ours.spectra(run.config.recipe).read(slice(0, 2))[1] is None


def test_samples_stand_for_large_parts(make_run, with_errors, from_disk, monkeypatch):
    monkeypatch.setattr(parts, "VALIDATION", 50)
    monkeypatch.setattr(shuffled_file, "SAMPLE", 30)
    galaxies, path = with_errors
    ours = read_parts(make_run(data_path=path), needs_errors=False)
    split = split_by_source(galaxies.source_id, SplitConfig())
    assert len(ours.validation) == 50
    assert set(ours.validation.source_id) < set(galaxies.source_id[split.validation])
    assert 30 <= len(ours.training) <= 32
    assert ours.training.z.max() == galaxies.z[split.train].max()
    assert len(ours.spectra(make_run("other").config.recipe).z) == len(split.train)
    assert ours.account()["from_disk"]["n_validation_used"] == 50


def test_a_run_from_the_disk_is_complete(unbroken, toy):
    summary = unbroken.summary()
    split = split_by_source(toy.source_id, SplitConfig())
    assert summary["n_train"] == len(split.train)
    assert summary["n_validation"] == len(split.validation)
    assert summary["from_disk"]["n_blocks"] > 3
    np.testing.assert_array_equal(unbroken.predictions()["source_id"], toy.source_id[split.test])
    assert Calibration.load(unbroken) is not None
    assert unbroken.status().steps == -(-len(split.train) // 64)


def test_a_training_goes_on_as_if_unbroken(unbroken, make_run, from_disk, monkeypatch):
    broken = make_run("broken", batch_size=64)
    written = type(broken).write_metrics

    def stops(run, history):
        written(run, history)
        if len(history) == 2:
            raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(type(broken), "write_metrics", stops)
        assert work(broken) == "failed"
    assert work(broken) == "done"
    curves = [run.metrics()[["loss", "val_loss"]] for run in (broken, unbroken)]
    np.testing.assert_allclose(*curves, rtol=1e-4)


def test_reading_obeys_a_request_to_stop(make_run, from_disk):
    run = make_run()
    run.cancel_path.touch()
    with pytest.raises(CancelledError):
        read_parts(run, needs_errors=False)


def test_what_does_not_fit_in_memory_says_so_before_it_starts(make_run, monkeypatch):
    monkeypatch.setattr(parts, "PEAK", 1e9)
    run = make_run()
    assert work(run) == "failed"
    assert "Training on the 600 galaxies of 'toy': needs about 446400.0 GB" in run.status().message
    assert "make a smaller data set" in run.status().message
    assert not run.checkpoint_path.exists()


def test_a_full_disk_fails_the_run_with_a_sentence(make_run, from_disk, monkeypatch):
    monkeypatch.setattr(shuffled_file, "FREE_BYTES", 1e18)
    run = make_run()
    with pytest.raises(RunError, match="too many for memory"):
        read_parts(run, needs_errors=False)
    assert work(run) == "failed"
    assert "GB are free. Make room" in run.status().message


def test_it_learns_from_the_disk_what_it_learns_in_memory(make_run_in, tmp_path, monkeypatch):
    """On real-size data; seeds alone scatter the MAE by some 4 % after so few epochs."""
    monkeypatch.setattr(shuffled_file, "PART_BYTES", 1.5e6)
    path = DATA / "simulated-20k.parquet"
    card = load_dataset(path, with_errors=False).card
    run = make_run_in(tmp_path / "runs", data_path=path, data_hash=card.hash)
    recipe = Recipe(
        NetworkConfig((), (64, 32), "silu", head="mixture", components=3),
        "shape_noise",
        TrainingConfig(
            "adamw", 0.003, 0.01, loss="nll", batch_size=128, epochs=5, schedule="cosine",
            noise_augmentation=1.0,
        ),
    )  # fmt: skip
    mae = {}
    for bound in (2e9, 0):
        monkeypatch.setattr(parts, "IN_MEMORY_BYTES", bound)
        read = read_parts(run, needs_errors=True)
        assert len(read.spectra(recipe).parts(128)) == (1 if bound else 13)
        trained = fit_spectra(recipe, read.spectra(recipe), read.validation_spectra)
        mae[bound] = trained.history[-1]["val_mae"]
    assert mae[0] == pytest.approx(mae[2e9], rel=0.1)
    assert mae[0] < 0.035
