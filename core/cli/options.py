"""Kinds of options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

import core
from core.cli import completers
from core.did_you_mean import alike

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path, resolve_path=True)


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


class OneOf(click.Choice[str]):
    """One of some words; another is told with those that look like it."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return what was typed, what was expected, and what was meant."""
        return super().get_invalid_choice_message(value, ctx) + alike(value, self.choices)


class DatasetFile(click.Path):
    """A data set's file; the Tab key offers those at hand, and other files."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return what goes on from what was typed."""
        return completers.files_and(completers.datasets(), incomplete)


DATASET = DatasetFile(dir_okay=False, path_type=Path)
OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace what is there.")
SPLIT_SEED = click.option(
    "--split-seed",
    type=int,
    default=0,
    show_default=True,
    help="The same seed draws the same parts.",
)
OTHER_INSTRUMENT = click.option(
    "--other-instrument",
    is_flag=True,
    help="Go on with spectra of another release of Gaia, or other bases, than those the run was "
    "trained on or recalibrated for; each source is flagged OTHER_INSTRUMENT.",
)


def release_named(_: click.Context, param: click.Parameter, value: str) -> str:
    """Return the full name of a release of Gaia, 'Gaia DR4' of 'dr4', before any work is done."""
    from core.data import release_named as named

    return named(value, str(param.name))


def _with_spectra(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """Return the full name of a release that may have XP spectra; '' of none."""
    if value is None:
        return ""
    from core.data import check_release

    release = release_named(ctx, param, value)
    check_release(release)
    return release


def release_option(default: str) -> Callable[[Any], Any]:
    """Return the option that names a release of Gaia that may have XP spectra."""
    return click.option(
        "--release",
        default=default,
        show_default=True,
        callback=_with_spectra,
        help="Release of Gaia, as the archive calls it: 'Gaia DR3' or a later one.",
    )


STATED_RELEASE = click.option(
    "--release",
    metavar="RELEASE",
    callback=_with_spectra,
    help="Gaia's release that the spectra are of, such as 'Gaia DR3', where the files do not tell.",
)


def remember_runs_dir(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    """Keep the folder where options that come later look up ids."""
    if value is not None:
        ctx.meta["runs_dir"] = value
    return value


def runs_dir_option(*, passed: bool = True) -> Callable[[Any], Any]:
    """Return the option --runs-dir, which says where the ids of runs are looked up.

    A command that does not need it otherwise gets no argument `runs_dir`.
    """
    return click.option(
        "--runs-dir",
        type=FOLDER,
        default=Path("runs"),
        show_default=True,
        envvar="XPZ_RUNS_DIR",
        show_envvar=True,
        is_eager=True,  # before the runs that lie in it
        expose_value=passed,
        callback=remember_runs_dir,
        help="Folder of your runs.",
    )


RUNS_DIR = runs_dir_option()

JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for scripts; see docs/command-line.md."
)
"""Of commands that otherwise print for people."""

WAIT = click.option("--wait", is_flag=True, help="Wait until it ends, with a progress bar.")

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
            type=OneOf(Z_UNITS),
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


class RunType(click.ParamType):
    """A run by its id or its name, as `xpz runs` lists them, or by its folder; gives a `Run`.

    A damaged one is refused, unless the command is there to remove it.
    """

    name = "run"

    def __init__(self, *, damaged_too: bool = False) -> None:
        self.damaged_too = damaged_too

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the runs that `convert` finds."""
        return completers.runs(ctx, param, incomplete)

    def convert(self, value: Any, _: Any, ctx: click.Context | None) -> "core.Run":
        """Look among the runs of --runs-dir and those that come with xpz."""
        run = core.open_run(value, ctx.meta.get("runs_dir") if ctx else None)
        damage = None if self.damaged_too else run.damage()
        if damage is not None:
            raise damage
        return run


A_RUN = "Id or given name of a run, as xpz runs lists them, or its folder"


def run_option(command: Any, *, damaged_too: bool = False) -> Any:
    """Give a command the argument `run`: --run, found with --runs-dir."""
    kind = RunType(damaged_too=damaged_too)
    option = click.option("--run", type=kind, required=True, help=f"{A_RUN}.")
    return option(runs_dir_option(passed=False)(command))
