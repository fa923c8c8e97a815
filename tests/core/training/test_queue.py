"""Trainings that are submitted; each real process costs the import of Keras, so they are few."""

import os
import shutil
import sys

import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from pyarrow import parquet

from core import jobs
from core.data.dataset import load_dataset, save_dataset
from core.errors import ConfigError, DataError, RunError
from core.evaluation.metrics import mae
from core.jobs import device_lock, is_held
from core.prediction.dataset import predict_dataset
from core.runs import list_runs, open_run
from core.training import queue
from core.training.worker import work
from tests.support.processes import kill, processes_of, wait_until


@pytest.fixture
def runs_dir(tmp_path):
    """Return the folder of the runs; end what still runs in it."""
    folder = tmp_path / "runs"
    yield folder
    for run in list_runs(folder):
        for process in processes_of(run):
            process.kill()


def test_a_run_has_everything_in_its_folder(trained):
    assert trained.is_complete
    assert trained.run_id.startswith("toy-")
    for path in (trained.model_path, trained.onnx_path, trained.scaler_path):
        assert path.is_file()
    assert not trained.checkpoint_path.exists()
    metrics = trained.metrics()
    assert list(metrics["epoch"]) == list(range(1, trained.config.recipe.training.epochs + 1))
    assert metrics.notna().all(axis=None)
    assert metrics["val_mae"].iloc[-1] < metrics["val_mae"].iloc[0]


def test_its_status_tells_the_whole_story(trained):
    status, epochs = trained.status(), trained.config.recipe.training.epochs
    assert (status.state, status.epoch, status.epochs) == ("done", epochs, epochs)
    assert status.created <= status.submitted <= status.started <= status.ended
    assert status.device.endswith("(cpu)")
    assert status.seconds == pytest.approx(trained.metrics()["seconds"].sum())
    assert status.fraction == 1


def test_its_summary_agrees_with_what_it_sums_up(trained, toy):
    summary, metrics = trained.summary(), trained.metrics()
    predictions = trained.predictions()
    assert summary["n_train"] + summary["n_validation"] + summary["n_test"] == len(toy)
    assert summary["n_test"] == len(predictions) == summary["evaluation"]["n"]
    assert summary["best_epoch"] == metrics["epoch"][metrics["val_loss"].idxmin()]
    assert summary["train_seconds"] == pytest.approx(metrics["seconds"].sum())
    assert summary["data_hash"] == toy.card.hash
    assert summary["backend"] == "tensorflow"
    assert "from_disk" not in summary
    assert summary["evaluation"]["mae"] == pytest.approx(
        mae(predictions["z_spec"], predictions["z_pred"])
    )
    # A network without p(z) gives after its calibration what it gave in training.
    best = metrics["val_mae"][summary["best_epoch"] - 1]
    assert summary["validation_mae"] == pytest.approx(best, rel=1e-4)


def test_its_predictions_are_of_the_data_set_and_good(trained, toy):
    predictions = trained.predictions().set_index("source_id")
    rows = np.flatnonzero(np.isin(toy.source_id, predictions.index))
    ordered = predictions.loc[toy.source_id[rows]]
    np.testing.assert_array_equal(ordered["z_spec"], toy.z[rows])
    np.testing.assert_array_equal(ordered["g_mag"], toy.g_mag[rows])
    # Guessing the mean of z would give 0.12.
    assert np.abs(ordered["z_pred"] - ordered["z_spec"]).mean() < 0.07


def test_a_copy_elsewhere_predicts_without_keras_and_data(trained, toy, tmp_path):
    shutil.copytree(trained.path, tmp_path / "copy")
    copy = open_run(tmp_path, "copy")
    predictions = copy.predictions()
    rows = np.flatnonzero(np.isin(toy.source_id, predictions["source_id"]))
    # To the bit: what is shipped is what predicts.
    assert_frame_equal(predict_dataset(copy, toy.take(rows)), predictions, check_exact=True)


def test_a_finished_run_can_be_neither_cancelled_nor_resumed(trained):
    with pytest.raises(RunError, match="is done; there is nothing to cancel"):
        jobs.stop(trained)
    with pytest.raises(RunError, match="is done; only a run that is cancelled or failed or lost"):
        jobs.resume(trained)


@pytest.fixture
def work_here(monkeypatch):
    """Return what has trainings be worked on in this process from then on, which has Keras."""

    def begin():
        monkeypatch.setattr("core.jobs.queue.start_process", work)
        monkeypatch.setattr(os, "environ", dict(os.environ))

    return begin


def test_killed_resumed_cancelled_resumed_it_ends_as_if_never_broken(
    trained, runs_dir, toy_file, work_here
):
    recipe = trained.config.recipe
    epochs = recipe.training.epochs
    broken = queue.submit(runs_dir, recipe, toy_file, run_id="broken", device="cpu")
    wait_until(lambda: broken.status().epoch >= 2)
    assert is_held(device_lock(runs_dir, "cpu"))
    for lock in broken.path.glob("*.lock"):
        lock.unlink()
    with pytest.raises(
        RunError, match="is running; only a run that is cancelled or failed or lost"
    ):
        jobs.resume(broken)
    kill(broken)
    lost = broken.status()
    assert (lost.state, 2 <= lost.epoch < epochs) == ("lost", True)
    assert f"Resume continues after epoch {lost.epoch}" in lost.message
    for name in (".checkpoint.npz", ".onnx-killed"):
        (broken.path / name).write_bytes(b"half")
    jobs.resume(broken)
    wait_until(lambda: broken.status().epoch > lost.epoch)
    jobs.stop(broken)
    cancelled = jobs.wait(broken)
    assert (cancelled.state, lost.epoch < cancelled.epoch < epochs) == ("cancelled", True)
    work_here()
    jobs.resume(broken)
    assert broken.status().state == "done", broken.log()
    assert "Traceback" not in broken.log()
    assert not [path for path in broken.path.iterdir() if path.name.startswith(".")]
    for name in ("epoch", "loss", "mae", "val_loss", "val_mae", "learning_rate"):
        np.testing.assert_allclose(
            broken.metrics()[name], trained.metrics()[name], rtol=1e-3, atol=1e-7, err_msg=name
        )
    np.testing.assert_allclose(
        broken.predictions()["z_pred"], trained.predictions()["z_pred"], atol=1e-3
    )


def test_a_failed_run_goes_on_when_its_data_are_back(make_run, toy, tmp_path, work_here):
    work_here()
    path = tmp_path / "data.parquet"
    run = make_run(data_path=path, epochs=1, batch_size=64)
    assert work(run) == "failed"
    assert "is not at" in run.status().message
    save_dataset(toy, path)
    assert load_dataset(path).card.hash == run.config.data.hash
    jobs.resume(run)
    assert run.status().state == "done"


def test_what_cannot_be_trained_is_refused_before_a_run_is_made(tmp_path, recipe, toy_file):
    with pytest.raises(ConfigError, match="gpu:77"):
        queue.submit(tmp_path, recipe(), toy_file, device="gpu:77")
    with pytest.raises(ConfigError, match=r"Learning rate: .* at most 1, received 50"):
        queue.submit(tmp_path, recipe(learning_rate=50.0), toy_file)
    with pytest.raises(DataError):
        queue.submit(tmp_path, recipe(), tmp_path / "missing.parquet")
    with pytest.raises(RunError, match="Expected a run id"):
        queue.submit(tmp_path, recipe(), toy_file, run_id="../elsewhere")
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_without_a_card_is_known_by_its_rows(
    tmp_path, recipe, toy, toy_file, no_process
):
    path = tmp_path / "foreign.parquet"
    parquet.write_table(parquet.read_table(toy_file).replace_schema_metadata(), path)
    run = queue.submit(tmp_path / "runs", recipe(), path)
    assert run.config.data.hash == toy.card.hash
    assert run.data_path == path


@pytest.fixture
def no_process(monkeypatch):
    """Let a program that fails at once stand for the training process."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
