"""`xpz mlflow`: a copy of a run on an MLflow server."""

from pathlib import Path

import click

from core.cli.shared import RUN


@click.command()
@RUN
@click.option(
    "--tracking-uri",
    envvar=["XPZ_MLFLOW_URI", "MLFLOW_TRACKING_URI"],
    show_envvar=True,
    required=True,
    help="The server, such as http://127.0.0.1:5000.",
)
@click.option("--experiment", default="xpz", show_default=True, help="Made if it is missing.")
def mlflow(run_dir: Path, tracking_uri: str, experiment: str) -> None:
    """Copy a complete run to an MLflow server and print the id that it has there.

    Settings, curves, errors, network, predictions and model card. Done again, the copy is brought
    up to date. With XPZ_MLFLOW_URI set, every training does this at its end.
    """
    from core.runs import open_run
    from core.sharing.mlflow import mirror

    click.echo(mirror(open_run(run_dir.parent, run_dir.name), tracking_uri, experiment))
