"""The commands of xpz: all that are registered, and lines of a shell that call them."""

import re
import shlex
from collections.abc import Iterator

import click
from click.testing import CliRunner

from core.cli import main

# Runs that lie with the reader, for which those that come with xpz stand here.
THEIRS = ((r"([\w/]*runs/)?\$?RUN_ID", "compact-20k"), ("/shared/runs/(?=compact)", ""))
ENDS = set("();<>|&")


def registered(
    command: click.Command = main, name: str = "xpz"
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command by what is typed to call it, groups before what is in them."""
    yield name, command
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        yield from registered(each, f"{name} {each.name}")


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
