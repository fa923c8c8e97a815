"""The training process' own code, run inside this process; test_queue.py starts real ones."""

import os
import time
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from core.data.dataset import make_dataset, save_dataset
from core.data.split import SplitConfig, split_by_source
from core.errors import DataError, RunError
from core.jobs import resume
from core.jobs.devices import Device, list_devices
from core.jobs.turn import CancelledError, turn
from core.prediction.calibration.calibration import Calibration
from core.prediction.dataset import predict_dataset
from core.prediction.notices import of_calibration
from core.runs import Status
from core.training import job
from core.training.callbacks import RunWatch
from core.training.parts import read_parts
from core.training.worker import work


@pytest.fixture(autouse=True)
def same_environment(monkeypatch):
    """Keep the choice of a device from the other tests of this process."""
    monkeypatch.setattr(os, "environ", dict(os.environ))


def test_a_training_that_comes_apart_fails_with_a_sentence(make_run):
    run = make_run(optimizer="sgd", learning_rate=1e30, loss="mse")
    assert work(run) == "failed"
    status = run.status()
    assert status.state == "failed"
    assert status.ended
    assert status.message.startswith("The loss became ")
    assert not run.is_complete
    assert not run.can_resume(status)
    with pytest.raises(RunError, match=r"would fail again\. The loss became .*learning rate"):
        resume(run)
    assert run.status() == status


def test_changed_data_are_refused(make_run):
    run = make_run(data_hash="f" * 64)
    assert work(run) == "failed"
    assert "has changed: it began with 'toy', hash ffffffffffff" in run.status().message
    assert run.can_resume(run.status())  # the file may be brought back


def test_missing_data_are_told(make_run, toy_file, tmp_path):
    run = make_run()
    hidden = toy_file.rename(tmp_path / "hidden.parquet")
    try:
        with pytest.raises(DataError, match=r"'toy' is not at .*toy\.parquet any more"):
            read_parts(run, needs_errors=False)
    finally:
        hidden.rename(toy_file)
    assert len(read_parts(run, needs_errors=False).split.train) > 300


def test_the_parts_are_the_rows_of_the_split(make_run, toy, tmp_path):
    path = tmp_path / "errors.parquet"
    errors = np.ones_like(toy.flux)
    save_dataset(
        make_dataset(toy.flux, toy.z, name="toy", flux_error=errors, g_mag=toy.g_mag), path
    )
    parts = read_parts(make_run(data_path=path), needs_errors=False)
    split = split_by_source(toy.source_id, SplitConfig())
    for part, rows in (
        (parts.training, split.train),
        (parts.validation, split.validation),
        (parts.test, split.test),
    ):
        np.testing.assert_array_equal(part.flux, toy.flux[rows])
        np.testing.assert_array_equal(part.z, toy.z[rows])
        np.testing.assert_array_equal(part.source_id, toy.source_id[rows])
    np.testing.assert_array_equal(parts.test.g_mag, toy.g_mag[split.test])
    assert parts.training.flux_error is None
    assert parts.validation.flux_error.shape == parts.validation.flux.shape
    assert parts.split.hash == split.hash


@pytest.mark.parametrize("end", ["starts", "fails"])
def test_a_finished_run_is_mirrored_by_another_process_if_asked(make_run, monkeypatch, end):
    started = []

    def start(module, words, log, ready):
        assert run.status().state == "done"
        started.append((module, *words))
        if end == "fails":
            raise OSError("no memory for another process")

    monkeypatch.setattr(job, "train", lambda run, device: None)
    monkeypatch.setattr("core.jobs.detached.start", start)
    monkeypatch.setenv("XPZ_MLFLOW_URI", "http://127.0.0.1:5000")
    run = make_run()
    assert work(run) == "done"
    assert started == [("core.sharing.mlflow", str(run.path))]
    assert run.status().state == "done"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "Out of memory"),
        (RuntimeError("RESOURCE_EXHAUSTED: 9 GiB"), "Out of memory"),
        (ZeroDivisionError("by zero"), "unexpected ZeroDivisionError; its log has the details"),
    ],
)
def test_defects_are_told_without_a_traceback(make_run, monkeypatch, caplog, error, sentence):
    def fails(run, device):
        raise error

    monkeypatch.setattr(job, "train", fails)
    run = make_run()
    assert work(run) == "failed"
    assert sentence in run.status().message
    assert "\n" not in run.status().message
    assert "Traceback" in caplog.text


def test_a_file_half_written_does_not_get_its_name(make_run, monkeypatch):
    """One after the other, each time from the checkpoint of the only epoch."""

    def breaks(self, path):
        path.write_bytes(b"half")
        raise OSError("the disk is full")

    run = make_run(epochs=1, batch_size=64)
    for writer, name in (
        ("keras.Model.save", "model.keras"),
        ("core.model.scaling.Scaler.save", "scaler.npz"),
        ("pandas.DataFrame.to_parquet", "predictions.parquet"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(writer, breaks)
            assert work(run) == "failed"
        assert f"{name}: cannot be written: the disk is full." in run.status().message
        assert not [path for path in run.path.iterdir() if name in path.name]


def test_the_exported_network_predicts_not_the_coarser_one_of_a_gpu(make_run, monkeypatch, toy):
    exact = keras.Model.predict

    def coarse(self, *args, **settings):
        return exact(self, *args, **settings).astype(np.float16)

    monkeypatch.setattr(keras.Model, "predict", coarse)
    run = make_run(epochs=1, batch_size=64)
    assert work(run) == "done"
    shipped = predict_dataset(run, toy.take(split_by_source(toy.source_id, SplitConfig()).test))
    assert_frame_equal(run.predictions(), shipped, check_exact=True)


def test_a_training_ends_with_a_calibration(trained):
    predictions = trained.predictions()
    calibration = Calibration.load(trained)
    lower, upper = calibration.intervals.around(predictions["z_pred"], 0.68)
    np.testing.assert_array_equal(predictions["z_lower"], lower)
    np.testing.assert_array_equal(predictions["z_upper"], upper)
    inside = (predictions["z_spec"] >= lower) & (predictions["z_spec"] <= upper)
    assert trained.summary()["coverage"]["68"] == pytest.approx(inside.mean())
    assert set(trained.summary()["coverage"]) == {"68", "95"}


def test_too_few_galaxies_to_calibrate_do_not_lose_the_network(make_run, toy, tmp_path, caplog):
    caplog.set_level("INFO", "core")
    few = toy.take(np.arange(60))
    save_dataset(few, tmp_path / "few.parquet")
    run = make_run(
        epochs=1, batch_size=64, data_path=tmp_path / "few.parquet", data_hash=few.card.hash
    )
    assert work(run) == "done"
    assert "expected at least 39 galaxies in the validation part" in caplog.text
    assert caplog.text.index("will end without a calibration") < caplog.text.index("epoch 1")
    assert run.status().message.startswith("No intervals and few flags: expected at least 39")
    (notice,) = of_calibration(run)
    assert "It cannot be calibrated: expected at least 39 galaxies" in notice.sentence
    assert "Train on about 145 galaxies" in notice.sentence
    assert "xpz calibrate" not in notice.sentence
    assert not run.calibration_path.exists()
    assert "coverage" not in run.summary()
    assert "flags" not in run.predictions()


def test_a_waiting_run_obeys_a_request_to_stop(make_run):
    run = make_run()
    run.cancel_path.touch()
    assert work(run) == "cancelled"
    assert run.status().state == "cancelled"


def test_a_run_that_makes_its_network_ready_obeys_a_request_to_stop(make_run, monkeypatch):
    def take_long(*_, **__):
        run.cancel_path.touch()
        time.sleep(30)

    run = make_run()
    monkeypatch.setattr("core.training.loop.build_network", take_long)
    assert work(run) == "cancelled"
    assert run.status().state == "cancelled"


@pytest.fixture
def queued(make_run):
    """Return what makes a waiting run, submitted on this day, that tries for a device once."""

    def make(run_id, day, **settings):
        run = make_run(run_id, **settings)
        run.write_status(Status("queued", submitted=f"2026-01-{day:02d}T00:00:00+00:00"))
        return run

    return make


@pytest.fixture
def one_try(monkeypatch):
    """Make `turn` give up where it would wait for the next try."""

    class WaitedError(Exception):
        pass

    def wait(seconds):
        raise WaitedError

    monkeypatch.setattr("core.jobs.turn.time", SimpleNamespace(sleep=wait))
    return WaitedError


def test_devices_are_given_in_order_of_submission(queued, one_try):
    early, late = queued("z-early", 1), queued("a-late", 2)
    with early.worker_lock():
        with pytest.raises(one_try), turn(late):
            pytest.fail("the later run came first")
        with turn(early) as device:
            assert device.id == "cpu"


def test_a_waiting_run_whose_process_died_blocks_nobody(queued, one_try):
    early, late = queued("early", 1), queued("late", 2)
    assert early.status().state == "lost"
    with turn(late) as device:
        assert device.id == "cpu"


def test_a_damaged_neighbour_blocks_nobody(queued, one_try, caplog):
    caplog.set_level("INFO")
    halved, late = queued("halved", 1), queued("late", 2)
    (halved.path / "status.json").unlink()
    with turn(late) as device:
        assert device.id == "cpu"
    assert "'halved': status.json is missing" in caplog.text


def test_a_neighbour_that_waits_for_a_device_we_do_not_see_blocks_nobody(queued, one_try):
    other, late = queued("other", 1, device="gpu:77"), queued("late", 2)
    with other.worker_lock(), turn(late) as device:
        assert other.status().state == "queued"
        assert device.id == "cpu"


def test_a_run_whose_own_device_is_not_there_fails(queued):
    run = queued("mine", 1, device="gpu:77")
    assert work(run) == "failed"
    assert "received 'gpu:77'" in run.status().message


def test_one_training_on_a_device_at_a_time(queued, one_try):
    first, second = queued("first", 1), queued("second", 2)
    with turn(first), pytest.raises(one_try), turn(second):
        pytest.fail("two on one device")
    with turn(second) as device:
        assert device.id == "cpu"


def test_a_gpu_that_keras_does_not_see():
    gpu = Device("gpu:0", "NVIDIA H200", "gpu")
    with pytest.raises(RunError, match=r"sees no GPU, NVIDIA H200 \(gpu:0\) was asked for"):
        job.device_in_use("gpu:0", gpu)
    assert job.device_in_use("auto", gpu) == list_devices()[-1].label


class TestWatch:
    @pytest.fixture
    def watch(self, make_run):
        run = make_run()
        watch = RunWatch(run, Status("running", epochs=3))
        watch.set_params({"steps": 10})
        watch.finished([{"seconds": 2.0}])
        watch.on_epoch_begin(1)
        return watch

    def test_it_writes_no_more_than_about_twice_a_second(self, watch, monkeypatch):
        written = []
        monkeypatch.setattr(type(watch.job), "write_status", lambda run, s: written.append(s))
        now = [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        watch._updated = 0.0
        watch.on_epoch_begin(1)
        for batch in range(10):
            now[0] += 0.1001
            watch.on_train_batch_end(batch, {"loss": 0.1})
        assert [status.step for status in written] == [5, 10]
        assert written[0].epoch == 1
        assert written[0].steps == 10
        assert written[0].seconds == pytest.approx(2.5, abs=0.01)

    def test_what_is_compiled_is_no_measure_of_what_is_left(self, make_run, monkeypatch):
        now = [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        watch = RunWatch(make_run(), Status("running", epochs=3))
        watch.set_params({"steps": 5})
        watch.finished([])
        watch.on_epoch_begin(0)
        left = []
        for batch, seconds in enumerate((60, 1.5, 1.5, 1.5, 1.5)):
            now[0] += seconds
            watch.on_train_batch_end(batch, {"loss": 0.1})
            left.append(watch.status.seconds_left)
        assert left == [None, None, *(pytest.approx(1.5 * each) for each in (12, 11, 10))]
        watch.finished([{"seconds": 66.0}])
        assert watch.status.seconds_left == pytest.approx(12)
        watch.finished([{"seconds": 66.0}, {"seconds": 7.0}])
        assert watch.status.seconds_left == pytest.approx(7)

    def test_it_stops_at_a_loss_that_is_no_number(self, watch):
        watch._updated -= 1
        with pytest.raises(RunError, match="The loss became nan in epoch 2"):
            watch.on_train_batch_end(0, {"loss": float("nan")})

    def test_it_obeys_in_every_batch(self, watch):
        watch.on_train_batch_end(0, {"loss": 0.1})
        watch.job.cancel_path.touch()
        with pytest.raises(CancelledError):
            watch.on_train_batch_end(1, {"loss": 0.1})
        with pytest.raises(CancelledError):
            watch.on_test_batch_end(0)
