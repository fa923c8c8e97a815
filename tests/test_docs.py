"""What the documents promise: their commands exist, those that need no archive run."""

import re
import shlex
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from core.cli import main
from core.prediction.flags import SENTENCES

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)


def commands(page, kinds):
    for kind, block in FENCE.findall(page.read_text()):
        if kind in kinds:
            yield from (line for line in block.splitlines() if line.startswith("xpz "))


ALL = [(page.name, line) for page in PAGES for line in commands(page, ("", "sh", "sh archive"))]


def test_there_are_commands_to_check():
    assert {"README.md", "from-archive-to-redshifts.md"} <= {name for name, _ in ALL}


@pytest.mark.parametrize(("page", "line"), ALL)
def test_every_command_and_option_exists(page, line):
    words = shlex.split(line, comments=True)[1:]
    command, context = main, click.Context(main)
    while isinstance(command, click.Group):
        if not words or words[0].startswith("--"):
            assert command.invoke_without_command, f"{page}: '{line}' is only half a command"
            break
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"{page}: there is no command {name}"
    options = {option for parameter in command.params for option in parameter.opts}
    for word in words:
        assert not word.startswith("--") or word in options, f"{page}: {word} in '{line}'"


def test_what_needs_no_archive_runs_as_it_stands(tmp_path, monkeypatch):
    for folder in ("assets/runs", "data/samples"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    lines = [line for page in PAGES[1:] for line in commands(page, ("sh",))]
    assert lines
    for line in lines:
        result = CliRunner().invoke(main, shlex.split(line)[1:])
        assert result.exit_code == 0, result.output


def test_the_library_example_is_short_and_runs(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    (block,) = [
        block for kind, block in FENCE.findall((ROOT / "README.md").read_text()) if kind == "python"
    ]
    assert len([line for line in block.splitlines() if line]) <= 10
    exec(compile(block, "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("MAE 0.0")
    assert "compact-20k is better than dissertation-20k" in second


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", FENCE.sub("", page.read_text()))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_every_flag_stands_in_the_documents_with_its_sentence():
    page = (ROOT / "docs" / "from-archive-to-redshifts.md").read_text()
    for flag, sentence in SENTENCES.items():
        assert f"| {flag.value} | `{flag.name}` | {sentence} |" in page
