"""What the commands of xpz share: kinds of options, messages for people, a progress bar."""

import itertools
import json
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

import core
from core.atomic import check_writable
from core.errors import DamagedError, DataError, XpzError
from core.file_errors import sentence_of
from core.printable import printable

if TYPE_CHECKING:
    from core.data import Account
    from core.prediction import Notice

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path, resolve_path=True)


OUT_OF_MEMORY = (
    "Out of memory: close other programs, take a machine with more, or raise the limit "
    "(`ulimit -v`)."
)


class Input(click.Path):
    """A file, the folder of a HATS catalogue, or what comes through a pipe, kept in a file.

    A pipe can be read only once, and some tables are opened more often.
    """

    def convert(self, value: Any, param: Any, ctx: click.Context | None) -> Path:
        """Return where it lies; '-' is standard input."""
        path: Any = super().convert(value, param, ctx)
        if path != Path("-") and not (path.is_fifo() or path.is_socket()):
            return path
        from core.data import STDIN, spooled

        file = spooled(STDIN if path == Path("-") else path, str(path))
        if ctx is not None:
            ctx.call_on_close(lambda: file)  # which keeps it until then
        assert isinstance(file.path, Path)  # a pipe's content lies on the disk
        return file.path


INPUT = Input(path_type=Path)
OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace what is there.")


def runs_dir_option(*, passed: bool = True) -> Callable[[Any], Any]:
    """Return the option --runs-dir, which says where the ids of runs are looked up.

    A command that does not need it otherwise gets no argument `runs_dir`.
    """

    def remember(ctx: click.Context, _: click.Parameter, value: Path) -> Path:
        ctx.meta["runs_dir"] = value
        return value

    return click.option(
        "--runs-dir",
        type=FOLDER,
        default=Path("runs"),
        show_default=True,
        envvar="XPZ_RUNS_DIR",
        show_envvar=True,
        is_eager=True,  # before the runs that lie in it
        expose_value=passed,
        callback=remember,
        help="Folder of your runs.",
    )


RUNS_DIR = runs_dir_option()


Z_UNITS = ("z", "km/s", "m/s", "percent")

AS_JSON = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the account as JSON; all else goes to standard error.",
)


def label_options(command: Any) -> Any:
    """Give a command `z_unit`, `quality` and `no_quality`: what people say of redshifts."""
    options = (
        click.option(
            "--z-unit",
            type=click.Choice(Z_UNITS),
            help=(
                "Unit of the redshifts, where it is not the one that the file declares; velocities "
                "are c z. With z the numbers are taken as they are, however odd."
            ),
        ),
        click.option(
            "--quality",
            metavar="CUTS",
            help=(
                'Conditions of reliable redshifts, such as "NQ>=3 and ZWARN==0"; beside those that '
                "the table's survey recommends, and in their place on the same columns."
            ),
        ),
        click.option("--no-quality", is_flag=True, help="No cuts but those of --quality."),
    )
    for option in reversed(options):
        command = option(command)
    return command


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
    if as_json:
        told = {account.what: account.to_json() for account in accounts}
        echo(json.dumps(told, indent=2), lines=True)


def fail_if_refused(refused: Collection[Any]) -> None:
    """End with exit code 1 where files could not be read, each of which was named before."""
    if refused:
        echo(
            f"{len(refused)} file{'s' * (len(refused) > 1)} could not be read; see above.", err=True
        )
        click.get_current_context().exit(1)


class RunType(click.ParamType):
    """A run by its id, as `xpz runs` prints it, or by its folder; gives a `Run`.

    A damaged one is refused, unless the command is there to remove it.
    """

    name = "run"

    def __init__(self, *, damaged_too: bool = False) -> None:
        self.damaged_too = damaged_too

    def convert(self, value: Any, _: Any, ctx: click.Context | None) -> "core.Run":
        """Look among the runs of --runs-dir and those that come with xpz."""
        run = core.open_run(value, ctx.meta.get("runs_dir") if ctx else None)
        damage = None if self.damaged_too else run.damage()
        if damage is not None:
            raise damage
        return run


def run_option(command: Any, *, damaged_too: bool = False) -> Any:
    """Give a command the argument `run`: --run, found with --runs-dir."""
    text = "Id of a run, as xpz runs prints it, or its folder."
    kind = RunType(damaged_too=damaged_too)
    option = click.option("--run", type=kind, required=True, help=text)
    return option(runs_dir_option(passed=False)(command))


class People(click.Group):
    """A group whose commands show our own errors as one sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn an `XpzError` into click's message and exit code 1."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:  # it may name what was typed or a file
            ours = isinstance(error, click.MissingParameter)  # lists choices, a line each
            vars(error).update(message=printable(error.message, lines=ours))
            raise
        except XpzError as error:
            raise click.ClickException(printable(error)) from error
        except BrokenPipeError:  # `xpz ... | head` is no mistake; click ends quietly
            raise
        except OSError as error:  # a folder that may not be written, a full disk
            raise click.ClickException(printable(sentence_of(error))) from error
        except MemoryError as error:
            raise click.ClickException(OUT_OF_MEMORY) from error


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
    """Print notices on the error stream."""
    for notice in notices:
        echo(notice.sentence, err=True)


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
                f"make it first: mkdir -p {shlex.quote(str(folder))}"
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
