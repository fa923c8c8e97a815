"""`xpz train`, `resume` and `cancel`: trainings in processes of their own."""

import dataclasses
from pathlib import Path
from typing import Any

import click

from core.cli.shared import FILE, RUN, RUNS_DIR, Bar


@click.command()
@click.option("--data", type=FILE, required=True, help="Data set (Parquet).")
@click.option("--preset", default="compact", show_default=True)
@click.option("--epochs", type=int, help="Instead of the preset's.")
@click.option("--batch-size", type=int, help="Instead of the preset's.")
@click.option("--seed", type=int, help="Of the weights and the order of the batches.")
@click.option("--split-seed", type=int, default=0, show_default=True)
@click.option("--name", help="Name of the run; the preset's by default.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or gpu:N.")
@RUNS_DIR
@click.option("--wait", is_flag=True, help="Stay until the training ends, with a progress bar.")
def train(
    data: Path,
    preset: str,
    epochs: int | None,
    batch_size: int | None,
    seed: int | None,
    split_seed: int,
    name: str | None,
    device: str,
    runs_dir: Path,
    wait: bool,
) -> None:
    """Start a training in a process of its own and print the run's id."""
    from core.data.split import SplitConfig
    from core.model.presets import get_preset
    from core.training.queue import submit

    recipe = get_preset(preset)
    asked = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
    changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    recipe = dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, **changes))
    run = submit(
        runs_dir,
        recipe,
        data,
        split=SplitConfig(seed=split_seed),
        name=name,
        preset=preset,
        device=device,
    )
    click.echo(run.run_id)
    if wait:
        follow(run)


@click.command()
@RUN
@click.option("--wait", is_flag=True, help="Stay until the training ends, with a progress bar.")
def resume(run_dir: Path, wait: bool) -> None:
    """Go on with a training that was cancelled, killed or failed, from its last epoch."""
    from core.runs import open_run
    from core.training import queue

    run = open_run(run_dir.parent, run_dir.name)
    queue.resume(run)
    click.echo(run.run_id)
    if wait:
        follow(run)


@click.command()
@RUN
def cancel(run_dir: Path) -> None:
    """Ask a training to stop; it keeps its last epoch and can be resumed."""
    from core.runs import open_run
    from core.training import queue

    queue.cancel(open_run(run_dir.parent, run_dir.name))


def follow(run: Any) -> None:
    """Show a progress bar until the run ends; fail if it did not finish."""
    from core.training.queue import wait

    with Bar(unit="epoch", desc=run.run_id) as bar:
        status = wait(run, progress=lambda status: bar.show(status.epoch, status.epochs))
    if status.state != "done":
        raise click.ClickException(
            f"{run.run_id} is {status.state}: {status.message or 'see its worker.log'}"
        )
