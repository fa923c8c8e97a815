"""`xpz seeds`: a run's recipe trained again with other seeds."""

from pathlib import Path

import click

import core
from core.cli.completers import devices
from core.cli.described import of_run
from core.cli.examples import examples
from core.cli.options import A_RUN, DATASET, JSON, RUNS_DIR, WAIT, RunType
from core.cli.shared import echo, echo_json
from core.cli.started import say_seeds
from core.cli.train import follow
from core.cli.worker import QUEUE, say_who_takes


@click.command(
    epilog=examples(
        "xpz seeds --run compact-20k",
        "# Then say how much of a difference is chance:",
        "xpz compare compact-20k RUN_ID RUN_ID",
        "# Five more, one after another, and wait for the last:",
        "xpz seeds --run compact-20k --more 5 --wait",
    )
)
@click.option(
    "--run",
    type=RunType(),
    required=True,
    help=f"{A_RUN}.",
)
@click.option(
    "--more", type=click.IntRange(1, 100), default=3, show_default=True, help="Number of trainings."
)
@click.option("--data", type=DATASET, help="Its data set, where it does not lie where it did.")
@click.option(
    "--device",
    shell_complete=devices,
    default="auto",
    show_default=True,
    help="auto, cpu or gpu:N.",
)
@RUNS_DIR
@QUEUE
@WAIT
@JSON
def seeds(
    run: "core.Run",
    more: int,
    data: Path | None,
    device: str,
    runs_dir: Path,
    to_workers: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Train a run's recipe again with other seeds; print the ids of the new runs.

    Recipe, data and split stay; the weights to begin with and the order of
    the batches change. How far the numbers of such runs scatter says how much
    of a difference between two recipes is chance. The seeds are the smallest
    that no run of this recipe has.
    """
    from core.comparison import seeds_of
    from core.runs import SHIPPED_RUNS, list_runs
    from core.training import next_seeds, train_more_seeds

    at_hand = {each.run_id: each for each in (*list_runs(runs_dir), *list_runs(SHIPPED_RUNS))}
    taken = {each.config.recipe.training.seed for each in seeds_of(run, at_hand).values()}
    new = next_seeds(taken, more)
    started = train_more_seeds(
        run, new, runs_dir, data_path=data, device=device, to_workers=to_workers
    )
    if not to_workers:
        say_seeds(run, new, started, waits=wait)
    say_who_takes(runs_dir, to_workers)
    if not as_json:
        for each in started:
            echo(each.run_id)
    if wait:
        for each in started:
            follow(each)
    if as_json:
        echo_json([of_run(each) for each in started])
