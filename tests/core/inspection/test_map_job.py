"""The making of a map, here and in a process of its own."""

import re
import shutil
import sys
import time

import numpy as np
import psutil
import pytest

from core.data.dataset import save_dataset
from core.errors import DataError, RunError
from core.inspection import map_job, wavelength_map
from core.inspection.map_job import MapJob, MapStatus, explain
from core.inspection.wavelength_map import SAMPLES, WavelengthMap
from core.jobs import stop
from core.runs import Run


@pytest.fixture(scope="module")
def small(galaxies):
    return galaxies.take(np.arange(600))


@pytest.fixture(scope="module")
def made_once(small, save_mixture_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    save_dataset(small, folder / "small.parquet")
    return save_mixture_run(folder / "runs", small, folder / "small.parquet", "small")


@pytest.fixture
def run(made_once, tmp_path):
    """A complete run of 600 galaxies; what works on it in the end is ended."""
    run = Run(shutil.copytree(made_once.path, tmp_path / "runs" / "small"))
    yield run
    for process in processes_of(run):
        process.kill()


def processes_of(run):
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(run.path) in (process.info["cmdline"] or [])
    ]


def wait_until(condition, seconds=100):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def status_of(run):
    return MapJob(run.path).status()


def leftovers(run):
    job = MapJob(run.path)
    return [path.name for path in (job.status_path, job.cancel_path) if path.exists()]


def test_a_process_makes_the_map(run, small):
    map_job.start(run)
    wait_until(lambda: status_of(run).state == "done")
    found = WavelengthMap.load(run)
    assert found.origin.galaxies == f"the test part of {small.card.name}"
    assert found.n.sum() == run.summary()["n_test"]
    assert not leftovers(run)


def test_a_map_in_the_making_is_not_begun_again(run):
    with MapJob(run.path).worker_lock(), pytest.raises(RunError, match="is active right now"):
        map_job.start(run)


def test_by_default_the_galaxies_are_the_test_part(run, small):
    seen = []
    found = explain(run, progress=lambda *numbers: seen.append(numbers))
    assert seen[0] == (0, 0)
    assert seen[-1] == (len(SAMPLES), len(SAMPLES))
    assert found.origin.data_hash == small.card.hash
    assert found.origin.data_origin == "simulated"
    stored = WavelengthMap.load(run)
    np.testing.assert_array_equal(stored.strength, found.strength)
    z = run.predictions()["z_spec"]
    np.testing.assert_array_equal(found.n, np.histogram(z, found.edges)[0])


def test_galaxies_of_another_set_are_looked_at_but_for_those_it_was_trained_with(
    run, galaxies, tmp_path
):
    path = tmp_path / "mixed.parquet"
    save_dataset(galaxies.take(np.arange(500, 640)), path)
    found = explain(run, path)
    unseen = np.isin(galaxies.source_id[500:600], run.predictions()["source_id"]).sum()
    assert found.n.sum() == 40 + unseen
    assert found.origin.galaxies == galaxies.card.name


def test_what_cannot_be_made_says_why_and_leaves_the_old_map(run, galaxies, tmp_path, monkeypatch):
    explain(run)
    before = run.wavelength_map_path.read_bytes()
    seen = galaxies.take(np.arange(600))
    seen = seen.take(~np.isin(seen.source_id, run.predictions()["source_id"]))
    save_dataset(seen, tmp_path / "seen.parquet")
    for data, words in (
        (tmp_path / "none.parquet", "another data set: --data FILE"),
        (tmp_path / "seen.parquet", "Every galaxy of .* was used to train 'small'"),
    ):
        with pytest.raises(DataError, match=words):
            explain(run, data)
        assert status_of(run).state == "done"
        assert not MapJob(run.path).has_worker()
        monkeypatch.setattr(sys, "argv", ["map_job", str(run.path), str(data)])
        assert map_job.work(MapJob(run.path)) == "failed"
        assert status_of(run).state == "failed"
        assert re.search(words, status_of(run).message)
    assert run.wavelength_map_path.read_bytes() == before
    explain(run)
    assert status_of(run).state == "done"


def test_the_runs_own_data_set_must_not_have_changed(run, galaxies, monkeypatch, tmp_path):
    path = tmp_path / "changed.parquet"
    save_dataset(galaxies.take(np.arange(100)), path)
    monkeypatch.setattr(Run, "data_path", path)
    with pytest.raises(DataError, match=r"which 'small' was trained on; received .*--data"):
        explain(run)


def test_a_defect_is_told_without_its_inside(run, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(wavelength_map, "make_map", fails)
    with pytest.raises(ZeroDivisionError):
        explain(run)
    assert status_of(run).state == "done"
    monkeypatch.setattr(sys, "argv", ["map_job", str(run.path)])
    assert map_job.work(MapJob(run.path)) == "failed"
    assert "unexpected ZeroDivisionError" in status_of(run).message
    assert "its log" in status_of(run).message


def test_ctrl_c_leaves_nothing(run, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(wavelength_map, "make_map", interrupted)
    with pytest.raises(KeyboardInterrupt):
        explain(run)
    assert status_of(run).state == "done"
    assert not leftovers(run)


def test_two_do_not_make_it_at_once(run, monkeypatch):
    monkeypatch.setattr(map_job, "LOCK_SECONDS", 0.05)
    with MapJob(run.path).worker_lock():
        assert status_of(run) == MapStatus("running")
        with pytest.raises(RunError, match="is active right now"):
            explain(run)
    assert status_of(run).state == "done"


def test_a_run_that_is_not_complete_is_refused(run):
    run.summary_path.unlink()
    for make in (explain, map_job.start):
        with pytest.raises(RunError, match="is not complete"):
            make(run)


def test_who_asks_nobody_to_stop_leaves_nothing(run):
    with pytest.raises(RunError, match="is done; there is nothing to cancel"):
        stop(MapJob(run.path))
    assert not leftovers(run)


def test_a_process_that_cannot_start_is_told(run, monkeypatch):
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(RunError, match=r"could not start; .*map\.log has the reason"):
        map_job.start(run)


def test_a_damaged_status_is_told(run):
    MapJob(run.path).status_path.write_text("{")
    with pytest.raises(RunError, match=r"map\.json is damaged .* Remove it"):
        status_of(run)
