import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.atomic import write_json
from core.config import to_dict
from core.data.dataset import load_dataset, make_dataset, save_dataset
from core.data.split import split_by_source
from core.memory import MemoryShortError
from core.prediction.dataset import predict_dataset, predict_unseen
from core.prediction.seen import used_in_training
from core.runs import Run, Start, open_run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def run():
    return open_run(ROOT / "assets" / "runs", "compact-20k")


@pytest.fixture(scope="module")
def shipped():
    return load_dataset(ROOT / "data" / "simulated-20k.parquet")


def test_the_test_part_is_predicted_as_at_the_end_of_the_training(run, shipped):
    test = split_by_source(shipped.source_id, run.config.split).test
    table = predict_dataset(run, shipped.take(test))
    stored = run.predictions()
    assert np.array_equal(table["source_id"], stored["source_id"])
    assert np.abs(table["z_pred"] - stored["z_pred"]).max() < 1e-5
    assert "g_mag" in table


def test_what_does_not_fit_in_memory_is_not_begun(run, shipped, monkeypatch):
    n = len(split_by_source(shipped.source_id, run.config.split).test)
    monkeypatch.setattr("core.memory.available_bytes", lambda: 300 * n - 1)
    with pytest.raises(MemoryShortError, match=f"predicting {n:,} galaxies: needs about 1 MB"):
        predict_unseen(run, shipped)


def test_only_the_test_part_of_the_runs_own_data_is_unused(run, shipped):
    used = used_in_training(run, shipped)
    split = split_by_source(shipped.source_id, run.config.split)
    assert np.array_equal(np.flatnonzero(~used), np.sort(split.test))


def test_used_galaxies_are_found_in_another_data_set(run, shipped):
    split = split_by_source(shipped.source_id, run.config.split)
    own = np.concatenate([split.train[:5], split.validation[:4], split.test[:3]])
    fresh = np.array([1, 2, 3, 4])
    mixed = make_dataset(
        np.concatenate([shipped.flux[own], shipped.flux[:4]]),
        np.concatenate([shipped.z[own], shipped.z[:4]]),
        np.concatenate([shipped.source_id[own], fresh]),
        name="mixed",
    )
    assert used_in_training(run, mixed).tolist() == [True] * 9 + [False] * 7


@pytest.mark.parametrize("kept", ["nothing", "another file"])
def test_nobody_can_tell_without_the_runs_own_data(run, shipped, tmp_path, kept):
    moved = tmp_path / "assets" / "runs" / "compact-20k"
    shutil.copytree(run.path, moved, ignore=shutil.ignore_patterns("seen.npz"))
    part = shipped.take(np.arange(20))
    if kept == "another file":
        there = Run(moved).data_path
        there.parent.mkdir(parents=True, exist_ok=True)
        save_dataset(part, there)
    assert used_in_training(Run(moved), part) is None


def test_a_fine_tuned_run_has_seen_what_its_start_was_trained_with(run, shipped, tmp_path):
    """Simulated galaxies, and its own observed ones, which cannot be among them."""
    without = shutil.ignore_patterns("seen.npz")
    tuned = Run(shutil.copytree(run.path, tmp_path / "tuned", ignore=without))
    data = replace(run.config.data, origin="observed", hash="0" * 64)
    config = replace(run.config, data=data, start=Start(run.run_id, str(run.path), "1" * 64))
    write_json(tuned.path / "config.json", to_dict(config))
    assert np.array_equal(used_in_training(tuned, shipped), used_in_training(run, shipped))
    gone = replace(config, start=Start(run.run_id, "../gone", "1" * 64))
    write_json(tuned.path / "config.json", to_dict(gone))
    assert used_in_training(Run(tuned.path), shipped) is None


def test_row_numbers_are_no_ids(run, shipped, tmp_path):
    """Two sets without ids are both numbered from 0; that does not make their galaxies the same."""
    numbered = make_dataset(shipped.flux[:20], shipped.z[:20], name="numbered")
    assert used_in_training(run, numbered) is None
