"""The notebooks of docs/notebooks run as they stand, where people would run them: anywhere."""

import os
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import core
from core.data.dataset import load_dataset, save_dataset

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "assets" / "runs"
SIMULATED = ROOT / "data" / "simulated-20k.parquet"
NOTEBOOKS = ROOT / "docs" / "notebooks"


def run_through(name, folder):
    """Return what the cells of a notebook write, run in a folder; a cell that fails raises."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=250, resources=where).execute()
    outputs = [put for cell in notebook.cells for put in cell.get("outputs", [])]
    assert not [put for put in outputs if put.get("name") == "stderr"]
    return "".join(str(put.get("text") or put["data"].get("text/plain")) for put in outputs)


@pytest.fixture(autouse=True)
def nobodys_folders(monkeypatch):
    for name in ("XPZ_RUNS_DIR", "XPZ_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_predict_my_sample(tmp_path):
    said = run_through("predict-my-sample", tmp_path)
    assert "66 spectra read, 64 used" in said
    assert "mae" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not os.environ.get("XPZ_SOAK"), reason="it trains a network: make soak")
def test_train_on_my_cross_match(tmp_path):
    said = run_through("train-on-my-cross-match", tmp_path)
    assert "1500 spectra read, 1498 galaxies; {'no redshift': 2}" in said
    assert "My galaxies is done" in said
    assert "My galaxies is better than compact-520k" in said


def test_the_runs_of_a_comparison_are_found_by_id_whatever_they_are_called(
    tmp_path, monkeypatch, capsys
):
    run = core.Run(shutil.copytree(SHIPPED / "compact-20k", tmp_path / "compact-20k"))
    run.annotate(name="My galaxies")
    galaxies = load_dataset(SIMULATED).take(np.arange(300))
    save_dataset(galaxies, tmp_path / "mine.parquet")
    notebook = nbformat.read(NOTEBOOKS / "train-on-my-cross-match.ipynb", as_version=4)
    (cell,) = [each.source for each in notebook.cells if "core.compare" in each.source]
    monkeypatch.chdir(tmp_path)
    exec(cell, {"core": core, "run": run})
    assert "My galaxies" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_kept_with_what_it_shows(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any("image/png" in put.get("data", {}) for cell in cells for put in cell.outputs)
