"""A first light killed at any moment, with its training: the same command, the same files."""

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from core.errors import XpzError
from core.first_light.config import Folder
from core.first_light.runs import TUNED
from core.runs import Run
from tests.support import first_light as sky
from tests.support.faults import SOAK

KILLS = 20
FOLDERS = 2
LONGEST_SECONDS = 15.0
"""A few steps end within them, so that the next kill meets a later one."""


@pytest.mark.skipif(not SOAK, reason="trains networks for minutes: make soak")
@pytest.mark.timeout(3600)
def test_killed_twenty_times_it_ends_with_the_same_files(tmp_path):
    server = sky.serve(sky.galaxies(400))
    environment = os.environ | {"XPZ_CACHE_DIR": str(tmp_path / "cache")}
    words = ("first-light", "--galaxies", "330", "--chunk", "100", "--service", server.url)
    command = [sys.executable, "-c", "from core.cli import main; main()", *words]
    log = tmp_path / "log"

    def start(folder):
        with log.open("w") as out:
            return subprocess.Popen(
                [*command, "--out", str(folder)],
                cwd=sky.ROOT, stderr=out, stdout=out, env=environment,
            )  # fmt: skip

    def end(folder):
        assert start(folder).wait(600) == 0, log.read_text()
        return sky.contents(folder)

    try:
        expected = end(tmp_path / "whole")
        killed = 0
        for number in range(FOLDERS):
            folder = tmp_path / f"killed-{number}"
            for _ in range(KILLS // FOLDERS):
                process = start(folder)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(random.uniform(1, LONGEST_SECONDS))
                if process.poll() is None:
                    killed += 1
                process.kill()
                process.wait()
                if random.random() < 0.5:
                    kill_training(folder)
            assert end(folder) == expected, f"{folder} after its kills"
        assert killed > KILLS // 2
    finally:
        server.close()


def kill_training(folder):
    """Kill the process that trains, if any does."""
    run = Run(Folder(folder).runs / TUNED)
    with suppress(XpzError, OSError):
        if run.is_active and run.is_alive() and (beat := run.beat()):
            os.kill(beat.pid, signal.SIGKILL)
