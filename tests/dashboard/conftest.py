"""The dashboard run in this process, with folders of its own."""

import shutil
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    RunLocation,
    ScriptRunContext,
    ThreadState,
)
from streamlit.testing.v1 import AppTest

from core.data.dataset import Dataset, save_dataset
from dashboard.shared import downloads, state
from tests.support import apps
from tests.support.galaxies import make_falling

apps.prepare_streamlit()


@pytest.fixture(autouse=True)
def nothing_is_drawn_in_callbacks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail where a callback draws or writes the address, however it was called.

    Streamlit interrupts a callback there for what the browser sends meanwhile: the rest of the
    callback is not done, and of two things sent the older one wins.
    """
    drawn: list[str] = []
    enqueue = ScriptRunContext.enqueue

    def watched(context: ScriptRunContext, message: Any) -> None:
        if ThreadState.get().run_location is RunLocation.CALLBACK:
            drawn.append("".join(traceback.format_stack(limit=8)))
        enqueue(context, message)

    monkeypatch.setattr(ScriptRunContext, "enqueue", watched)
    yield
    assert not drawn, drawn[0]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folders for data and runs, nothing shipped; `data` and `runs` lie inside."""
    monkeypatch.setenv("XPZ_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XPZ_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(state, "SHIPPED_DATA", tmp_path / "shipped" / "data")
    monkeypatch.setattr(state, "SHIPPED_RUNS", tmp_path / "shipped" / "runs")
    monkeypatch.setenv("XPZ_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("core.data.kept_statistics.cache_folder", lambda: tmp_path / "cache")
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, Path]:
    """A simulated data set and its file, for every test to copy."""
    made, path = make_falling(), tmp_path_factory.mktemp("small") / "small.parquet"
    save_dataset(made, path)
    return made, path


@pytest.fixture
def dataset(small: tuple[Dataset, Path], folders: Path) -> Dataset:
    """A simulated data set called `small`, saved where the dashboard finds it."""
    made, path = small
    shutil.copytree(path.parent, folders / "data", dirs_exist_ok=True)  # its card beside it
    return made


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return a function that reads a file, by its name, that a screen offered with a figure."""
    offered: dict[str, Any] = {}

    def take(label: str, data: Any, name: str, mime: str, **how: Any) -> None:
        offered[name] = data

    def read(name: str) -> str:
        data = offered[name]() if callable(offered[name]) else offered[name]
        return data.decode() if isinstance(data, bytes) else data

    monkeypatch.setattr(downloads, "download_file", take)
    return read


@pytest.fixture
def make_dataset_file(folders: Path) -> Callable[..., Path]:
    """Return a function that saves a small data set under a name."""

    def made(stem: str, /, **options: Any) -> Path:
        path = folders / "data" / f"{stem}.parquet"
        save_dataset(make_falling(**options), path)
        return path

    return made


@pytest.fixture
def open_screen(folders: Path) -> Callable[..., AppTest]:
    """Return a function that opens a screen ('home', 'data', ...) with an address."""
    return apps.open_screen
