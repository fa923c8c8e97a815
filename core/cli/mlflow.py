"""`xpz mlflow`: a copy of a run on an MLflow server."""

import click

import core
from core.cli.examples import examples
from core.cli.options import run_option
from core.cli.shared import echo


@click.command(epilog=examples("xpz mlflow --run RUN_ID --tracking-uri http://127.0.0.1:5000"))
@run_option
@click.option(
    "--tracking-uri",
    envvar=["XPZ_MLFLOW_URI", "MLFLOW_TRACKING_URI"],
    show_envvar=True,
    required=True,
    help="The server, such as http://127.0.0.1:5000; or, without one, a database, such as "
    "sqlite:///mlflow.db, which mlflow ui --backend-store-uri shows.",
)
@click.option(
    "--experiment", default="xpz", show_default=True, help="Created if it does not exist."
)
def mlflow(run: "core.Run", tracking_uri: str, experiment: str) -> None:
    """Copy a complete run to an MLflow server and print the id that it has there.

    Settings, curves, errors, network, predictions and model card. Done again, the copy is brought
    up to date. With XPZ_MLFLOW_URI set, every training does this at its end.
    """
    from core.sharing import mirror

    echo(mirror(run, tracking_uri, experiment))
