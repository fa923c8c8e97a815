"""What the commands of xpz say, and where they write: messages for people, a progress bar."""

import itertools
import json
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from core.amounts import n_of
from core.atomic import check_writable
from core.cli.exit_codes import ExitCode, Stopped
from core.did_you_mean import alike
from core.errors import DamagedError, DataError, SettingError, XpzError
from core.file_errors import sentence_of
from core.printable import printable
from core.shell import command

if TYPE_CHECKING:
    from core.data import Account
    from core.prediction import Notice

SAID = "core.cli.said"
"""Notices of this command so far."""

OUT_OF_MEMORY = (
    "Out of memory: close other programs, take a machine with more, or raise the limit "
    "(`ulimit -v`)."
)


def report(
    lines: Iterable[str],
    accounts: "Iterable[Account]",
    *,
    as_json: bool,
    with_refused: bool = True,
) -> None:
    """Print lines for people and accounts, as JSON on standard output for scripts.

    Why files were refused, unless that stands above.
    """
    accounts = list(accounts)
    of_accounts = (account.lines(with_refused=with_refused) for account in accounts)
    for line in (*lines, *itertools.chain.from_iterable(of_accounts)):
        echo(line, err=as_json)
    for line in itertools.chain.from_iterable(account.warned() for account in accounts):
        echo(line, err=True)
    if as_json:
        told = {account.what: account.to_json() for account in accounts}
        echo_json(told)


def fail_if_refused(refused: Collection[Any], *, told: bool = True) -> None:
    """End as done in part where files could not be read, each of which was named if `told`."""
    if refused:
        if told:
            files = n_of(len(refused), "file")
            echo(f"{files} could not be read; see above.", err=True)
        click.get_current_context().exit(ExitCode.PARTLY)


def echo_json(content: object) -> None:
    """Print JSON for scripts on standard output; null stands for a number that there is not."""
    echo(json.dumps(_finite(content), indent=1, allow_nan=False), lines=True)


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: _finite(each) for name, each in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(each) for each in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


_COMMAND = "xpz.command"


def _in_options(error: XpzError, ctx: click.Context) -> str:
    """Return the message with the option of the command where it names a setting."""
    command = ctx.meta.get(_COMMAND)
    if isinstance(error, SettingError) and command is not None:
        for option in command.params:
            if option.name == error.name:
                return error.as_called(max(option.opts, key=len))
    return str(error)


def _help_of(error: click.MissingParameter) -> str:
    """Return what `--help` says of the option that is missing."""
    return error.param.help or "" if isinstance(error.param, click.Option) else ""


def _near_option(error: click.NoSuchOption) -> str:
    """Return ' Did you mean ...?' with the options of the command that look like what was typed."""
    options = error.ctx.command.params if error.ctx else []
    known = {_word(flag): flag for option in options for flag in option.opts}
    return alike(_word(error.option_name), (), known)


def _word(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


class People(click.Group):
    """A group whose commands show our own errors as one sentence, without a traceback.

    `words` are others by which people call its commands, each with the command's name.
    """

    def __init__(
        self, *args: Any, words: Mapping[str, str] = MappingProxyType({}), **how: Any
    ) -> None:
        super().__init__(*args, **how)
        self.words = words

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the words name, and remember it for the sentence of an error."""
        try:
            found = super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            near = alike(error.command_name, self.commands, self.words)
            vars(error).update(message=error.message + near, possibilities=None)
            raise
        ctx.meta[_COMMAND] = found[1]
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn what ends it into a sentence and an `ExitCode`."""
        try:
            return super().invoke(ctx)
        except click.MissingParameter as error:  # it may list choices, a line each
            said = error.message or _help_of(error)
            vars(error).update(message=printable(said, lines=True))
            raise
        except click.NoSuchOption as error:
            said = error.message + _near_option(error)
            vars(error).update(message=printable(said), possibilities=None)
            raise
        except click.ClickException as error:  # it may name what was typed or a file
            vars(error).update(message=printable(error.message))
            raise
        except XpzError as error:
            raise click.ClickException(printable(_in_options(error, ctx))) from error
        except BrokenPipeError:  # `xpz ... | head` is no mistake; click ends quietly
            raise
        except OSError as error:  # a folder that may not be written, a full disk
            raise click.ClickException(printable(sentence_of(error))) from error
        except MemoryError as error:
            raise click.ClickException(OUT_OF_MEMORY) from error
        except (KeyboardInterrupt, click.Abort):
            raise Stopped("stopped.") from None


class Bar(tqdm):
    """A progress bar that takes how much is done of how much; silent where no terminal shows it."""

    def __init__(self, **words: Any) -> None:
        super().__init__(disable=None, **words)

    def show(self, done: int, total: int | None) -> None:
        """Move to `done` of `total`, None while that is unknown."""
        self.total = total
        self.update(done - self.n)


def echo(text: object = "", *, err: bool = False, nl: bool = True, lines: bool = False) -> None:
    """Print a line; what a terminal would obey in a name that stands in it is escaped.

    So are ends of lines, but for text that has `lines` of our own. Every command prints through
    this function.
    """
    click.echo(printable(text, lines=lines), err=err, nl=nl)


def tell(notices: "Iterable[Notice]") -> None:
    """Print notices on the error stream, each once in a command."""
    context = click.get_current_context(silent=True)
    said = set() if context is None else context.meta.setdefault(SAID, set())
    for notice in notices:
        if notice.sentence not in said:
            echo(notice.sentence, err=True)
            said.add(notice.sentence)


def say(sentence: str) -> None:
    """Print a sentence on the error stream; nothing if it is empty."""
    if sentence:
        echo(sentence, err=True)


def tell_account(account: "Account") -> None:
    """Print an account on the error stream: standard output is what was asked for."""
    echo(err=True)
    for line in account.lines():
        echo(line, err=True)


def refuse_existing(out: Path, *, overwrite: bool) -> None:
    """Raise a `DataError` if `out` is there and not to be replaced."""
    if out.exists() and not overwrite:
        raise DataError(f"{out}: already exists; choose another name, or add --overwrite.")


def refuse_folder(path: Path, of: str) -> None:
    """Raise a `DataError` if `path` is a folder where a file `of` something is expected."""
    from core.data import is_catalogue

    if path.is_dir() and not is_catalogue(path):
        found = sorted(each.name for each in path.iterdir() if each.is_file())[:3]
        raise DataError(
            f"{path}: expected a file of {of}, received a folder. Name one of the files in it"
            f"{': ' * bool(found)}{', '.join(found)}."
        )


def make_folder(folder: Path) -> None:
    """Make a folder for what a command writes, unless it is there, and in the end say so.

    Call it before the work, which may take long. If that fails, the folder goes again. Raises a
    `DataError` if it cannot be written to, is a file, or is more than one level away from what
    exists: that is a mistake in typing more often than not.
    """
    if not folder.exists():
        there = next(parent for parent in folder.absolute().parents if parent.exists())
        if not there.is_dir():
            folder = there
        elif there != folder.absolute().parent:
            raise DataError(
                f"{folder}: there is no such folder, nor the one above it. If the name is right, "
                f"make it first: {command('mkdir', '-p', folder)}"
            )
        else:
            folder.mkdir()
            click.get_current_context().call_on_close(lambda: _say_if_used(folder))
    check_writable(folder)


def _say_if_used(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # something was written to it
        echo(f"Made the folder {folder}", err=True)


def show_damaged(found: Mapping[Path, DamagedError]) -> None:
    """Print a row for each folder that cannot be shown."""
    for path, error in found.items():
        echo(f"{path.name:<64} damaged: {error}")
