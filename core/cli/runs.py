"""`xpz runs`: the runs with their state."""

from pathlib import Path

import click

from core.cli.shared import RUNS_DIR
from core.errors import XpzError


@click.command()
@RUNS_DIR
def runs(runs_dir: Path) -> None:
    """List the runs with their state and error."""
    from core.runs import list_runs

    for run in list_runs(runs_dir):
        try:
            state, summary = run.status().state, run.summary()
        except XpzError as error:
            state, summary = f"damaged: {error}", None
        mae = f"  MAE {summary['evaluation']['mae']:.4f}" if summary else ""
        click.echo(f"{run.run_id:<64} {state}{mae}")
