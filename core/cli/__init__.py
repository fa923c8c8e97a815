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
    completion,
    crossmatch,
    dashboard,
    dataset,
    evaluate,
    explain,
    fetch,
    first_light,
    mlflow,
    model,
    neighbours,
    predict,
    report,
    reproduce,
    runs,
    seeds,
    simulate,
    train,
    tune,
    worker,
)
from core.cli.examples import AS_IT_STANDS, examples
from core.cli.exit_codes import table
from core.cli.shared import People
from core.printable import log_printable

COMMANDS = (
    archive.archive,
    bundle.bundle,
    calibrate.calibrate,
    card.card,
    compare.compare,
    completion.completion,
    crossmatch.crossmatch,
    dashboard.dashboard,
    dataset.dataset,
    evaluate.evaluate,
    explain.explain,
    fetch.fetch,
    first_light.first_light,
    mlflow.mlflow,
    model.model,
    neighbours.neighbours,
    predict.predict,
    report.report,
    reproduce.reproduce,
    runs.runs,
    seeds.seeds,
    simulate.simulate,
    train.cancel,
    train.resume,
    train.train,
    train.wait,
    tune.tune,
    worker.worker,
)

WORDS = {
    "check": "evaluate",
    "download": "fetch",
    "fine-tune": "train",
    "fit": "train",
    "gui": "dashboard",
    "importance": "explain",
    "list": "runs",
    "match": "crossmatch",
    "score": "evaluate",
    "search": "tune",
    "test": "evaluate",
    "ui": "dashboard",
}
"""Words that people try for a command, each with its real name."""


@click.group(
    cls=People,
    commands=COMMANDS,
    words=WORDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\n\n".join(
        (
            examples(
                "xpz predict --run compact-520k --in data/samples --out z.vot",
                "xpz train --data data/simulated-20k.parquet --preset compact",
                "xpz runs",
                "xpz dashboard",
            ),
            f"{AS_IT_STANDS}\nA command ends with one of these numbers:\n{table()}",
        )
    ),
)
@click.version_option(package_name="xpz")
def main() -> None:
    """Galaxy redshifts from Gaia BP/RP (XP) spectra.

    `xpz COMMAND --help` shows a command's options, and examples.
    """
    log_printable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whose encoding may lack σ and ±
            stream.reconfigure(errors="backslashreplace")
