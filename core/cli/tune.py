"""`xpz tune`: searches for better hyperparameters, in processes of their own."""

from pathlib import Path
from typing import Any

import click

import core
from core.amounts import n_of, redshift_error
from core.cli import search
from core.cli.completers import devices, spaces
from core.cli.described import of_damaged, of_search
from core.cli.examples import examples
from core.cli.options import DATASET, JSON, RUNS_DIR, SPLIT_SEED, WAIT, OneOf
from core.cli.search import MINUTES, TRIALS, tell_of
from core.cli.shared import People, echo, echo_json, say, show_damaged, tell
from core.cli.started import say_search
from core.cli.worker import QUEUE, say_who_takes
from core.shell import command


@click.group(
    cls=People,
    commands=search.COMMANDS,
    invoke_without_command=True,
    epilog=examples(
        "xpz tune --data data/simulated-20k.parquet --space compact --trials 12",
        "xpz tune list",
        "# A space of one's own:",
        "xpz tune --show-space > space.json",
        "xpz tune --data data/simulated-20k.parquet --space space.json --minutes 60",
    ),
)
@click.option("--data", type=DATASET, help="Data set (Parquet).")
@click.option(
    "--space",
    shell_complete=spaces,
    default="compact",
    show_default=True,
    help="compact, dissertation, or a JSON file as --show-space and xpz tune space print it.",
)
@click.option(
    "--algorithm",
    type=OneOf(["bayesian", "random", "hyperband", "grid"]),
    default="bayesian",
    show_default=True,
    help="What chooses the next trial.",
)
@TRIALS
@MINUTES
@click.option("--epochs", type=int, help="Maximum per trial; by default the space's.")
@click.option(
    "--patience", type=int, help="Epochs without improvement before a trial ends; 0: never."
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Of the algorithm, the weights and the order of the batches.",
)
@SPLIT_SEED
@click.option("--name", help="Name of the search; by default the space's.")
@click.option(
    "--device",
    shell_complete=devices,
    default="auto",
    show_default=True,
    help="auto, cpu, gpu:N or gpu:0,gpu:1.",
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
@JSON
@click.option("--show-space", is_flag=True, help="Print the space as JSON and exit.")
@click.pass_context
def tune(
    context: click.Context,
    data: Path | None,
    space: str,
    patience: int | None,
    wait: bool,
    as_json: bool,
    show_space: bool,
    **settings: Any,
) -> None:
    """Search for better hyperparameters in a process of its own; print the search's id.

    Without --trials and --minutes it ends after 30 trials. Trials are compared by
    the mean absolute error of the validation part; the test part is never seen.
    """
    if context.invoked_subcommand is not None:
        return
    from core.training import of_warmup
    from core.tuning import PATIENCE, of_taken_name, read_space, space_to_json

    found = read_space(space)
    if show_space:
        echo(space_to_json(found), lines=True)
        return
    if data is None:
        raise click.UsageError("Missing option '--data': the data set to search with.")
    say(of_taken_name(settings["name"] or "", settings["runs_dir"]))
    made = core.tune(
        data,
        found,
        patience=PATIENCE if patience is None else patience or None,
        wait=False,
        **settings,
    )
    tell(of_warmup(made.config.epochs, made.config.space.largest().training.warmup_epochs))
    if not settings["to_workers"]:
        say_search(made, waits=wait)
    say_who_takes(settings["runs_dir"], settings["to_workers"])
    tell_of(made, wait=wait, as_json=as_json)


@tune.command(
    "list",
    epilog=examples(
        "xpz tune list",
        "xpz tune list --json",
    ),
)
@RUNS_DIR
@JSON
def list_them(runs_dir: Path, as_json: bool) -> None:
    """List the searches with their state, trials and best error."""
    from core.errors import DamagedError
    from core.runs import runs_folder
    from core.tuning import damaged_searches, list_searches

    damaged, told = damaged_searches(runs_dir), []
    for each in list_searches(runs_dir):
        try:
            told.append(of_search(each))
        except DamagedError as error:
            damaged[each.path] = error
    if as_json:
        echo_json(told + [of_damaged(path, error) for path, error in damaged.items()])
        return
    by_id = runs_dir == runs_folder().resolve()
    for one in told:
        called = one["search_id"] if by_id else command(one["folder"])  # as --search takes it
        best = (
            ""
            if one["best_mae"] is None
            else f"  lowest validation MAE {redshift_error(one['best_mae'])}"
        )
        failed = f" ({one['trials_failed']} failed)" if one["trials_failed"] else ""
        where = f"  {one['where']}" if one["where"] else ""
        name = f"  {one['given_name']}" if one["given_name"] else ""
        why = f"  {one['message']}" if one["state"] == "done" and one["message"] else ""
        trials = f"{n_of(one['trials_ended'], 'trial')}{failed}{best}{where}{name}{why}"
        echo(f"{called:<64} {one['state']}  {trials}")
    if not told and not damaged:
        echo(f"There is no search in {runs_dir}.", err=True)
    show_damaged(damaged)
