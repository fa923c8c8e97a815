"""Ctrl-C reaches the process that gives work out, and none of those that do it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.scale.cluster import _without_interrupts

ROOT = Path(__file__).parents[3]


def blocks_interrupts():
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_threads_and_processes_that_begin_without_interrupts_keep_them_out():
    code = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set()))"
    go, found = threading.Event(), []

    def later():
        go.wait(10)
        found.append(blocks_interrupts())
        found.append(subprocess.check_output([sys.executable, "-S", "-c", code]).strip())

    with _without_interrupts() as allow:
        thread = threading.Thread(target=later)
        thread.start()
        assert blocks_interrupts()
        allow()
        assert not blocks_interrupts()
        go.set()
        thread.join()
    assert found == [True, b"True"]
    assert not blocks_interrupts()


@pytest.mark.skipif("XPZ_SOAK" not in os.environ, reason="some seconds of several processes")
@pytest.mark.parametrize("seconds", [2, 5])
def test_ctrl_c_ends_a_catalogue_with_one_sentence(seconds, tmp_path):
    names, *rows = (ROOT / "data/samples/simulated-galaxies.csv").read_text().splitlines(True)
    (tmp_path / "in").mkdir()
    for name in "abcd":
        (tmp_path / "in" / f"{name}.csv").write_text("".join([names, *rows * 200]))
    code = "from core.cli import main; main()"
    words = ("predict", "--run", "compact-520k", tmp_path / "in", "--out", f"{tmp_path}/z/")
    command = [sys.executable, "-c", code, *map(str, words)]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, start_new_session=True, stderr=subprocess.PIPE
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said
