"""The dashboard run in this process, with folders of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.data.dataset import Dataset, make_dataset, save_dataset
from core.spectra import N_SAMPLES
from dashboard.shared import state

HOME = Path(__file__).resolve().parents[2] / "dashboard" / "Home.py"


def make_small(n: int = 400, seed: int = 0, **card: str) -> Dataset:
    """Smooth spectra whose level falls with redshift, 64-bit ids beyond a float's digits."""
    random = np.random.default_rng(seed)
    z = random.uniform(0.0, 0.6, n)
    shape = 2 + np.sin(np.linspace(0, 3, N_SAMPLES))
    flux = shape / (1 + 3 * z[:, None]) + random.normal(0, 0.1, (n, N_SAMPLES))
    return make_dataset(
        flux,
        z,
        4_611_686_018_427_387_904 + np.arange(n) * 3 + 1,
        flux_error=np.full((n, N_SAMPLES), 0.1),
        g_mag=random.uniform(15, 19, n),
        **({"name": "small", "origin": "simulated"} | card),
    )


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folders for data and runs, nothing shipped; `data` and `runs` lie inside."""
    monkeypatch.setenv("XPZ_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XPZ_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(state, "SHIPPED_DATA", tmp_path / "shipped" / "data")
    monkeypatch.setattr(state, "SHIPPED_RUNS", tmp_path / "shipped" / "runs")
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture
def dataset(folders: Path) -> Dataset:
    """A simulated data set called `small`, saved where the dashboard finds it."""
    made = make_small()
    save_dataset(made, folders / "data" / "small.parquet")
    return made


@pytest.fixture
def make_dataset_file(folders: Path) -> Callable[..., Path]:
    """Return a function that saves a small data set under a name."""

    def made(stem: str, /, **options: Any) -> Path:
        path = folders / "data" / f"{stem}.parquet"
        save_dataset(make_small(**options), path)
        return path

    return made


@pytest.fixture
def open_screen(folders: Path) -> Callable[..., AppTest]:
    """Return a function that opens a screen ('home', 'data', ...) with an address."""

    def opened(screen: str, **address: str) -> AppTest:
        app = AppTest.from_file(str(HOME), default_timeout=30)
        # Before its first run, an app knows a page by its file's name, as our addresses do.
        app.switch_page(f"views/{screen}.py")
        for key, value in address.items():
            app.query_params[key] = value
        return app.run()

    return opened
