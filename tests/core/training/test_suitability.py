"""What a training cannot give is said before it begins."""

import re

import numpy as np
import pytest

from core.data.dataset import make_dataset, save_dataset
from core.data.split import SplitConfig
from core.errors import DataError
from core.model.presets import get_preset
from core.prediction.calibration.needed import MIN_GALAXIES, MIN_TRAINING, shortage
from core.runs import list_runs
from core.spectra import N_SAMPLES
from core.training.queue import submit
from core.training.suitability import check_data, of_warmup
from core.tuning import queue as searches
from core.tuning.search import Budget, list_searches
from core.tuning.space import SPACES


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
    message = "have the same redshift, 0.1; a network cannot learn a constant"
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


@pytest.mark.parametrize(("epochs", "warmup"), [(1, 2.0), (2, 2.0), (1, 1.0)])
def test_a_warm_up_as_long_as_the_training_is_told(epochs, warmup):
    (notice,) = of_warmup(epochs, warmup)
    assert notice.sentence.startswith(f"Warm-up [epochs]: {warmup:g}, which the training's")
    assert ("1 epoch cannot" in notice.sentence) is (epochs == 1)


def test_a_shorter_warm_up_needs_no_words():
    assert of_warmup(3, 2.0) == of_warmup(1, 0.0) == ()
