"""The mirror against a real MLflow server with SQLite, and without one."""

import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from core.cli import main
from core.data.dataset import make_dataset, save_dataset
from core.errors import ConfigError, RunError
from core.evaluation.metrics import HEADLINE
from core.runs import Run
from core.sharing.mlflow import (
    ENVIRONMENT,
    URI_VARIABLE,
    mirror,
    mirror_if_asked,
    parameters,
    results,
)

needs_mlflow = pytest.mark.skipif(
    importlib.util.find_spec("mlflow") is None, reason="the extra 'mlflow' is not installed"
)
# The library warns of its own parts.
quietly = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
PASSWORD = "secret-word"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def run(save_mixture_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mirrored")
    random = np.random.default_rng(3)
    z = random.uniform(0, 0.5, 300)
    flux = 2 / (1 + 3 * z[:, None]) + random.normal(0, 0.1, (300, 186))
    ids = np.arange(300) + 10**12
    made = make_dataset(flux, z, ids, name="seen", flux_error=np.full(flux.shape, 0.1))
    save_dataset(made, folder / "seen.parquet")
    run = save_mixture_run(folder / "runs", made, folder / "seen.parquet")
    run.annotate(name="Of note", tags=("first", "small"), notes="As it should be.")
    run.write_status(replace(run.status(), state="done", started="2026-01-01T00:01:00+00:00"))
    return run


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of an MLflow server of our own."""
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    uri = f"http://127.0.0.1:{port}"
    words = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{folder}/runs.db"]
    words += ["--artifacts-destination", f"{folder}/artifacts"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *words],
            env={**os.environ, **ENVIRONMENT, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: answers(f"{uri}/health"), process)
        yield uri
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=1):
            return True
    except OSError:
        return False


def wait_for(condition, process=None, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        assert process is None or process.poll() is None, "the process has ended"
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.1)


@needs_mlflow
@quietly
class TestOnAServer:
    @pytest.fixture(scope="class")
    def client(self, server):
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=server)

    @pytest.fixture(scope="class")
    def mirrored(self, run, server, client):
        return client.get_run(mirror(run, server, "galaxies"))

    def test_settings_are_parameters(self, run, mirrored):
        assert mirrored.data.params == parameters(run)
        assert mirrored.data.params["network.components"] == "2"
        assert mirrored.data.params["data.hash"] == run.config.data.hash
        assert mirrored.info.status == "FINISHED"

    def test_curves_are_metrics_by_epoch(self, run, mirrored, client):
        curves = run.metrics()
        for name in ("loss", "val_mae", "learning_rate"):
            history = client.get_metric_history(mirrored.info.run_id, name)
            assert [point.step for point in history] == curves["epoch"].tolist()
            np.testing.assert_allclose([point.value for point in history], curves[name])

    def test_errors_with_intervals_are_metrics(self, run, mirrored):
        report, metrics = run.summary()["evaluation"], mirrored.data.metrics
        for name in HEADLINE:
            assert metrics[f"test_{name}"] == pytest.approx(report[name])
        ends = metrics["test_mae_low"], metrics["test_mae_high"]
        assert ends == pytest.approx(tuple(report["intervals"]["mae"]))

    def test_what_people_wrote_is_there(self, mirrored):
        assert mirrored.info.run_name == "Of note"
        assert mirrored.data.tags["xpz.tags"] == "first, small"
        assert mirrored.data.tags["mlflow.note.content"] == "As it should be."

    def test_of_a_run_calibrated_anew_the_training_spectra_are_told(
        self, run, server, client, tmp_path
    ):
        shutil.copytree(run.path, tmp_path / run.run_id)
        path = tmp_path / run.run_id / "config.json"
        config = json.loads(path.read_text())
        config["recalibrated"] = config["data"] | {"origin": "simulated"}
        path.write_text(json.dumps(config))
        tags = client.get_run(mirror(Run(path.parent), server, "anew")).data.tags
        assert tags["mlflow.note.content"].startswith("Trained on simulated spectra.")
        assert tags["xpz.origin"] == "unknown"

    def test_files_come_back_byte_by_byte(self, run, mirrored, client, tmp_path):
        run_id = mirrored.info.run_id
        names = {each.path for each in client.list_artifacts(run_id)}
        assert {"model.onnx", "predictions.parquet", "config.json", "card.md"} <= names
        path = client.download_artifacts(run_id, "model.onnx", str(tmp_path))
        with open(path, "rb") as file:
            assert file.read() == run.onnx_path.read_bytes()

    def test_a_second_time_the_copy_is_brought_up_to_date(self, run, mirrored, server, client):
        run.annotate(name="Of more note")
        again = mirror(run, server, "galaxies")
        assert again == mirrored.info.run_id
        assert client.get_run(again).info.run_name == "Of more note"
        assert len(client.get_metric_history(again, "loss")) == len(run.metrics())

    def test_the_command_prints_the_id_and_nothing_else(self, run, mirrored, server):
        words = ["--run", str(run.path), "--experiment", "galaxies"]
        result = CliRunner().invoke(main, ["mlflow", *words], env={URI_VARIABLE: server})
        assert result.exit_code == 0, result.output
        assert result.stdout == f"{mirrored.info.run_id}\n"

    def test_a_training_mirrors_in_a_process_of_its_own(self, run, server, client, monkeypatch):
        monkeypatch.setenv(URI_VARIABLE, server)
        mirror_if_asked(run)
        wait_for(lambda: run.mirror_log_path.is_file() and run.mirror_log_path.read_text())
        wait_for(lambda: "as MLflow run" in run.mirror_log_path.read_text())
        experiment = client.get_experiment_by_name("xpz")
        (found,) = client.search_runs([experiment.experiment_id])
        assert found.data.tags["xpz.run_id"] == run.run_id


@needs_mlflow
@quietly
def test_without_a_server_a_sentence_says_so_and_tells_no_password(run, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    uri = f"http://someone:{PASSWORD}@127.0.0.1:{free_port()}"
    with pytest.raises(
        RunError, match=r"at http://127\.0\.0\.1:\d+: no server answers.*when the server answers"
    ) as told:
        mirror(run, uri)
    assert PASSWORD not in str(told.value)


@needs_mlflow
@quietly
def test_a_store_that_refuses_is_no_server_to_wait_for(run, tmp_path):
    with pytest.raises(RunError, match="filesystem") as told:  # which MLflow has given up
        mirror(run, (tmp_path / "store").as_uri())
    assert "server answers" not in str(told.value)


def test_a_training_is_not_held_up_by_a_mirror_that_fails(run, monkeypatch):
    monkeypatch.setenv(URI_VARIABLE, "no address")
    run.mirror_log_path.unlink(missing_ok=True)
    mirror_if_asked(run)
    wait_for(lambda: run.mirror_log_path.is_file() and run.mirror_log_path.read_text())
    assert "Expected the address of an MLflow server" in run.mirror_log_path.read_text()


def test_nobody_is_told_of_a_run_unless_asked(run, monkeypatch):
    monkeypatch.delenv(URI_VARIABLE, raising=False)
    run.mirror_log_path.unlink(missing_ok=True)
    mirror_if_asked(run)
    assert not run.mirror_log_path.exists()


def test_an_unfinished_run_is_refused(run, tmp_path):
    (tmp_path / "half").mkdir()
    for name in ("config.json", "status.json"):
        (tmp_path / "half" / name).write_bytes((run.path / name).read_bytes())
    with pytest.raises(RunError, match="only a complete run is mirrored"):
        mirror(Run(tmp_path / "half"), "http://127.0.0.1:5000")


@pytest.mark.parametrize("address", ["somewhere", "http://[::1"])
def test_what_is_no_address_is_refused(run, address):
    with pytest.raises(ConfigError, match=rf"received '{re.escape(address)}'"):
        mirror(run, address)


def test_every_number_of_a_summary_is_finite(run):
    found = results(run.summary())
    assert found["best_epoch"] == run.summary()["best_epoch"]
    assert np.isfinite(list(found.values())).all()
