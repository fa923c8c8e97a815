"""`xpz worker`, and what is left to it; its work itself is tested in tests/core/jobs."""

import shutil
from dataclasses import replace

import pytest
from filelock import FileLock

from core.data.dataset import save_dataset
from core.jobs.beat import host, new_beat, write_beat
from core.runs import SHIPPED_RUNS, Run, list_runs
from core.tuning import list_searches
from tests.support.galaxies import make_moving_line


@pytest.fixture
def toy_file(tmp_path):
    path = tmp_path / "toy.parquet"
    save_dataset(make_moving_line(300), path)
    return path


@pytest.fixture
def at_hand(tmp_path):
    """A worker of the folder of runs, whose process is ours."""
    folder = tmp_path / "runs" / ".workers"
    folder.mkdir(parents=True)
    write_beat(folder / "one.beat", new_beat(device="NVIDIA H200 (gpu:0)", job="hunt"))
    with FileLock(folder / "one.lock"):
        yield


def test_what_is_queued_waits_for_a_worker(xpz, tmp_path, toy_file):
    words = ("--data", toy_file, "--runs-dir", tmp_path / "runs", "--queue")
    result = xpz("train", *words, "--device", "gpu:5", "--name", "Far")
    assert result.exit_code == 0, result.output
    assert "None is there yet; start one: xpz worker --runs-dir" in result.stderr
    (run,) = list_runs(tmp_path / "runs")
    assert run.config.device == "gpu:5"
    assert run.status().waits_for_worker
    line = xpz("runs", "--runs-dir", tmp_path / "runs").stdout.splitlines()[0]
    assert line.split(maxsplit=1)[1] == "queued  waits for a worker  Far"
    assert xpz("tune", *words, "--trials", 2, "--workers", 2).exit_code == 0
    (search,) = list_searches(tmp_path / "runs")
    assert (search.status().waits_for_worker, search.config.workers) == (True, 2)
    line = xpz("tune", "list", "--runs-dir", tmp_path / "runs").stdout
    assert line.strip().endswith("queued  0 trials  waits for a worker")
    assert xpz("cancel", "--run", run.path).exit_code == 0
    assert run.status().state == "cancelled"
    again = xpz("resume", "--run", run.path, "--queue")
    assert again.exit_code == 0, again.output
    assert run.status().waits_for_worker


@pytest.mark.parametrize("number", [0, 65])
def test_so_many_trials_at_once_are_refused(xpz, tmp_path, toy_file, number):
    result = xpz("tune", "--data", toy_file, "--runs-dir", tmp_path, "--workers", number)
    assert result.exit_code == 1
    assert "--workers: expected at" in result.stderr
    assert list_searches(tmp_path) == []


def test_that_there_is_no_worker_is_said(xpz, tmp_path):
    result = xpz("worker", "--runs-dir", tmp_path, "--list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"No worker looks at {tmp_path}.\n"


def test_a_device_that_no_machine_has_is_refused(xpz, tmp_path, toy_file):
    words = ("--data", toy_file, "--runs-dir", tmp_path / "runs", "--queue", "--device", "tpu")
    result = xpz("train", *words)
    assert result.exit_code == 1
    assert "expected auto, cpu, gpu:N or several as 'gpu:0,gpu:1'; received 'tpu'" in result.stderr
    assert not (tmp_path / "runs").exists()


def test_who_may_take_it_is_said(xpz, tmp_path, toy_file, at_hand):
    result = xpz("train", "--data", toy_file, "--runs-dir", tmp_path / "runs", "--queue")
    assert f"Left to a worker: {host()} (NVIDIA H200 (gpu:0))." in result.stderr
    listed = xpz("worker", "--runs-dir", tmp_path / "runs", "--list").stdout
    assert listed.startswith(f"{host()}  NVIDIA H200 (gpu:0)  since 20")
    assert listed.endswith("Z  hunt\n")


def test_a_worker_leaves_what_it_cannot_do_and_ends_when_nothing_waits(xpz, tmp_path):
    """The data set of the run is on another machine."""
    run = Run(shutil.copytree(SHIPPED_RUNS / "compact-20k", tmp_path / "runs" / "own"))
    run.summary_path.unlink()
    run.write_status(replace(run.read_status(), state="queued", for_workers=True))
    words = ("worker", "--runs-dir", tmp_path / "runs", "--once", "--device", "cpu")
    result = xpz(*words)
    assert result.exit_code == 0, result.output
    assert f"Waiting for jobs in {tmp_path / 'runs'}." in result.stdout
    assert "Run 'own' is left: its data set is not at" in result.stdout
    assert result.stdout.endswith("0 jobs worked on.\n")
    assert run.status().waits_for_worker


def test_a_worker_for_a_device_that_is_not_here_does_not_begin(xpz, tmp_path):
    result = xpz("worker", "--runs-dir", tmp_path / "runs", "--device", "gpu:77", "--once")
    assert result.exit_code == 1
    assert "received 'gpu:77'" in result.stderr


def test_a_setting_is_called_by_its_option(xpz, tmp_path, toy_file):
    """Also where the option is not named as the field is, and where a form would say its label."""
    words = ("--data", toy_file, "--runs-dir", tmp_path)
    for told, received in {"--epochs": 0, "--dropout": 1.5, "--split-seed": -1}.items():
        result = xpz("train", *words, told, received)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {told}: expected ")
