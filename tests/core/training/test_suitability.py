"""What a training cannot give is said before it begins."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core import memory
from core.data.dataset import make_dataset, save_dataset
from core.data.split import SplitConfig
from core.errors import ConfigError, DataError, SettingError
from core.model.config import ConvLayer
from core.model.presets import PRESETS, get_preset
from core.prediction.calibration.needed import MIN_GALAXIES, MIN_TRAINING, shortage
from core.runs import list_runs
from core.spectra import N_SAMPLES
from core.training.queue import submit
from core.training.suitability import check_batch, check_data, check_recipe, of_warmup
from core.tuning import queue as searches
from core.tuning.search import Budget, list_searches
from core.tuning.spaces import SPACES


@pytest.fixture
def data(tmp_path):
    """Make a data set file of these redshifts."""

    def make(z):
        flux = np.random.default_rng(0).normal(3, 1, (len(z), N_SAMPLES))
        path = tmp_path / "labels.parquet"
        save_dataset(make_dataset(flux, np.asarray(z), np.arange(1, len(z) + 1), name="L"), path)
        return path

    return make


def spread(n):
    return np.random.default_rng(1).uniform(0, 0.5, n)


def test_a_good_data_set_gives_no_notice(data):
    assert check_data(data(spread(400)), SplitConfig()) == ()


@pytest.mark.parametrize("jitter", [0, 1e-12, 4e-6])
def test_a_constant_is_refused_and_no_folder_is_made(data, tmp_path, jitter):
    path = data(0.1 + jitter * spread(300))
    message = r"all \d+ galaxies to train on have the same redshift, 0.1; a network cannot learn"
    with pytest.raises(DataError, match=message):
        check_data(path, SplitConfig())
    with pytest.raises(DataError, match=message):
        submit(tmp_path / "runs", get_preset("compact"), path)
    with pytest.raises(DataError, match=message):
        searches.submit(tmp_path / "runs", SPACES["compact"], path, budget=Budget(trials=1))
    assert not list_runs(tmp_path / "runs")
    assert not list_searches(tmp_path / "runs")


@pytest.mark.parametrize(
    ("z", "what"),
    [
        (np.where(np.arange(400) < 8, 0.3, 0.1), r"9\d% of them have the same redshift, 0\.1\."),
        (np.where(spread(400) < 0.3, 0.1, spread(400)), r"\d\d% of them have the same .*, 0\.1\."),
        (0.2 + 0.01 * spread(400), r"98% of their redshifts lie between 0\.2\d* and 0\.20\d*\."),
    ],
)
def test_labels_that_hardly_differ_are_told(data, z, what):
    (notice,) = check_data(data(z), SplitConfig())
    assert notice.level == "warning"
    assert "hardly differ" in notice.sentence
    assert re.search(what, notice.sentence), notice.sentence


def test_a_validation_part_too_small_for_a_calibration_is_told(data):
    (notice,) = check_data(data(spread(100)), SplitConfig())
    assert "will end without a calibration" in notice.sentence
    assert "expected at least 39 galaxies in the validation part, received 2" in notice.sentence


def test_a_part_without_galaxies_is_refused(data):
    with pytest.raises(DataError, match=r"The validation part of .* is empty: 3 galaxies"):
        check_data(data([0.1, 0.2, 0.3]), SplitConfig(validation_fraction=0.0))


def test_as_many_galaxies_as_are_named_suffice():
    split = SplitConfig()
    assert shortage(MIN_TRAINING, MIN_GALAXIES, split) == ""
    few = shortage(MIN_TRAINING - 1, MIN_GALAXIES - 1, split)
    assert few.startswith("expected at least 39 galaxies in the validation part, received 38;")
    assert (
        "expected at least 50 galaxies in the training part, received 49. Train on about 145" in few
    )
    mostly = SplitConfig(test_fraction=0.5, validation_fraction=0.9)
    assert "about 1,000 galaxies" in shortage(10, 90, mostly)


@pytest.mark.parametrize(
    ("epochs", "warmup", "words"),
    [
        (1, 2.0, "2 epochs is longer than the training (1 epoch)"),
        (2, 2.5, "2.5 epochs is longer than the training (2 epochs)"),
        (2, 2.0, "2 epochs is as long as the training (2 epochs)"),
        (1, 1.0, "1 epoch is as long as the training (1 epoch)"),
    ],
)
def test_a_warm_up_as_long_as_the_training_is_told(epochs, warmup, words):
    (notice,) = of_warmup(epochs, warmup)
    assert notice.sentence.startswith(f"The warm-up of {words}: the learning rate rises")


def test_a_shorter_warm_up_needs_no_words():
    assert of_warmup(3, 2.0) == of_warmup(1, 0.0) == ()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_trained(preset):
    assert check_recipe(PRESETS[preset])[0].name == "features"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"components": 51}, "^Gaussians: expected a whole number from 1 to 50, received 51"),
        ({"batch_size": 10**11}, "^Batch size: expected a whole number from 1 to 1,048,576"),
        ({"weight_decay": float("inf")}, "^Weight decay: expected a number of at least 0, rec"),
        ({"dropout": 0.95}, "^Dropout: expected a number from 0 to 0.9, received 0.95"),
        ({"dense_units": (8, 5000)}, "^Units of layer 2: expected .* to 4,096, received 5,000"),
        ({"dense_units": (1,) * 51}, "^Dense layers: expected at most 50, received 51"),
        (
            {"conv_layers": (ConvLayer(5000, 3),)},
            "^Filters of layer 1: expected .* to 4,096, received 5,000",
        ),
    ],
)
def test_what_a_training_may_not_be_started_with_is_told_and_can_be_read(values, message):
    recipe = get_preset("compact").with_settings(values)  # as an older run has it
    with pytest.raises(SettingError, match=message):
        check_recipe(recipe)


def test_a_network_of_too_many_parameters_is_refused():
    recipe = get_preset("compact").with_settings({"dense_units": (4096,) * 8})
    with pytest.raises(ConfigError, match="at most 100,000,000 parameters, received 118,3"):
        check_recipe(recipe, here=False)


def test_a_training_that_the_memory_cannot_hold_is_refused_where_it_is(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 5_000_000)
    recipe = get_preset("compact")
    with pytest.raises(memory.MemoryShortError, match="263,439 parameters with batches of 128"):
        check_recipe(recipe)
    assert check_recipe(recipe, here=False)


def test_a_batch_may_be_as_large_as_the_training_part_or_1024():
    check_batch(1024, 60)
    check_batch(12_600, 12_600)
    with pytest.raises(SettingError, match="about 12,600 galaxies; received 12,601"):
        check_batch(12_601, 12_600)


def test_neither_a_training_nor_a_search_of_too_large_a_batch_begins(data, tmp_path):
    path, recipe = data(spread(400)), get_preset("compact").with_settings({"batch_size": 2048})
    with pytest.raises(SettingError, match="Batch size: expected at most the training part"):
        submit(tmp_path, recipe, path, to_workers=True)
    space = replace(SPACES["compact"], base=recipe, dimensions=SPACES["compact"].dimensions[:1])
    with pytest.raises(ConfigError, match="The space 'compact': Batch size: expected at most"):
        searches.submit(tmp_path, space, path, budget=Budget(1), to_workers=True)
    assert not list_runs(tmp_path)
    assert not list_searches(tmp_path)
