"""Predict: a folder on this machine, as a job."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.atomic import write_json
from core.config import to_dict
from core.data.dataset import Dataset
from core.jobs import finish, stop, wait
from core.jobs.roots import create
from core.runs import Run
from core.scale import (
    CatalogueConfig,
    CatalogueJob,
    CatalogueStatus,
    list_catalogues,
    start,
)
from dashboard.screens.predict import folder
from tests.support.apps import texts, unmarked

OpenScreen = Callable[..., AppTest]


@pytest.fixture
def files(dataset: Dataset, tmp_path: Path) -> Path:
    """A folder with a table of spectra, and one that is none."""
    place = tmp_path / "files"
    place.mkdir()
    table = pd.DataFrame(dataset.flux[:20], columns=[f"flux_{i}" for i in range(186)])
    table.insert(0, "source_id", dataset.source_id[:20])
    table.to_csv(place / "a.csv", index=False)
    table.drop(columns="flux_7").to_csv(place / "b.csv", index=False)
    return place


@pytest.fixture
def archive(files: Path, tmp_path: Path) -> Path:
    """An archive of these two tables."""
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as both:
        for path in files.iterdir():
            both.write(path, path.name)
    return tmp_path / "both.zip"


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the visitor for someone at this machine; an app under test does not tell."""
    monkeypatch.setattr(folder, "is_at_home", lambda: True)


def click(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label]
    return button.click().run()


def test_a_folder_is_predicted_by_a_job(
    open_screen: OpenScreen, finished: Run, folders: Path, files: Path, at_home: None
) -> None:
    app = open_screen("predict", spectra="Folder on this machine")
    app.text_input(key="folder_source").set_value(str(files)).run()
    click(app, "Start catalogue").run()
    assert not app.exception
    (job,) = list_catalogues(folders / "runs")
    try:
        status = finish(job).status()
    finally:
        if job.is_active:
            stop(job)
            wait(job)
    assert (status.files, status.failed) == (2, 1)
    app.run()
    said = unmarked(texts(app.markdown))
    assert re.search(r"2 files: 20 spectra, \d+ redshifts, 1 file failed\.", said)
    assert str(job.catalogue) in said
    labels = [each.label for each in app.button]
    assert "Read failed files again" in labels
    assert "Resume" not in labels


def test_a_table_of_an_archive_that_is_refused_is_told_and_can_be_read_again(
    open_screen: OpenScreen, mixture_run: Run, folders: Path, archive: Path, at_home: None
) -> None:
    job = start(folders / "runs", mixture_run, [str(archive)], workers=1)
    status = finish(job).status()
    assert (status.state, status.failed) == ("done", 0)
    app = open_screen("predict", spectra="Folder on this machine")
    said = unmarked(texts(app.markdown))
    assert "1 file: 20 spectra, 20 redshifts, 1 file in archives failed." in said
    assert "Read failed files again" in [each.label for each in app.button]
    assert "both.zip > b.csv: " in job.failed_path.read_text()


def test_a_prior_that_intervals_are_not_calibrated_for_is_said(
    open_screen: OpenScreen, mixture_run: Run, at_home: None
) -> None:
    app = open_screen("predict", spectra="Folder on this machine")
    assert not app.warning
    app.button_group(key="prior").set_value("flat").run()
    assert "**not for the prior asked for** (flat, cap 100)" in unmarked(texts(app.warning))


def test_a_place_that_is_not_there_is_said(
    open_screen: OpenScreen, finished: Run, folders: Path, at_home: None
) -> None:
    app = open_screen("predict", spectra="Folder on this machine")
    app.text_input(key="folder_source").set_value("/nowhere/at/all").run()
    click(app, "Start catalogue")
    assert "/nowhere/at/all: there is no such file or folder" in unmarked(texts(app.error))
    assert not list_catalogues(folders / "runs")


@pytest.mark.parametrize(
    ("address", "headers", "at_home"),
    [
        (None, {"Host": "localhost"}, True),
        (None, {"Host": "127.0.0.1:8501"}, True),
        (None, {"Host": "xpz.example.org"}, False),
        (None, {}, False),
        ("192.168.0.7", {"Host": "localhost"}, False),
        (None, {"Host": "localhost", "X-Forwarded-For": "127.0.0.1"}, False),
        (None, {"Host": "localhost", "X-Real-Ip": "10.0.0.1"}, False),
    ],
)
def test_visitors_from_elsewhere_name_no_files(
    monkeypatch: pytest.MonkeyPatch,
    address: str | None,
    headers: dict,
    at_home: bool,
) -> None:
    visitor = SimpleNamespace(ip_address=address, headers=headers)
    monkeypatch.setattr(folder.st, "context", visitor)
    assert folder.is_at_home() is at_home


def test_nothing_is_shown_to_visitors_from_elsewhere(
    open_screen: OpenScreen, finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "is_at_home", lambda: False)
    app = open_screen("predict", spectra="Folder on this machine")
    assert "folder_source" not in [each.key for each in app.text_input]


def test_what_was_just_started_is_the_one_that_is_shown(
    open_screen: OpenScreen,
    finished: Run,
    folders: Path,
    files: Path,
    at_home: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def made(name: str) -> CatalogueJob:
        config = CatalogueConfig(str(finished.path), (str(files),))
        return create(CatalogueJob, folders / "runs", name, config)

    made("earlier")
    app = open_screen("predict", spectra="Folder on this machine")
    assert app.selectbox(key="folder_job").value == "earlier"
    monkeypatch.setattr(folder, "start", lambda *asked, **more: made("later"))
    app.text_input(key="folder_source").set_value(str(files)).run()
    click(app, "Start catalogue").run()
    assert not app.exception
    assert app.selectbox(key="folder_job").value == "later"


def test_what_was_cancelled_is_no_error(
    open_screen: OpenScreen, finished: Run, folders: Path, files: Path, at_home: None
) -> None:
    config = CatalogueConfig(str(finished.path), (str(files),))
    job = create(CatalogueJob, folders / "runs", "stopped", config)
    write_json(job.status_path, to_dict(CatalogueStatus("cancelled", message="Stopped.")))
    app = open_screen("predict", spectra="Folder on this machine")
    assert not app.error
    assert "Stopped." in unmarked(texts(app.info))
    assert "Resume" in [each.label for each in app.button]
