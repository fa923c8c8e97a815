"""The command `xpz`: one file per command.

Everything heavy is imported by the command that needs it, so that `xpz --help`
answers at once.
"""

import io
import sys

import click

from core.cli import (
    archive,
    bundle,
    calibrate,
    card,
    compare,
    crossmatch,
    dashboard,
    dataset,
    evaluate,
    explain,
    fetch,
    mlflow,
    model,
    neighbours,
    predict,
    runs,
    simulate,
    train,
    tune,
    worker,
)
from core.cli.shared import People
from core.printable import log_printable

COMMANDS = (
    archive.archive,
    bundle.bundle,
    calibrate.calibrate,
    card.card,
    compare.compare,
    crossmatch.crossmatch,
    dashboard.dashboard,
    dataset.dataset,
    evaluate.evaluate,
    explain.explain,
    fetch.fetch,
    mlflow.mlflow,
    model.model,
    neighbours.neighbours,
    predict.predict,
    runs.runs,
    simulate.simulate,
    train.cancel,
    train.resume,
    train.train,
    tune.tune,
    worker.worker,
)


@click.group(
    cls=People, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="xpz")
def main() -> None:
    """Galaxy redshifts from Gaia BP/RP (XP) spectra."""
    log_printable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whose encoding may lack σ and ±
            stream.reconfigure(errors="backslashreplace")
