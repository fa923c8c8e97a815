"""`xpz tune`: searches for better hyperparameters, in processes of their own."""

import json
from pathlib import Path
from typing import Any

import click

import core
from core.cli.examples import examples
from core.cli.options import FILE, FOLDER, RUNS_DIR
from core.cli.shared import Bar, echo, show_damaged, tell
from core.cli.worker import QUEUE, say_who_takes

SEARCH = click.option(
    "--search",
    "search_dir",
    type=FOLDER,
    required=True,
    help="Folder of the search, for example runs/searches/compact-1.",
)
TRIALS = click.option(
    "--trials", type=int, help="Stop after this number of trials, failed ones included."
)
MINUTES = click.option("--minutes", type=float, help="Stop after this working time in minutes.")
WAIT = click.option("--wait", is_flag=True, help="Wait until it ends, with a progress bar.")


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "xpz tune --data data/simulated-20k.parquet --space compact --trials 12",
        "xpz tune list",
        "# A space of one's own:",
        "xpz tune --show-space > space.json",
        "xpz tune --data data/simulated-20k.parquet --space space.json --minutes 60",
    ),
)
@click.option("--data", type=FILE, help="Data set (Parquet).")
@click.option(
    "--space",
    default="compact",
    show_default=True,
    help="compact, dissertation, or a JSON file as --show-space prints it.",
)
@click.option(
    "--algorithm", default="bayesian", show_default=True, help="bayesian, random, hyperband, grid."
)
@TRIALS
@MINUTES
@click.option("--epochs", type=int, help="Maximum per trial; by default the space's.")
@click.option(
    "--patience", type=int, help="Epochs without improvement before a trial ends; 0: never."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--split-seed", type=int, default=0, show_default=True)
@click.option("--name", help="Name of the search; by default the space's.")
@click.option(
    "--device", default="auto", show_default=True, help="auto, cpu, gpu:N or gpu:0,gpu:1."
)
@click.option(
    "--workers",
    type=int,
    help="Trials side by side, about 1 GB of memory each; by default, and at least, as many as "
    "--device names.",
)
@RUNS_DIR
@QUEUE
@WAIT
@click.option("--show-space", is_flag=True, help="Print the space as JSON and exit.")
@click.pass_context
def tune(
    context: click.Context,
    data: Path | None,
    space: str,
    patience: int | None,
    wait: bool,
    show_space: bool,
    **settings: Any,
) -> None:
    """Search for better hyperparameters in a process of its own; print the search's id.

    Without --trials and --minutes it ends after 30 trials. Trials are compared by
    the mean absolute error of the validation part; the test part is never seen.
    """
    if context.invoked_subcommand is not None:
        return
    from core.config import to_dict
    from core.tuning import PATIENCE, read_space

    found = read_space(space)
    if show_space:
        echo(json.dumps(to_dict(found), indent=1), lines=True)
        return
    if data is None:
        raise click.UsageError("Missing option '--data': the data set to search with.")
    search = core.tune(
        data,
        found,
        patience=PATIENCE if patience is None else patience or None,
        wait=False,
        **settings,
    )
    echo(search.search_id)
    say_who_takes(settings["runs_dir"], settings["to_workers"])
    if wait:
        follow(search)


@tune.command(
    "list",
    epilog=examples(
        "xpz tune list",
        "xpz tune list --json",
    ),
)
@RUNS_DIR
def list_them(runs_dir: Path) -> None:
    """List the searches with their state, trials and best error."""
    from core.errors import DamagedError
    from core.tuning import damaged_searches, list_searches

    damaged = damaged_searches(runs_dir)
    for search in list_searches(runs_dir):
        try:
            status = search.status()
        except DamagedError as error:
            damaged[search.path] = error
            continue
        best = "" if status.best_mae is None else f"  best MAE {status.best_mae:.4f}"
        failed = f" ({status.trials_failed} failed)" if status.trials_failed else ""
        where = f"  {status.where}" if status.where else ""
        trials = f"{status.trials_ended} trials{failed}{best}{where}"
        echo(f"{search.search_id:<64} {status.state}  {trials}")
    show_damaged(damaged)


@tune.command(
    epilog=examples(
        "xpz tune trials --search runs/searches/SEARCH_ID",
        "xpz tune trials --search runs/searches/SEARCH_ID --csv > trials.csv",
    )
)
@SEARCH
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
def trials(search_dir: Path, as_json: bool, as_csv: bool) -> None:
    """Print every trial with its hyperparameters, the best first."""
    table = open_it(search_dir).trials().sort_values("mae", kind="stable", ignore_index=True)
    if as_json:
        echo(table.to_json(orient="records", indent=1), lines=True)
    elif as_csv:
        from core.spreadsheet import to_csv

        echo(to_csv(table), nl=False, lines=True)
    else:
        shown = table.drop(columns=["started", "ended", "message"]).dropna(
            axis="columns", how="all"
        )
        echo(
            shown.to_string(index=False, na_rep="-", float_format=lambda x: f"{x:.4g}"), lines=True
        )


@tune.command(
    epilog=examples(
        "xpz tune resume --search runs/searches/SEARCH_ID --trials 60 --wait",
    )
)
@SEARCH
@TRIALS
@MINUTES
@QUEUE
@WAIT
def resume(
    search_dir: Path, trials: int | None, minutes: float | None, to_workers: bool, wait: bool
) -> None:
    """Go on with a search, if asked with another budget; what was spent before counts."""
    from core.tuning import Budget, queue

    search = open_it(search_dir)
    asked = trials is not None or minutes is not None
    queue.resume(search, Budget(trials, minutes) if asked else None, to_workers=to_workers)
    echo(search.search_id)
    say_who_takes(search.root, to_workers)
    if wait:
        follow(search)


@tune.command(
    epilog=examples(
        "xpz tune pause --search runs/searches/SEARCH_ID",
    )
)
@SEARCH
def pause(search_dir: Path) -> None:
    """Ask a search to leave the device; a resume goes on in the middle of the trial."""
    from core import jobs

    search = open_it(search_dir)
    jobs.stop(search, "paused")
    echo(
        f"{search.search_id}: asked to leave the device; a resume goes on in the middle of a trial"
    )


@tune.command(
    epilog=examples(
        "xpz tune cancel --search runs/searches/SEARCH_ID",
    )
)
@SEARCH
def cancel(search_dir: Path) -> None:
    """Ask a search to stop; its trials are kept, and it can be resumed."""
    from core import jobs

    search = open_it(search_dir)
    jobs.stop(search)
    echo(f"{search.search_id}: asked to stop; its trials are kept, and it can be resumed")


@tune.command(
    epilog=examples(
        "xpz tune promote --search runs/searches/SEARCH_ID",
        "xpz tune promote --search runs/searches/SEARCH_ID --trial 7 --wait",
    )
)
@SEARCH
@click.option("--trial", type=int, help="Number of the trial; the best one by default.")
@click.option("--name", help="Name of the run; by default those of search and trial.")
@click.option("--epochs", type=int, help="By default those of the space.")
@click.option("--runs-dir", type=FOLDER, help="By default the folder that holds the search.")
@QUEUE
@WAIT
def promote(
    search_dir: Path,
    trial: int | None,
    runs_dir: Path | None,
    to_workers: bool,
    wait: bool,
    **options: Any,
) -> None:
    """Start a full training of a trial's recipe and print the run's id."""
    from core.cli.train import follow as follow_run
    from core.errors import RunError
    from core.training import check_data
    from core.tuning import queue

    search = open_it(search_dir)
    if trial is None:
        errors = search.trials().set_index("trial")["mae"].dropna()
        if errors.empty:
            raise RunError(f"Search '{search.search_id}' has no successful trial yet.")
        trial = int(errors.idxmin())
    tell(check_data(search.data_path, search.config.split))
    root = runs_dir or search.root
    run = queue.promote(search, trial, root, to_workers=to_workers, **options)
    echo(run.run_id)
    say_who_takes(root, to_workers)
    if wait:
        follow_run(run)


def open_it(search_dir: Path) -> Any:
    """Return the search that lies in a folder."""
    from core.tuning import open_search

    return open_search(search_dir.parent.parent, search_dir.name)


def follow(search: Any) -> None:
    """Show a progress bar until the search stops; fail if it came to grief."""
    from core.jobs import finish

    budget = search.budget
    with Bar(unit=" trials", desc=search.search_id) as bar:
        status = finish(
            search, lambda status: bar.show(status.trials_ended, budget.trials)
        ).status()
    best = "none ended well" if status.best_mae is None else f"best MAE {status.best_mae:.4f}"
    ended = f"{status.trials_ended} trials, {status.trials_failed} failed, {best}. {status.message}"
    echo(ended.rstrip())
