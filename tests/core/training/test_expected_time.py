import json
import shutil
from dataclasses import replace

import pytest

from core.model import PRESETS
from core.runs import SHIPPED_RUNS, open_run
from core.training import expected_time

RUNS = [open_run(SHIPPED_RUNS, name) for name in ("compact-520k", "dissertation-20k")]
RECIPE = PRESETS["dissertation"]


def test_the_time_of_a_training_grows_with_spectra_and_epochs():
    told = RUNS[1].summary()
    same = expected_time(RECIPE, told["n_train"], RUNS)
    assert same.judged_by == RUNS[1]
    assert same.seconds == pytest.approx(told["train_seconds"])
    training = replace(RECIPE.training, epochs=2 * told["epochs_run"])
    twice = expected_time(replace(RECIPE, training=training), 3 * told["n_train"], RUNS)
    assert twice.seconds == pytest.approx(6 * told["train_seconds"])


def test_another_network_or_batch_tells_nothing():
    assert expected_time(PRESETS["compact"], 1000, RUNS[1:]) is None
    training = replace(RECIPE.training, batch_size=RECIPE.training.batch_size * 2)
    assert expected_time(replace(RECIPE, training=training), 1000, RUNS) is None


def test_a_run_that_is_damaged_or_measured_nothing_is_passed_over(tmp_path):
    for name in ("damaged", "silent"):
        shutil.copytree(RUNS[1].path, tmp_path / name)
    (tmp_path / "damaged" / "summary.json").write_text("{")
    told = dict(RUNS[1].summary()) | {"train_seconds": None}
    (tmp_path / "silent" / "summary.json").write_text(json.dumps(told))
    runs = [open_run(tmp_path, name) for name in ("damaged", "silent")]
    assert expected_time(RECIPE, 1000, runs) is None
    assert expected_time(RECIPE, 1000, [*runs, RUNS[1]]).judged_by == RUNS[1]
