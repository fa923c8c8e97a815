"""The commands of xpz: all that are registered, and lines of a shell that call them."""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from core.cli import main

# Runs that lie with the reader, for which those that come with xpz stand here.
THEIRS = ((r"([\w/]*runs/)?\$?RUN_ID", "compact-20k"), ("/shared/runs/(?=compact)", ""))
ENDS = set("();<>|&")

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
ROW = re.compile(r"^\| (`xpz .*?`) \| .*? \| (.*) \|$", re.MULTILINE)
NAME = re.compile(r"`([^`]*)`")

DOCUMENTED = {
    name.removesuffix(" --list"): NAME.findall(fields)
    for names, fields in ROW.findall(PAGE.read_text(encoding="utf-8"))
    for name in NAME.findall(names)
}
"""The fields of what `--json` prints, as the documents name them, by command."""

OF_SOME = {"xpz evaluate": {"density", "own_interval"}}
"""Those that depend on the run's network, of which the other commands have none."""


def registered(
    command: click.Command = main, name: str = "xpz"
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command by what is typed to call it, groups before what is in them."""
    yield name, command
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        yield from registered(each, f"{name} {each.name}")


def put_on_path(folder: Path, monkeypatch) -> None:
    """Let shells find an `xpz` of this very code, in a folder."""
    start = "from core.cli import main\n\nif __name__ == '__main__':\n    main()\n"
    (folder / "xpz").write_text(f"#!{sys.executable}\n{start}")
    (folder / "xpz").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(PAGE.parents[1]))


def calls(line: str) -> list[list[str]]:
    """Return the words behind every `xpz` of a shell's line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = []
    words = None
    for word in lexer:
        if set(word) <= ENDS:
            words = None
        elif words is not None:
            for theirs, ours in THEIRS:
                word = re.sub(theirs, ours, word)
            words.append(word)
        elif word == "xpz":
            found.append(words := [])
    return found


def check_parses(line: str, monkeypatch) -> None:
    """Fail unless the commands that a line calls take their words; they are not run."""
    with monkeypatch.context() as patch:
        patch.setattr(click.Command, "invoke", lambda *_: None)
        asked = calls(line)
        assert asked, f"'{line}' calls no command"
        for words in asked:
            result = CliRunner().invoke(main, words)
            assert result.exit_code == 0, f"{line}\n{result.output}"


def check_documented(command: str, content: Any) -> None:
    """Fail unless JSON has all fields that are documented, somewhere, and at its top no other."""
    more, missing = set(content) - set(DOCUMENTED[command]), set(DOCUMENTED[command])
    missing -= _names_in(content)
    missing -= OF_SOME.get(command, set()) | {"spectra", "sources", "redshifts"}  # any account
    assert (more, missing) == (set(), set()), f"{command}: see {PAGE.name}"


def _names_in(content: Any) -> set[str]:
    if isinstance(content, list):
        return {name for each in content for name in _names_in(each)}
    if not isinstance(content, dict):
        return set()
    return set(content) | {name for each in content.values() for name in _names_in(each)}
