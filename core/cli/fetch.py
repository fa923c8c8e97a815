"""`xpz fetch`: sources and their XP spectra from the Gaia Archive."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from core.cli.shared import FILE, FOLDER, Bar
from core.errors import ConfigError, DataError


@click.command()
@click.option("--out", type=FOLDER, required=True, help="Folder to fill, or to go on with.")
@click.option("--ids", type=FILE, help="Table with source_id, or a list of one id per line.")
@click.option("--adql", help="Query that selects source_id, or a file that holds it.")
@click.option(
    "--cone",
    type=(float, float, float),
    metavar="RA DEC RADIUS",
    help="Galaxies within a radius [deg].",
)
@click.option("--galaxies", type=click.IntRange(min=1), help="So many galaxies with redshift_ugc.")
@click.option("--release", default="Gaia DR3", show_default=True)
@click.option("--chunk", type=int, default=5000, show_default=True, help="Spectra at a time.")
@click.option(
    "--format",
    "file_format",
    default="fits",
    show_default=True,
    help="Of the spectra: fits, csv, ecsv or votable.",
)
@click.option("--login", is_flag=True, help="Log in to the archive; asks for user and password.")
@click.option("--server", envvar="XPZ_ARCHIVE", help="Another address than ESA's (XPZ_ARCHIVE).")
def fetch(
    out: Path,
    ids: Path | None,
    adql: str | None,
    cone: tuple[float, float, float] | None,
    galaxies: int | None,
    release: str,
    chunk: int,
    file_format: str,
    login: bool,
    server: str | None,
) -> None:
    """Fetch sources and their XP spectra from the Gaia Archive.

    Ask by one of --ids, --adql, --cone and --galaxies. After a break, the same
    command goes on where it stopped.
    """
    from core.data.archive import ArchiveConfig, by_adql, by_cone, by_galaxies, by_ids
    from core.data.archive import fetch as fetch_to
    from core.data.source_tables import read_ids

    asked = [value for value in (ids, adql, cone, galaxies) if value is not None]
    if len(asked) != 1:
        raise ConfigError(
            f"Expected one of --ids, --adql, --cone and --galaxies, received {len(asked)}."
        )
    if ids is not None:
        question = by_ids(read_ids(ids), release)
    elif adql is not None:
        question = by_adql(_text(adql), release)
    elif cone is not None:
        question = by_cone(*cone, release)
    else:
        question = by_galaxies(galaxies or 0, release)
    config = ArchiveConfig(chunk=chunk, format=file_format)
    if server is not None:
        config = replace(config, server=server)
    user = None
    if login:
        user = click.prompt("User", err=True), click.prompt("Password", hide_input=True, err=True)
    with Bar(unit=" sources", unit_scale=True) as bar:

        def say(sentence: str) -> None:
            bar.write(sentence, file=sys.stderr)

        try:
            report = fetch_to(out, question, config, login=user, progress=bar.show, say=say)
        except KeyboardInterrupt:
            raise click.ClickException(
                "stopped. What came is kept; run the same command to go on."
            ) from None
    click.echo(f"{out}: {report.n_spectra:,} spectra of {report.n_asked:,} sources")
    if report.n_without:
        click.echo(f"{report.n_without:,} sources came without a spectrum: without_spectra.csv")
    if report.n_unknown:
        click.echo(f"{report.n_unknown:,} ids are not in {release}: without_spectra.csv")


def _text(adql: str) -> str:
    """Return a query, or what the file of that name holds."""
    try:
        is_file = Path(adql).is_file()
    except (OSError, ValueError):  # too long for a name, or no name at all
        is_file = False
    if not is_file:
        return adql
    try:
        return Path(adql).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{adql}: expected a query in UTF-8, received other bytes.") from error
