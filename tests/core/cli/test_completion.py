"""What the Tab key offers, asked as shells ask."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from core.cli import main
from core.cli.completion import SHELLS, VARIABLE
from core.data.archive.config import FORMATS
from core.data.archive.service import SERVICES
from core.data.card import ORIGINS
from core.model import PRESETS
from core.prediction.density import ANSWERS
from core.prediction.prior import PRIORS
from core.runs import SHIPPED_RUNS
from core.tuning import ALGORITHMS
from tests.support.commands import put_on_path


def offered(*words):
    """Return what is offered for the last word."""
    asked = BashComplete(main, {}, "xpz", VARIABLE)
    found = asked.get_completions(list(words[:-1]), words[-1])
    return [item.value for item in found if item.type == "plain"]


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A folder with a run, a search and two data sets of one's own."""
    for name in ("runs/mine/config.json", "runs/searches/compact-1/config.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("{}")
    for name in ("data/shipped.parquet", "data/local/own.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    for name in ("XPZ_RUNS_DIR", "XPZ_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_commands_and_options_are_offered(house):
    assert offered("ev") == ["evaluate"]
    assert offered("runs", "un") == ["undelete"]
    assert offered("train", "--weight-") == ["--weight-decay", "--weight-cap"]


def test_runs_are_offered_by_their_ids(house):
    shipped = {path.parent.name for path in SHIPPED_RUNS.glob("*/config.json")}
    assert set(offered("evaluate", "--run", "")) == {"mine"} | shipped
    assert offered("compare", "compact-20k", "dissertation-2") == ["dissertation-20k"]
    other = Path(shutil.move(house / "runs", house / "other")) / "mine"
    other.rename(other.with_name("moved"))
    assert offered("evaluate", "--run", "mo") == []
    assert offered("evaluate", "--runs-dir", "other", "--run", "mo") == ["moved"]


def test_data_sets_presets_spaces_and_searches_are_offered(house):
    sets = ["data/shipped.parquet", "data/local/own.parquet"]
    assert offered("train", "--data", "") == sets
    assert offered("evaluate", "--data", "data/l") == sets[1:]
    assert offered("train", "--preset", "") == list(PRESETS)
    assert offered("tune", "--space", "d") == ["dissertation"]
    assert offered("tune", "trials", "--search", "comp") == ["compact-1"]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("tune", "--algorithm"), ALGORITHMS),
        (("dataset", "build", "--origin"), ORIGINS),
        (("fetch", "--format"), FORMATS),
        (("predict", "--answer"), ANSWERS),
        (("predict", "--prior"), PRIORS),
        (("fetch", "--service"), SERVICES),
        (("archive", "check", "--service"), SERVICES),
        (("first-light", "--service"), SERVICES),
    ],
)
def test_the_words_that_an_option_takes_are_offered(house, words, known):
    assert offered(*words, "") == list(known)


@pytest.mark.parametrize("command", ["train", "seeds", "tune", "worker"])
def test_devices_are_offered(house, command):
    assert offered(command, "--device", "")[0] == "auto"
    assert offered(command, "--device", "c") == ["cpu"]


def test_the_start_of_a_first_light_is_offered(house):
    assert offered("first-light", "--start", "m") == ["mine"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_gets_its_lines(xpz, shell):
    lines = xpz("completion", shell).stdout
    assert VARIABLE in lines
    assert f"{shell}_complete" in lines


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_by_these_lines(xpz, house, monkeypatch):
    script = xpz("completion", "bash").stdout + (
        "COMP_WORDS=(xpz evaluate --run compact-5); COMP_CWORD=3\n"
        "_xpz_completion xpz 2> /dev/null  # which warns that no Tab key was pressed\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    put_on_path(house, monkeypatch)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "compact-520k\n"
