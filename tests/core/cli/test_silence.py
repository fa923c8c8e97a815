"""Progress bars are for terminals: a pipe or a file gets lines without control characters."""

import io
import os
import pty
import re
import sys
import termios
from contextlib import suppress
from pathlib import Path

import numpy as np

import core.cli
from core.cli.shared import Bar
from core.data.dataset import load_dataset, save_dataset
from core.runs import SHIPPED_RUNS

ROOT = Path(__file__).parents[3]
RUN = SHIPPED_RUNS / "dissertation-20k"


def test_a_pipe_gets_no_bars_and_no_control_characters(xpz, tmp_path):
    save_dataset(
        load_dataset(ROOT / "data" / "simulated-20k.parquet").take(np.arange(40)),
        tmp_path / "a.parquet",
    )
    commands = (
        ("evaluate", "--run", RUN, "--data", tmp_path / "a.parquet"),
        ("predict", "--run", RUN, "--in", tmp_path / "a.parquet", "--out", tmp_path / "z.csv"),
        ("dataset", "build", "--spectra", tmp_path / "a.parquet", "--out", tmp_path / "b.parquet"),
    )
    for words in commands:
        result = xpz(*words)
        assert result.exit_code == 0, result.output
        assert not re.search(r"[^\n\x20-\U0010ffff]|\d%\||it/s", result.output)


def written(stream):
    """Return what a bar writes on the error stream."""
    with Bar(total=3, unit=" spectra") as bar:
        bar.show(2, 3)
        bar.refresh()
    stream.flush()


def test_a_bar_is_shown_on_a_terminal_and_nowhere_else(monkeypatch):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with open(ours, "rb", buffering=0) as shown, open(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        written(terminal)
        os.set_blocking(ours, False)
        seen = b""
        with suppress(BlockingIOError):  # which says that this was all
            while found := os.read(shown.fileno(), 10_000):
                seen += found
        assert "67%" in seen.decode()
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    written(pipe)
    assert pipe.getvalue() == ""


def test_no_command_draws_past_the_bar():
    """Every bar and every line comes from `shared`, which knows what a terminal is."""
    for path in Path(core.cli.__file__).parent.glob("*.py"):
        if path.name != "shared.py":
            drawn = re.findall(r"\b(?:tqdm|progressbar|secho|style|isatty)\b", path.read_text())
            assert not drawn, path
