"""`xpz card`: the model card of a run."""

from pathlib import Path

import click

import core
from core.cli.examples import examples
from core.cli.options import FILE, OVERWRITE, run_option
from core.cli.page import check_page, write_page
from core.cli.shared import echo


@click.command(
    epilog=examples(
        "xpz card --run compact-520k",
        "xpz card --run compact-520k --out card.html",
    )
)
@run_option
@click.option(
    "--out", type=FILE, help="File to write, .md or .html; by default Markdown is printed."
)
@OVERWRITE
def card(run: "core.Run", out: Path | None, overwrite: bool) -> None:
    """Describe a run on a page: data, training, errors with intervals, limits, how to use it."""
    from core.report import to_markdown
    from core.sharing.model_card import model_card

    if out is None:
        echo(to_markdown(model_card(run)), nl=False, lines=True)
        return
    check_page(out, overwrite=overwrite)
    write_page(out, model_card(run))
    echo(f"{out}: the model card of {run.title}", err=True)
