"""What is said on the error stream when a training or a search was started."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import core
from core.amounts import n_of
from core.cli.exit_codes import Stopped
from core.cli.how_long import how_long
from core.cli.shared import echo
from core.shell import command

if TYPE_CHECKING:
    from core.tuning import Search


def say_run(run: "core.Run", *, waits: bool, begun_from: str = "") -> None:
    """Say what was started, how long it may take and, unless this command waits, what to do now.

    `begun_from` is the preset whose settings stand where no others were asked for.
    """
    data, training = run.config.data, run.config.recipe.training
    n_train, _, _ = run.config.split.sizes(data.n_galaxies)
    what = run.config.name
    if begun_from and run.config.preset is None:
        named = run.annotations().name
        what = f"{named}, an" if named else "an"
        what += f" own recipe, begun from {begun_from},"
    echo(
        f"Started: a training of {what} with about {n_train:,.0f} of the "
        f"{n_of(data.n_galaxies, 'galaxy')} of {data.name}, "
        f"{n_of(training.epochs, 'epoch')} at most.",
        err=True,
    )
    echo(how_long(run), err=True)
    if not waits:
        say_what_next(run)


def say_seeds(
    run: "core.Run", seeds: Sequence[int], started: "Sequence[core.Run]", *, waits: bool
) -> None:
    """Say which trainings were started, how long each may take, and what to do now."""
    n, told = len(seeds), ", ".join(map(str, seeds))
    what = "a training" if n == 1 else f"{n_of(n, 'training')}, one after another"
    echo(
        f"Started: {what}, of the recipe of {run.title} with seed{'s' * (n > 1)} {told}.", err=True
    )
    long = how_long(started[0])
    echo(f"Of each: {long[0].lower()}{long[1:]}" if n > 1 else long, err=True)
    if not waits:
        say_what_next(started[-1])


def say_what_next(run: "core.Run") -> None:
    """Say what can be done about a training that goes on."""
    name = f"--run {called(run)}"
    _say_commands(
        Look=f"xpz runs, the Train screen, or {run.log_path}",
        Wait=f"xpz wait {name}",
        Cancel=f"xpz cancel {name}",
    )


def say_search(search: "Search", *, waits: bool) -> None:
    """Say what was started, when it ends and, unless this command waits, what to do now."""
    budget, data = search.budget, search.config.data
    trials = search.config.most_trials(budget)
    ends = [] if trials is None else [n_of(trials, "trial")]
    if trials != budget.trials:
        ends = [f"{ends[0]}, all combinations of its grid"]
    if budget.minutes is not None:
        ends.append(f"{n_of(budget.minutes, 'minute')} of work")
    echo(
        f"Started: a search of {search.config.name} on {data.name}, which ends after "
        f"{' or '.join(ends)}.",
        err=True,
    )
    if waits:
        return
    name = f"--search {called(search)}"
    _say_commands(
        Look=f"xpz tune trials {name}, or the Tune screen",
        Wait=f"xpz tune wait {name}",
        Pause=f"xpz tune pause {name}",
        Cancel=f"xpz tune cancel {name}",
    )


def _say_commands(**commands: str) -> None:
    echo("It goes on when this terminal is closed.", err=True)
    for what, line in commands.items():
        echo(f"{what + ':':<8}{line}", err=True)


@contextmanager
def waiting(cancel: str) -> Iterator[None]:
    """Let Ctrl-C end the waiting alone, and say by which command the work itself is ended."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(f"stopped waiting; the work goes on. To end it: {cancel}") from None


def called(job: "core.Run | Search") -> str:
    """Return what `--run` or `--search` takes from here: the id where ids are looked up."""
    from core.runs import runs_folder

    return job.id if job.root == runs_folder().resolve() else command(job.path)
