"""`xpz archive`: what an archive offers of a release of Gaia."""

import click

from core.cli.completers import services
from core.cli.examples import examples
from core.cli.exit_codes import ExitCode
from core.cli.options import JSON, release_option
from core.cli.shared import People, echo, echo_json

SERVICE = click.option(
    "--service",
    "--server",
    "service",
    shell_complete=services,
    envvar="XPZ_ARCHIVE",
    default="esa",
    show_default=True,
    help=(
        "Archive to ask: esa, ari, aip, gavo, or the address of a TAP service (XPZ_ARCHIVE); "
        "--server is its earlier name."
    ),
)


@click.group(cls=People, epilog=examples("xpz archive check"))
def archive() -> None:
    """Look at the archives that hold Gaia's spectra."""


@archive.command(
    epilog=examples(
        "xpz archive check",
        'xpz archive check --release "Gaia DR3" --service ari',
        "xpz archive check --json > offer.json",
    )
)
@release_option("Gaia DR4")
@SERVICE
@JSON
def check(release: str, service: str, as_json: bool) -> None:
    """Ask an archive for all that xpz needs of a release, and say what it makes of it.

    Tables, columns and flags are found by their names or descriptions. What was learned serves
    `xpz fetch` for some days.
    """
    from core.data import ArchiveConfig, check_archive

    def say(sentence: str) -> None:
        echo(sentence, err=True)

    offer = check_archive(release, ArchiveConfig(server=service), say)
    if as_json:
        echo_json(offer.to_json())
    else:
        for line in offer.lines():
            echo(line)
    if not offer.can_fetch:
        click.get_current_context().exit(ExitCode.FAILED)
