"""With which number a command ends, each as the table says."""

import re
from pathlib import Path

import pytest

from core.cli.exit_codes import ExitCode
from core.runs import SHIPPED_RUNS

ROOT = Path(__file__).parents[3]
RUN = SHIPPED_RUNS / "compact-20k"
SAMPLE = ROOT / "data" / "samples" / "simulated-galaxies.csv"


def test_the_documents_have_the_table():
    page = (ROOT / "docs" / "command-line.md").read_text()
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(str(code.value), code.says) for code in ExitCode]


def test_all_was_done(xpz):
    assert xpz("runs").exit_code == ExitCode.DONE


def test_it_was_not_done(xpz, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    words = ("predict", "--run", RUN, "--in", tmp_path / "bad.csv", "--out", tmp_path / "z.csv")
    for asked in (words, ("evaluate", "--run", "none"), ("card", "--run", RUN, "--out", "x.pdf")):
        result = xpz(*asked)
        assert result.exit_code == ExitCode.FAILED
        assert "Error: " in result.stderr


@pytest.mark.parametrize(
    "words", [("evalute",), ("runs", "--jsn"), ("train",), ("completion", "x")]
)
def test_the_command_line_was_not_understood(xpz, words):
    assert xpz(*words).exit_code == ExitCode.USAGE


def test_some_files_could_not_be_read(xpz, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    files = ("--in", tmp_path / "bad.csv", "--in", SAMPLE)
    result = xpz("predict", "--run", RUN, *files, "--out", tmp_path / "z.csv")
    assert result.exit_code == ExitCode.PARTLY
    assert (tmp_path / "z.csv").exists()


@pytest.mark.parametrize("words", [("runs",), ("runs", "trash"), ("tune", "list")])
def test_ctrl_c_ended_it(xpz, monkeypatch, words):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    for name in ("core.runs.list_runs", "core.jobs.list_deleted", "core.tuning.list_searches"):
        monkeypatch.setattr(name, interrupt)
    result = xpz(*words)
    assert result.exit_code == ExitCode.STOPPED
    assert result.stderr == "Error: stopped.\n"
