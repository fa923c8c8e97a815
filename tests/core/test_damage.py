"""A broken neighbour breaks nothing: every damage of every file, through readers and commands."""

import logging
from contextlib import suppress

import pytest
from click.testing import CliRunner

from core.cli import main
from core.data.dataset import load_dataset
from core.data.dataset_files import damaged_datasets, list_datasets
from core.errors import DamagedError, DataError, RunError
from core.inspection.inspections import InspectionFile
from core.inspection.map_job import MapJob
from core.inspection.wavelength_map import WavelengthMap
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.densities_file import read_densities
from core.prediction.predictor import Predictor
from core.prediction.seen import read_seen
from core.runs import Run, damaged_runs, list_runs
from core.tuning.search import Search, damaged_searches, list_searches

RUN_READERS = {
    "config": lambda run: run.config,
    "status": Run.status,
    "annotations": Run.annotations,
    "summary": Run.summary,
    "metrics": Run.metrics,
    "predictions": Run.predictions,
    "log": Run.log,
    "calibration": Calibration.load,
    "densities": read_densities,
    "seen": read_seen,
    "map": WavelengthMap.load,
    "map status": lambda run: MapJob(run.path).status(),
    "network": lambda run: Predictor(run.path),
}
SEARCH_READERS = {
    "config": lambda search: search.config,
    "budget": lambda search: search.budget,
    "status": Search.status,
    "trials": Search.trials,
    "curves": lambda search: [search.curves(number) for number in (1, 3)],
    "log": Search.log,
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """No process is started, and hundreds of lines on what was left out go nowhere."""
    monkeypatch.setattr("core.jobs.detached.start", lambda *args: None)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def read(readers, subject):
    """Call every reader; anything but our own errors passes through."""
    for reader in readers.values():
        with suppress(RunError, DataError):
            reader(subject)


def test_whatever_is_wrong_with_a_run_is_one_kind_of_error(damaged_house, tmp_path):
    runs, root = damaged_house("run")["run"], tmp_path / "house" / "runs"
    for path, _ in runs:
        read(RUN_READERS, Run(path))
    listed = {run.run_id: run for run in list_runs(root)}
    assert listed["healthy"].damage() is None
    damaged = damaged_runs(root)
    # No run is lost: what cannot be listed has a row of its own.
    assert {path.name for path, _ in runs} <= {*listed, *(path.name for path in damaged)}
    assert all(error.what and error.where and error.todo for error in damaged.values())
    assert len(damaged) > 50


def test_whatever_is_wrong_with_a_search_is_one_kind_of_error(damaged_house, tmp_path):
    searches, root = damaged_house("search")["search"], tmp_path / "house" / "runs"
    for path, _ in searches:
        read(SEARCH_READERS, Search(path))
    assert "healthy" in {search.search_id for search in list_searches(root)}
    damaged = damaged_searches(root)
    assert root / "searches" / "healthy" not in damaged
    assert len(damaged) > 30


def test_whatever_is_wrong_with_data_or_looks_is_one_kind_of_error(damaged_house, tmp_path):
    made, house = damaged_house("data", "looks"), tmp_path / "house"
    for path, _ in made["data"]:
        with suppress(DataError):
            load_dataset(path)
    for path, _ in made["looks"]:
        with suppress(DataError):
            InspectionFile(path).read()
    assert "small" in {entry.path.stem for entry in list_datasets(house / "data")}
    damaged = damaged_datasets(house / "data")
    assert house / "data" / "small.parquet" not in damaged
    assert all(isinstance(error, DamagedError) for error in damaged.values())


def call(*words):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), (
        words,
        result.exception,
    )
    return result


def test_commands_end_with_a_sentence(damaged_house, tmp_path):
    made, house = damaged_house("run", "search", "data", step=12), tmp_path / "house"
    runs, data, out = house / "runs", house / "data" / "small.parquet", tmp_path / "out"
    out.mkdir()
    healthy = runs / "healthy"
    listed = call("runs", "--runs-dir", runs)
    assert listed.exit_code == 0
    assert any(line.startswith("healthy ") for line in listed.output.splitlines())
    assert "damaged:" in listed.output
    listed = call("tune", "list", "--runs-dir", runs)
    assert any("searches/healthy " in line for line in listed.output.splitlines())
    for path, _ in made["run"]:
        for words in (
            ("evaluate", "--run", path),
            ("compare", healthy, path),
            ("predict", "--run", path, "--in", data, "--out", out / "z.csv", "--overwrite"),
            ("card", "--run", path),
            ("bundle", "export", "--run", path, "--out", out / "run.zip"),
            ("resume", "--run", path),
            ("cancel", "--run", path),
            ("runs", "note", "--run", path, "--name", "x"),
            ("train", "--data", data, "--from", path, "--runs-dir", out / "runs"),
            ("calibrate", "--run", path),
        ):
            call(*words)
    for path, _ in made["search"]:
        for words in (
            ("tune", "trials", "--search", path),
            ("tune", "promote", "--search", path, "--runs-dir", out / "runs"),
            ("tune", "resume", "--search", path, "--trials", 40),
            ("tune", "cancel", "--search", path),
        ):
            call(*words)
    for path, _ in made["data"]:
        for words in (
            ("evaluate", "--run", healthy, "--data", path),
            ("predict", "--run", healthy, "--in", path, "--out", out / "z.csv", "--overwrite"),
            ("train", "--data", path, "--runs-dir", out / "runs"),
            ("tune", "--data", path, "--runs-dir", out / "runs"),
            ("dataset", "build", "--spectra", path, "--out", out / "built.parquet", "--overwrite"),
            ("explain", "--run", healthy, "--data", path),
        ):
            call(*words)
