"""Every help: its examples, which its own command understands, and the table of exit codes."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from core.cli import WORDS
from core.cli.exit_codes import ExitCode, table
from core.cli.options import A_RUN, RunType
from tests.support.commands import calls, check_parses, registered

COMMANDS = dict(registered())
WIDTH = 80  # of a terminal


def examples_of(command):
    """Return the examples in a command's help, each in one line."""
    text = (command.epilog or "").partition("\n\n")[0].replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip().startswith("xpz ")]


def test_there_are_commands_to_look_at():
    assert {"xpz", "xpz predict", "xpz runs trash", "xpz tune promote"} <= set(COMMANDS)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("search", "tune"),  # what people call it, though 'archive' looks like it
        ("evaluat", "evaluate"),
        ("runs nte", "note"),
        ("train --lr 3", "--learning-rate"),
        ("train --epoch 3", "--epochs"),
        ("train --optimizer rmspop", "rmsprop"),
        ("predict --duplicates frist", "first"),
        ("tune --data {data} --algorithm bayes", "bayesian"),
        ("predict --run compact-20k --prior falt {data} --out {out}", "flat"),
    ],
)
def test_what_is_mistyped_is_told_with_what_was_meant(xpz, words, meant, tmp_path):
    shipped = Path(__file__).parents[3] / "data" / "simulated-20k.parquet"
    result = xpz(*words.format(data=shipped, out=tmp_path / "z.csv").split())
    assert result.exit_code != ExitCode.DONE
    assert result.stderr.rstrip().endswith(f" Did you mean {meant}?")


def test_words_for_commands_name_commands():
    assert {f"xpz {name}" for name in WORDS.values()} <= set(COMMANDS)
    assert not {f"xpz {word}" for word in WORDS} & set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_ends_in_examples_that_the_command_understands(xpz, name, monkeypatch):
    found = examples_of(COMMANDS[name])
    assert found, f"{name}: state examples by epilog=examples('{name} ...')"
    options = [each for each in COMMANDS[name].params if isinstance(each, click.Option)]
    assert not [option.name for option in options if not option.help]
    shown = xpz(*name.split()[1:], "--help").stdout
    assert "\n  Examples:\n    " in shown
    assert max(map(len, shown.splitlines())) <= WIDTH
    own = name.split()[1:]
    assert any(call[: len(own)] == own for line in found for call in calls(line))
    for line in found:
        check_parses(line, monkeypatch)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_run_says_what_is_taken(name):
    of_runs = [each for each in COMMANDS[name].params if isinstance(each.type, RunType)]
    options = [each for each in of_runs if isinstance(each, click.Option)]
    assert all(A_RUN in (each.help or "") for each in options)


@pytest.mark.parametrize(
    "line", ["xpz predict --run compact-20k", "xpz train --dat x.parquet", "xpz evalute", "ls"]
)
def test_an_example_that_is_wrong_would_be_found(line, monkeypatch):
    with pytest.raises(AssertionError):
        check_parses(line, monkeypatch)


def test_the_help_says_with_which_number_a_command_ends(xpz):
    shown = xpz("--help").stdout
    assert [line.strip() for line in table().splitlines()] == [
        line.strip() for line in shown.splitlines()[-len(ExitCode) :]
    ]


def test_a_help_needs_nothing_heavy():
    """It would take longer than reading it."""
    code = "import sys, core.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    words = [sys.executable, "-c", code]
    loaded = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert "click" in loaded
    assert not set(loaded) & {"pandas", "scipy", "astropy", "pyarrow", "keras", "onnxruntime"}
