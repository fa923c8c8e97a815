import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import load_dataset, save_dataset
from core.inspection.wavelength_map import WavelengthMap
from core.runs import Run
from tests.support.commands import check_documented

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run(tmp_path):
    path = shutil.copytree(ROOT / "assets" / "runs" / "compact-20k", tmp_path / "compact-20k")
    return Run(path)


def test_a_map_is_made_and_its_peaks_are_printed(xpz, run, tmp_path, monkeypatch):
    some = load_dataset(ROOT / "data" / "simulated-20k.parquet").take(np.arange(300))
    save_dataset(some, tmp_path / "some.parquet")
    result = xpz("explain", "--run", run.path, "--data", tmp_path / "some.parquet")
    assert result.exit_code == 0, result.output
    assert "compact-20k: wrote wavelength_map.npz in" in result.stdout
    found = WavelengthMap.load(run)
    assert f"Of {found.n.sum():,} galaxies of {some.card.name}" in result.stdout
    row = int(np.nanargmax(found.n))
    line = next(line for line in result.stdout.splitlines() if f"{found.n[row]:5d} gal" in line)
    peak = found.wavelength_nm[found.strength[row].argmax()]
    assert line.startswith(f"z {found.edges[row]:.3f} - {found.edges[row + 1]:.3f}")
    assert f"{peak:4.0f} nm" in line
    monkeypatch.setattr("core.inspection.map_job.explain", lambda *_: found)
    told = json.loads(xpz("explain", "--run", run.path, "--json").stdout)
    check_documented("xpz explain", told)
    assert told["n"] == found.n.sum()
    assert peak in {one["wavelength_nm"] for one in told["strongest"]}


def test_what_is_wrong_is_one_sentence(xpz, run):
    run.wavelength_map_path.unlink(missing_ok=True)
    result = xpz("explain", "--run", run.path)
    assert result.exit_code == 1
    assert "name its place, or another data set: --data FILE" in result.output
    assert "Traceback" not in result.output
    assert not run.wavelength_map_path.exists()
