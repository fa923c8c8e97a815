"""The tab "Wavelengths": a run's map, whose galaxies it is of, and how one comes by it."""

import time

import numpy as np
import pytest
import streamlit as st

from core.atomic import write_json
from core.config import to_dict
from core.inspection import map_job
from core.inspection.map_job import MapJob, MapStatus, explain
from core.inspection.wavelength_map import SAMPLES, WavelengthMap
from dashboard.shared import state
from tests.support.apps import texts

ADDRESS = {"show": "Wavelengths"}


def labels(app):
    return [each.label for each in app.button]


@pytest.fixture
def explained(finished):
    """The finished run with a map of its test part."""
    explain(finished)
    return finished


def test_a_map_is_shown_with_its_galaxies(open_screen, explained, monkeypatch):
    offered = {}
    draw = st.download_button

    def recorded(*args, **options):
        offered[options["file_name"]] = options["data"]
        return draw(*args, **options)

    monkeypatch.setattr(st, "download_button", recorded)
    app = open_screen("evaluate", run=explained.run_id, **ADDRESS)
    assert not app.exception
    assert not app.error
    found = WavelengthMap.load(explained)
    assert f"**{found.n.sum():,} galaxies** of the test part of small" in texts(app.markdown)
    (chart,) = app.get("plotly_chart")
    assert "mean |\\u0394z|" in chart.proto.spec
    assert "**Occlusion**" in texts(app.caption)
    lines = offered["first-run-wavelengths.csv"]().decode().splitlines()
    assert lines[0] == "z_low,z_high,n,wavelength_nm,strength,shift"
    assert len(lines) == 1 + found.strength.size
    assert labels(app) == []
    assert "other galaxies" not in texts(app.info)
    app.segmented_control(key="wavelengths").set_value("Which way").run()
    (chart,) = app.get("plotly_chart")
    assert "mean \\u0394z" in chart.proto.spec


def test_another_set_of_galaxies_can_have_the_map(open_screen, explained, other_dataset, folders):
    assert other_dataset
    app = open_screen(
        "evaluate", run=explained.run_id, data="other", on="Data set in use", **ADDRESS
    )
    assert "of the test part of small" in texts(app.markdown)
    assert labels(app) == ["Make the map of other instead"]
    assert "a map of other has not been made yet" in texts(app.info)
    started = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_job, "start", lambda run, data: started.append((run.run_id, data)))
        app.button(key="make_map").click().run()
    assert started == [(explained.run_id, folders / "data" / "other.parquet")]


def test_a_map_is_made_by_a_process_from_the_screen(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id, **ADDRESS)
    assert "There is no map yet" in texts(app.info)
    app.button(key="make_map").click().run()
    assert not app.error
    deadline = time.monotonic() + 100
    while MapJob(finished.path).status().state != "done":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    app.run()
    assert len(app.get("plotly_chart")) == 1
    assert WavelengthMap.load(finished).n.sum() == finished.summary()["n_test"]


def test_progress_is_shown_and_can_be_stopped(open_screen, finished):
    with MapJob(finished.path).worker_lock():
        write_json(
            MapJob(finished.path).status_path, to_dict(MapStatus("running", 7, len(SAMPLES)))
        )
        app = open_screen("evaluate", run=finished.run_id, **ADDRESS)
        assert f"7 of {len(SAMPLES)} places in the spectrum hidden" in app.get("progress")[0].text
        assert labels(app) == ["Cancel"]
        app.button(key="cancel_map").click().run()
        assert MapJob(finished.path).cancel_path.exists()
        app.run()
        assert app.button(key="cancel_map").disabled


def test_what_failed_says_why_and_can_be_tried_again(open_screen, finished):
    write_json(
        MapJob(finished.path).status_path, to_dict(MapStatus("failed", message="No more galaxies."))
    )
    app = open_screen("evaluate", run=finished.run_id, **ADDRESS)
    assert "No more galaxies." in texts(app.error)
    assert labels(app) == ["Make the map"]


def test_a_map_of_another_network_is_refused_and_can_be_made_anew(open_screen, explained):
    explained.onnx_path.write_bytes(explained.onnx_path.read_bytes() + b"\x32\x01a")  # a remark
    st.cache_resource.clear()
    app = open_screen("evaluate", run=explained.run_id, **ADDRESS)
    assert "belongs to another network" in texts(app.warning)
    assert not app.get("plotly_chart")
    assert labels(app) == ["Make the map"]


def test_why_a_process_could_not_make_it_is_a_sentence(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id, **ADDRESS)
    finished.data_path.unlink()
    app.button(key="make_map").click().run()
    deadline = time.monotonic() + 100
    while MapJob(finished.path).status().state in ("done", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    app.run()
    assert "name its place, or another data set" in texts(app.error)


def test_nobody_writes_to_shipped_runs(open_screen, finished, monkeypatch, folders):
    monkeypatch.setattr(state, "SHIPPED_RUNS", folders / "runs")
    monkeypatch.setenv("XPZ_RUNS_DIR", str(folders / "mine"))
    app = open_screen("evaluate", run=finished.run_id, **ADDRESS)
    assert labels(app) == []
    assert [each.value for each in app.code] == [f"xpz explain --run {finished.path}"]
    assert np.all([path.suffix != ".lock" for path in finished.path.iterdir()])
