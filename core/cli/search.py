"""What is done with a search: `xpz tune trials`, `space`, `resume`, `wait`, `pause`, `promote`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from core.amounts import n_of
from core.cli.completers import searches
from core.cli.described import of_search
from core.cli.examples import examples
from core.cli.options import FOLDER, JSON, WAIT, remember_runs_dir
from core.cli.shared import Bar, echo, echo_json, say, tell
from core.cli.started import called, waiting
from core.cli.trash import trash_of
from core.cli.worker import QUEUE, say_who_takes
from core.errors import RunError


class SearchFolder(click.Path):
    """The folder of a search; one of your runs, or of --runs-dir, goes by its id or given name."""

    def convert(self, value: Any, param: Any, ctx: click.Context | None) -> Path:
        """Return where it lies."""
        from core.runs import runs_folder

        if Path(value).name == value and not Path(value).is_dir():
            from core.tuning import search_folder

            own = runs_folder()
            named = (ctx.meta.get("runs_dir") if ctx else None) or own
            value = search_folder(value, named, own)
        path: Any = super().convert(value, param, ctx)
        return path


SEARCH = click.option(
    "--search",
    "search_dir",
    type=SearchFolder(file_okay=False, path_type=Path, resolve_path=True),
    required=True,
    shell_complete=searches,
    help="Id or given name of a search of yours, as xpz tune list prints them; of another folder "
    "of runs, its folder.",
)
TRIALS = click.option(
    "--trials", type=int, help="Stop after this number of trials, failed ones included."
)
MINUTES = click.option("--minutes", type=float, help="Stop after this working time in minutes.")


@click.command(
    epilog=examples(
        "xpz tune trials --search SEARCH_ID",
        "xpz tune trials --search SEARCH_ID --csv > trials.csv",
    )
)
@SEARCH
@JSON
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
def trials(search_dir: Path, as_json: bool, as_csv: bool) -> None:
    """Print every trial with its hyperparameters, the best first."""
    from core.tuning import best_first

    search = open_it(search_dir)
    table = best_first(search.trials())
    if as_json:
        echo(table.to_json(orient="records", indent=1, double_precision=15), lines=True)
    elif as_csv:
        from core.spreadsheet import to_csv

        echo(to_csv(table), nl=False, lines=True)
    elif table.empty:
        echo(f"{search.called} is {search.status().state}: no trial has begun.", err=True)
    else:
        shown = in_words(table.drop(columns=["started", "ended", "message"])).dropna(
            axis="columns", how="all"
        )
        # Filled here: whole numbers that are missing are no business of `na_rep`.
        shown = shown.astype(object).where(shown.notna(), "-")
        echo(shown.to_string(index=False, float_format=lambda x: f"{x:.4g}"), lines=True)


def in_words(table: Any) -> Any:
    """Return trials with the values of choices as people call them."""
    from core.tuning import HYPERPARAMETERS, value_in_words

    for name in table.columns.intersection(
        [name for name, one in HYPERPARAMETERS.items() if one.kind == "choice"]
    ):
        words = {value: value_in_words(name, value) for value in table[name].dropna().unique()}
        table = table.assign(**{name: table[name].replace(words)})
    return table


@click.command(
    epilog=examples(
        "xpz tune space --search SEARCH_ID > space.json",
        "xpz tune --data data/simulated-20k.parquet --space space.json",
    )
)
@SEARCH
def space(search_dir: Path) -> None:
    """Print the space of a search as JSON, for another search in it."""
    from core.tuning import space_to_json

    echo(space_to_json(open_it(search_dir).config.space), lines=True)


@click.command(epilog=examples("xpz tune resume --search SEARCH_ID --trials 60 --wait"))
@SEARCH
@TRIALS
@MINUTES
@QUEUE
@WAIT
@JSON
def resume(
    search_dir: Path,
    trials: int | None,
    minutes: float | None,
    to_workers: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Go on with a search, if asked with another budget; what was spent before counts.

    More trials after a Hyperband search is done: those that continue an earlier trial are trained
    from the beginning, to the same end, as the networks of a search that is done are not kept.
    """
    from core.tuning import Budget, queue

    search = open_it(search_dir)
    asked = trials is not None or minutes is not None
    queue.resume(search, Budget(trials, minutes) if asked else None, to_workers=to_workers)
    say_who_takes(search.root, to_workers)
    tell_of(search, wait=wait, as_json=as_json)


@click.command(epilog=examples("xpz tune wait --search SEARCH_ID"))
@SEARCH
@JSON
def wait(search_dir: Path, as_json: bool) -> None:
    """Wait until a search ends, with a progress bar, and print its id.

    It fails if the search does. Ctrl-C ends the waiting, not the search.
    """
    tell_of(open_it(search_dir), wait=True, as_json=as_json)


@click.command(epilog=examples("xpz tune pause --search SEARCH_ID"))
@SEARCH
def pause(search_dir: Path) -> None:
    """Ask a search to leave the device; a resume goes on in the middle of the trial."""
    from core import jobs

    search = open_it(search_dir)
    jobs.stop(search, "paused")
    echo(
        f"{search.search_id}: asked to leave the device; a resume goes on in the middle of a trial"
    )


@click.command(epilog=examples("xpz tune cancel --search SEARCH_ID"))
@SEARCH
def cancel(search_dir: Path) -> None:
    """Ask a search to stop; its trials are kept, and it can be resumed."""
    from core import jobs

    search = open_it(search_dir)
    jobs.stop(search)
    echo(f"{search.search_id}: asked to stop; its trials are kept, and it can be resumed")


@click.command(
    epilog=examples(
        "xpz tune promote --search SEARCH_ID",
        "xpz tune promote --search SEARCH_ID --trial 7 --wait",
    )
)
@SEARCH
@click.option("--trial", type=int, help="Number of the trial; the best one by default.")
@click.option("--name", help="Name of the run; by default those of search and trial.")
@click.option("--epochs", type=int, help="By default those of the space.")
@click.option(
    "--runs-dir",
    type=FOLDER,
    is_eager=True,  # before the search, which may lie in it
    callback=remember_runs_dir,
    help="Folder of runs for the new one; by default that which holds the search.",
)
@QUEUE
@WAIT
@JSON
def promote(
    search_dir: Path,
    trial: int | None,
    runs_dir: Path | None,
    to_workers: bool,
    wait: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Start a full training of a trial's recipe and print the run's id."""
    from core.cli.started import say_run
    from core.cli.train import tell_of as tell_of_run
    from core.runs import of_taken_name
    from core.training import check_data, of_warmup
    from core.tuning import queue

    search = open_it(search_dir)
    if trial is None:
        errors = search.trials().set_index("trial")["mae"].dropna()
        if errors.empty:
            raise RunError(f"Search '{search.search_id}' has no successful trial yet.")
        trial = int(errors.idxmin())
    tell(check_data(search.data_path, search.config.split))
    root = runs_dir or search.root
    say(of_taken_name(options["name"] or queue.name_of_promoted(search, trial), root))
    run = queue.promote(search, trial, root, to_workers=to_workers, **options)
    training = run.config.recipe.training
    tell(of_warmup(training.epochs, training.warmup_epochs))
    if not to_workers:
        say_run(run, waits=wait)
    say_who_takes(root, to_workers)
    tell_of_run(run, wait=wait, as_json=as_json)


def open_it(search_dir: Path) -> Any:
    """Return the search that lies in a folder."""
    from core.tuning import open_folder

    return open_folder(search_dir)


def tell_of(search: Any, *, wait: bool, as_json: bool) -> None:
    """Print the search's id, then wait if asked to; or print all as JSON, then how it ended."""
    if not as_json:
        echo(search.search_id)
    if wait:
        follow(search)
    if as_json:
        echo_json(of_search(search))


def follow(search: Any) -> None:
    """Show a progress bar until the search stops; fail if it came to grief."""
    from core.jobs import finish

    most = search.config.most_trials(search.budget)
    cancel_it = f"xpz tune cancel --search {called(search)}"
    with Bar(unit=" trials", desc=search.search_id) as bar, waiting(cancel_it):
        status = finish(search, lambda status: bar.show(status.trials_ended, most)).status()
    lowest = status.best_mae
    best = "none ended well" if lowest is None else f"lowest validation MAE {lowest:.4f}"
    ended = (
        f"{n_of(status.trials_ended, 'trial')}, {status.trials_failed} failed, {best}. "
        f"{status.message}"
    )
    echo(ended.rstrip(), err=True)


@click.command(epilog=examples("xpz tune delete --search SEARCH_ID"))
@SEARCH
def delete(search_dir: Path) -> None:
    """Move a search into the trash; `xpz tune undelete` fetches it back.

    Runs that its trials were promoted to stay.
    """
    from core.jobs import delete
    from core.trash import KEEP_DAYS

    search = open_it(search_dir)
    delete(search)
    echo(f"{search.search_id}: kept in the trash for {KEEP_DAYS} days")
    echo(f"Restore it: xpz tune undelete --search {called(search)}", err=True)


def _searches() -> tuple[type[Any], Callable[[Any], Any]]:
    from core.jobs import undelete
    from core.tuning import Search

    return Search, undelete


TRASH = trash_of("tune", "search", "searches", _searches)
COMMANDS = (trials, space, resume, wait, pause, cancel, promote, delete, *TRASH)
