"""What the commands of xpz share: kinds of options, messages for people, a progress bar."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from core.errors import DamagedError, XpzError

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path, resolve_path=True)
RUNS_DIR = click.option(
    "--runs-dir", type=FOLDER, default=Path("runs"), show_default=True, help="Folder of the runs."
)
RUN = click.option(
    "--run", "run_dir", type=FOLDER, required=True, help="Run folder, for example runs/compact-1."
)


class People(click.Group):
    """A group whose commands show our own errors as one sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn an `XpzError` into click's message and exit code 1."""
        try:
            return super().invoke(ctx)
        except XpzError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:  # `xpz ... | head` is no mistake; click ends quietly
            raise
        except OSError as error:  # a folder that may not be written, a full disk
            raise click.ClickException(f"{error.filename or 'File'}: {error.strerror}") from error


class Bar(tqdm):
    """A progress bar that takes how much is done of how much."""

    def show(self, done: int, total: int | None) -> None:
        """Move to `done` of `total`, None while that is unknown."""
        self.total = total
        self.update(done - self.n)


def show_damaged(found: Mapping[Path, DamagedError]) -> None:
    """Print a row for each folder that cannot be shown."""
    for path, error in found.items():
        click.echo(f"{path.name:<64} damaged: {error}")
