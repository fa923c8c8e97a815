"""`xpz report`: everything about a run on one page."""

from pathlib import Path

import click

import core
from core.cli.examples import examples
from core.cli.options import FILE, OVERWRITE, run_option
from core.cli.page import check_page, write_page
from core.cli.shared import echo


@click.command(
    epilog=examples(
        "xpz report --run compact-520k",
        "xpz report --run RUN_ID --out reports/mine.html",
    )
)
@run_option
@click.option(
    "--out",
    type=FILE,
    help="File to write: .html, or .md without the pictures; by default RUN_ID-report.html.",
)
@OVERWRITE
def report(run: "core.Run", out: Path | None, overwrite: bool) -> None:
    """Write everything about a run on one page that needs nothing else.

    Data, network, curves, errors, pictures, intervals, settings, versions. The model
    card (xpz card) is the same in short, without pictures.
    """
    from core.sharing.run_report import run_report

    out = Path(f"{run.run_id}-report.html") if out is None else out
    check_page(out, overwrite=overwrite)
    write_page(out, run_report(run))
    echo(f"{out}: the report of {run.title}", err=True)
