"""Workers killed, the scheduler killed, the disk full: nothing lost, nothing twice."""

import os
import random
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.errors import DataError, RunError
from core.prediction import predict_files
from core.scale import predict_folder
from core.scale.cluster import LOST
from tests.core.scale.conftest import assert_is_single, save_spectra

KILLS = 20 if os.environ.get("XPZ_SOAK") else 2
ROOT = Path(__file__).parents[3]
WORKERS = 2


@pytest.fixture(scope="module")
def many(galaxies, tmp_path_factory):
    """A folder of more files than are at work at once."""
    folder = tmp_path_factory.mktemp("many")
    for i in range(10 + 2 * KILLS):
        save_spectra(galaxies.take(np.arange(100 * i % 3900, 100 * i % 3900 + 60)),
                     folder / f"stars_{i:02}.csv")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def single_of_many(mixture_run, many):
    return predict_files(mixture_run, many)


class Killer(threading.Thread):
    """Kills a worker process at random moments."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.cluster, self.killed, self.ended = cluster, 0, threading.Event()

    def run(self):
        while self.killed < KILLS and not self.ended.wait(random.uniform(0.05, 1)):
            with suppress(psutil.Error, IndexError):  # killed a moment ago, and not there again
                random.choice(self.cluster.workers()).kill()
                self.killed += 1


def test_workers_that_are_killed_lose_nothing(
    mixture_run, many, single_of_many, own_cluster, tmp_path
):
    own_cluster.start(workers=WORKERS)
    killer = Killer(own_cluster)

    def progress(told):
        # Killed in its first start, a worker takes its nanny, and so all others, along.
        if told.workers == WORKERS and not killer.is_alive() and not killer.killed:
            killer.start()

    for _ in range(20):  # a quick machine may be done too early
        done = predict_folder(
            mixture_run, many, tmp_path / "z", densities=tmp_path / "pz",
            scheduler=own_cluster.address, progress=progress, overwrite=True,
        )  # fmt: skip
        if killer.killed >= KILLS:
            break
    killer.ended.set()
    assert killer.killed == KILLS
    assert not done.failed
    assert_is_single(tmp_path / "z", single_of_many)
    parts = {path.name for path in (tmp_path / "z").glob("[!.]*.parquet")}
    assert len(parts) == len(list(many.iterdir()))
    assert parts == {path.name for path in (tmp_path / "pz").glob("[!.]*.parquet")}
    for root in ("z", "pz"):
        assert not list((tmp_path / root / "_xpz" / "staged").iterdir())


def test_without_its_scheduler_a_start_ends_and_the_next_goes_on(
    mixture_run, many, single_of_many, own_cluster, cluster, tmp_path, monkeypatch
):
    own_cluster.start(workers=1)

    def kill(progress):
        if progress.files_done >= 2 and own_cluster.processes[0].poll() is None:
            own_cluster.kill_scheduler()

    monkeypatch.setattr("core.scale.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(RunError) as caught:
        predict_folder(
            mixture_run, many, tmp_path / "z", scheduler=own_cluster.address, progress=kill
        )
    assert str(caught.value) == LOST
    finished = list((tmp_path / "z").glob("[!.]*.parquet"))
    assert 2 <= len(finished) < len(list(many.iterdir()))
    done = predict_folder(mixture_run, many, tmp_path / "z", scheduler=cluster.address)
    assert done.skipped >= 2
    assert_is_single(tmp_path / "z", single_of_many)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only who may mount a file system can fill a small one")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_ends_in_a_sentence_and_room_in_the_next_start(
    mixture_run, many, single_of_many, cluster, small_disk
):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(2**20 - 140_000))
    with pytest.raises(
        DataError, match=r"cannot be written: no space is left on the disk of .*\. What is fi"
    ):
        predict_folder(mixture_run, many, small_disk / "z", scheduler=cluster.address)
    for path in (small_disk / "z").glob("[!.]*.parquet"):  # whole, as far as there are any
        assert path.read_bytes().endswith(b"PAR1")
    ballast.unlink()
    predict_folder(mixture_run, many, small_disk / "z", scheduler=cluster.address)
    assert_is_single(small_disk / "z", single_of_many)


@pytest.mark.skipif(not os.environ.get("XPZ_SOAK"), reason="two clusters start: make soak")
def test_the_command_is_killed_and_the_next_one_goes_on(
    mixture_run, many, single_of_many, tmp_path
):
    command = [sys.executable, "-c", "from core.cli import main; main()", "predict",
               "--run", mixture_run.path, "--in", many, "--out", f"{tmp_path}/z/"]  # fmt: skip
    with psutil.Popen([*map(str, command)], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        while len(list((tmp_path / "z").glob("[!.]*.parquet"))) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        workers = process.children(recursive=True)
        process.kill()
    # Without whoever gave the work out, its own workers go, too.
    gone, alive = psutil.wait_procs(workers, timeout=60)
    assert gone
    assert not alive
    command = [*map(str, command), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert "files were read before" in done.stderr
    assert_is_single(tmp_path / "z", single_of_many)
