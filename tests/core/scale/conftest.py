"""Files of spectra, a run with p(z), and a scheduler with two workers, all on this machine."""

import io
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from core.prediction import Estimator, predict_files, to_bytes
from tests.support.shipped import galaxies, mixture_run

__all__ = ["galaxies", "mixture_run"]

ROOT = Path(__file__).parents[3]


@dataclass
class Cluster:
    """A scheduler and a nanny with worker processes, each a process of its own."""

    folder: Path
    processes: list = field(default_factory=list)

    @property
    def address(self):
        return str(self.folder / "scheduler.json")

    def start(self, workers=2):
        (self.folder / "scheduler.json").unlink(missing_ok=True)
        self.begin("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        deadline = time.monotonic() + 60
        while not (self.folder / "scheduler.json").exists():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)
        self.begin("worker", "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard",
                   "--local-directory", str(self.folder))  # fmt: skip

    def begin(self, kind, *words):
        command = [sys.executable, "-m", "distributed.cli.dask_" + kind, "--scheduler-file",
                   str(self.folder / "scheduler.json"), *words]  # fmt: skip
        log = (self.folder / f"{kind}.log").open("ab")
        # A worker that is killed is made anew by its nanny, however often.
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "40",
        }
        with log:
            self.processes.append(
                subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.folder)
            )

    def workers(self):
        """Return the processes that do the work: those that the nanny has started."""
        nanny = psutil.Process(self.processes[1].pid)
        return [each for each in nanny.children() if "spawn_main" in " ".join(each.cmdline())]

    def kill_scheduler(self):
        self.processes[0].kill()
        self.processes[0].wait()

    def stop(self):
        for process in self.processes[::-1]:
            for each in (
                psutil.Process(process.pid).children(recursive=True)
                if (process.poll() is None)
                else []
            ):
                each.kill()
            process.kill()
            process.wait()
        self.processes.clear()


@pytest.fixture(scope="package")
def cluster(tmp_path_factory):
    """Two workers that wait for work, for all tests that do not damage them."""
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def own_cluster(tmp_path):
    """A scheduler and workers of one test, which may do to them what it likes."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    started = Cluster(folder)
    yield started
    started.stop()


def save_spectra(dataset, path, **columns):
    """Write spectra with their ids, and other columns, as a table."""
    table = pd.DataFrame(dataset.flux, columns=[f"flux_{i}" for i in range(186)])
    table.insert(0, "source_id", dataset.source_id)
    for name, values in columns.items():
        table[name] = values
    table.to_csv(path, index=False)


@pytest.fixture(scope="package")
def bulk(galaxies, tmp_path_factory):
    """A folder of six files of spectra, one that is no table of them, and one damaged."""
    folder = tmp_path_factory.mktemp("bulk")
    for i in range(6):
        part = galaxies.take(np.arange(40 * i, 40 * i + 40))
        own = {"g_mag": part.g_mag, "field": f"F{i}", "zspec": part.z, "z": 0.77}
        save_spectra(part, folder / f"stars_{i}.csv", **own)
    (folder / "list.csv").write_text("name,mag\na,1\n")
    broken = (folder / "stars_5.csv").read_text().splitlines()
    broken[-1] = "no id" + broken[-1][broken[-1].index(",") :]
    (folder / "stars_5.csv").write_text("\n".join(broken))
    return folder


@pytest.fixture(scope="package")
def single(mixture_run, bulk):
    """What a single process makes of the folder."""
    return predict_files(Estimator(mixture_run), bulk)


def read_parts(folder):
    """Return the rows of all parts, in the order of their names."""
    paths = sorted(path for path in folder.glob("*.parquet") if path.name[0] != ".")
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)


def assert_is_single(folder, single):
    """Compare a catalogue in parts with a table, bit by bit."""
    found = read_parts(folder)
    repeated = found.pop("repeated")
    # As a single file holds it.
    content = to_bytes(single.table, ".parquet", {"interval_level": 0.68})
    expected = pd.read_parquet(io.BytesIO(content))
    marked = expected.pop("repeated") if "repeated" in expected else np.zeros(len(expected), bool)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    np.testing.assert_array_equal(repeated, marked)
