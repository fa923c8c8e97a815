"""`xpz first-light`: how good the shipped runs are on real galaxies."""

import sys
from pathlib import Path

import click

from core.cli.archive import SERVICE
from core.cli.completers import runs
from core.cli.examples import examples
from core.cli.exit_codes import Stopped
from core.cli.options import FOLDER, INPUT, release_option
from core.cli.shared import Bar, echo, make_folder
from core.printable import printable


@click.command(
    "first-light",
    epilog=examples(
        "xpz first-light --out first-light",
        "xpz first-light --out sdss --galaxies 10000 --redshifts specObj-dr17.fits",
        'xpz first-light --out dr4 --release "Gaia DR4" --redshifts specObj-dr17.fits',
    ),
)
@click.option(
    "--out",
    type=FOLDER,
    required=True,
    help="Folder to work in; an earlier first light in it is continued.",
)
@click.option(
    "--galaxies", type=int, default=3000, show_default=True, help="At most so many galaxies."
)
@release_option("Gaia DR3")
@click.option(
    "--redshifts",
    type=INPUT,
    help=(
        "Table of spectroscopic redshifts, such as SDSS's specObj or DESI's zall; by default one "
        "in the archive."
    ),
)
@click.option(
    "--radius", type=float, default=1.0, show_default=True, help="Of matches by place [arcsec]."
)
@click.option(
    "--start",
    shell_complete=runs,
    default="compact-520k",
    show_default=True,
    help="Run that is recalibrated and fine-tuned.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draw of galaxies.")
@click.option("--chunk", type=int, default=5000, show_default=True, help="Spectra per request.")
@SERVICE
def first_light(
    out: Path,
    galaxies: int,
    release: str,
    redshifts: Path | None,
    radius: float,
    start: str,
    seed: int,
    chunk: int,
    service: str,
) -> None:
    """Judge xpz on real galaxies: fetch, judge, recalibrate, fine-tune, report.

    Fetches galaxies with XP spectra and spectroscopic redshifts, judges every run
    that comes with xpz on them, recalibrates and fine-tunes one, and writes
    report.html and figures.json. Stopped at any moment, the same command goes on.
    """
    from core.data import ArchiveConfig
    from core.first_light import FirstLightConfig
    from core.first_light import first_light as work

    config = FirstLightConfig(
        galaxies=galaxies,
        release=release,
        archive=ArchiveConfig(server=service, chunk=chunk),
        redshifts=None if redshifts is None else str(redshifts.absolute()),
        radius_arcsec=radius,
        start=start,
        seed=seed,
    )
    make_folder(out)
    with Bar(unit_scale=True) as bar:

        def say(sentence: str) -> None:
            bar.write(printable(sentence), file=sys.stderr)

        def show(done: int, total: int | None, unit: str) -> None:
            bar.unit = f" {unit}"
            bar.show(done, total)

        try:
            report = work(out, config, say=say, progress=show)
        except KeyboardInterrupt:
            raise Stopped(
                "stopped. Everything done is kept, and a training goes on by itself; run the same "
                "command to continue."
            ) from None
    echo(report)
