"""Limits of files that are open and of memory: a sentence that names the limit."""

import os
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from core import versions
from core.cli import main
from core.data.dataset import load_dataset
from core.data.source_tables import open_table
from core.errors import XpzError
from core.prediction.calibration.calibration import Calibration
from core.runs import Run, damaged_runs, list_runs
from tests.support.faults import SOAK, no_more_files

ROOT = Path(__file__).parents[2]
MANY = "this process has too many files open"
READERS = {
    "run": lambda house: Run(house / "runs" / "healthy").summary(),
    "predictions": lambda house: Run(house / "runs" / "healthy").predictions(),
    "calibration": lambda house: Calibration.load(Run(house / "runs" / "healthy")),
    "data set": lambda house: load_dataset(house / "data" / "small.parquet"),
    "table": lambda house: open_table(house / "table.csv"),
}


@pytest.mark.parametrize("name", READERS)
def test_too_many_open_files(name, healthy, monkeypatch):
    monkeypatch.setattr(versions, "_kept", OrderedDict())  # nothing was read before
    (healthy / "table.csv").write_text("source_id,flux\n1,2\n")
    with no_more_files(), pytest.raises(XpzError, match=MANY) as caught:
        READERS[name](healthy)
    told = str(caught.value)
    assert "ulimit -n" in told
    assert "damaged" not in told
    assert "Copy" not in told


def test_a_run_is_not_damaged_because_too_many_files_are_open(healthy):
    root = healthy / "runs"
    with no_more_files():
        told = {path.name: str(error) for path, error in damaged_runs(root).items()}
    assert all(MANY in each for each in told.values())
    assert [run.run_id for run in list_runs(root)] == ["healthy"]


def test_memory_that_ran_out_is_a_sentence(healthy, monkeypatch, tmp_path):
    def ran_out(*_, **__):
        raise np._core._exceptions._ArrayMemoryError((10**9, 186), np.dtype("float32"))

    monkeypatch.setattr("core.data.build_dataset", ran_out, raising=False)
    words = ("dataset", "build", "--spectra", healthy / "data" / "small.parquet")
    result = CliRunner().invoke(
        main, [str(word) for word in (*words, "--out", tmp_path / "d.parquet")]
    )
    assert result.exit_code == 1
    assert "Out of memory: " in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not SOAK, reason="starts processes for a minute: make soak")
@pytest.mark.parametrize("megabytes", [600, 900, 1200, 1500, 2000])
def test_a_process_with_little_memory(megabytes, healthy, tmp_path):
    """It ends well or with a sentence, and leaves nothing."""
    run, data = healthy / "runs" / "healthy", healthy / "data" / "small.parquet"
    out = tmp_path / "z.csv"
    done = subprocess.run(
        [
            *("bash", "-c", 'ulimit -v "$0"; exec "$@"', str(megabytes * 1024)),
            *(sys.executable, "-c", "from core.cli import main; main()", "predict"),
            *("--run", str(run), "--in", str(data), "--out", str(out)),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        assert "Traceback" not in done.stderr, done.stderr[-2000:]
        assert "memory" in done.stderr.lower()  # OpenBLAS says it itself, and ends the process
        assert not out.exists()
    else:
        assert len(out.read_text().splitlines()) == 401
