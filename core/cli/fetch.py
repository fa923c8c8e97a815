"""`xpz fetch`: sources and their XP spectra from the Gaia Archive."""

import sys
from pathlib import Path
from typing import Any

import click

import core
from core.cli.archive import SERVICE
from core.cli.bulk import fetch_from_bulk, tell_fetched
from core.cli.examples import examples
from core.cli.exit_codes import Stopped
from core.cli.options import AS_JSON, FOLDER, INPUT, OneOf, release_option
from core.cli.shared import Bar, make_folder
from core.errors import ConfigError
from core.printable import printable


@click.command(
    epilog=examples(
        "xpz fetch --galaxies 20000 --out fetched",
        "xpz fetch --ids sources.csv --out fetched",
        "xpz fetch --cone 180 30 0.5 --service aip --out cone",
        "# From the bulk files, for any number of sources:",
        "xpz fetch --bulk 'Gaia DR3' --ids sources.csv --out fetched --dry-run",
    )
)
@click.option(
    "--out",
    type=FOLDER,
    required=True,
    help="Folder to write to; an earlier fetch in it is continued.",
)
@click.option("--ids", type=INPUT, help="Table with source_id, or a list of one id per line.")
@click.option("--adql", help="Query that selects source_id, or a file that holds it.")
@click.option(
    "--cone",
    type=(float, float, float),
    metavar="RA DEC RADIUS",
    help="Galaxies within a radius [deg].",
)
@click.option(
    "--galaxies", type=click.IntRange(min=1), help="This number of galaxies with redshift_ugc."
)
@release_option("Gaia DR3")
@click.option("--chunk", type=int, default=5000, show_default=True, help="Spectra per request.")
@click.option(
    "--format",
    "file_format",
    type=OneOf(["fits", "csv", "ecsv", "votable"]),
    default="fits",
    show_default=True,
    help="Format of the spectra.",
)
@click.option(
    "--bulk",
    metavar="RELEASE|ADDRESS",
    help="Take the --ids from the archive's bulk files, the way for more than some 100,000 "
    "sources: of a release, such as 'Gaia DR3', or at the address of their folder (https://...).",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="With --bulk: files on the disk at a time; 2 by default, one of which is read while the "
    "other is brought.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="With --bulk: only say how many files that are, how large, and how long it takes.",
)
@click.option("--login", is_flag=True, help="Log in to the archive; asks for user and password.")
@AS_JSON
@SERVICE
def fetch(
    out: Path,
    release: str,
    chunk: int,
    file_format: str,
    bulk: str | None,
    workers: int | None,
    dry_run: bool,
    login: bool,
    service: str,
    as_json: bool,
    **asked: Any,
) -> None:
    """Fetch sources and their XP spectra from the Gaia Archive.

    Ask by one of --ids, --adql, --cone and --galaxies. After a break, the same
    command goes on where it stopped. What a release calls its tables is asked of
    the archive first; see `xpz archive check`.

    With --bulk the --ids come from the archive's bulk files: only those are brought
    whose names tell that they may hold one of the ids; each is checked, its rows of
    these sources are kept, and it is deleted.
    """
    from core.data import ArchiveConfig

    if bulk is not None:
        if asked["ids"] is None:
            raise ConfigError(
                "--bulk takes sources by their --ids; a first `xpz fetch` with --adql, --cone or "
                "--galaxies gives a table of them, and xpz predict --bulk can read all files."
            )
        if login:
            raise ConfigError("--bulk needs no --login: bulk files are there for everyone.")
        require_one(asked)
        fetch_from_bulk(out, bulk, asked["ids"], release, workers, dry_run=dry_run, as_json=as_json)
        return
    if workers is not None or dry_run:
        raise ConfigError("--workers and --dry-run are for bulk files: --bulk 'Gaia DR3'.")
    require_one(asked)
    config = ArchiveConfig(server=service, chunk=chunk, format=file_format)
    make_folder(out)
    user = None
    if login:
        user = click.prompt("User", err=True), click.prompt("Password", hide_input=True, err=True)
    with Bar(unit=" sources", unit_scale=True) as bar:

        def say(sentence: str) -> None:
            bar.write(printable(sentence), file=sys.stderr)

        try:
            fetched = core.fetch(
                out, config=config, release=release, login=user, progress=bar.show, say=say, **asked
            )
        except KeyboardInterrupt:
            raise Stopped(
                "stopped. Everything received is kept; run the same command to continue."
            ) from None
    tell_fetched(out, fetched, release, as_json=as_json)


def require_one(asked: dict[str, Any]) -> None:
    """Raise a `ConfigError` unless it is asked in exactly one way."""
    if (n_asked := sum(value is not None for value in asked.values())) != 1:
        raise ConfigError(
            f"Expected one of --ids, --adql, --cone and --galaxies, received {n_asked}."
        )
