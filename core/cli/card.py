"""`xpz card`: the model card of a run."""

from pathlib import Path

import click

import core
from core.cli.examples import examples
from core.cli.options import FILE, OVERWRITE, run_option
from core.cli.shared import echo, make_folder, refuse_existing


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
    from core.atomic import write_text
    from core.errors import ConfigError
    from core.report import to_html, to_markdown
    from core.sharing.model_card import model_card

    if out is not None and out.suffix not in (".md", ".html"):
        raise ConfigError(f"{out}: expected a name that ends with .md or .html.")
    if out is not None:
        refuse_existing(out, overwrite=overwrite)
    document = model_card(run)
    if out is None:
        echo(to_markdown(document), nl=False, lines=True)
    else:
        make_folder(out.parent)
        write_text(out, to_html(document) if out.suffix == ".html" else to_markdown(document))
        echo(f"{out}: the model card of {run.run_id}", err=True)
