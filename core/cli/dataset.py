"""`xpz dataset`: data sets made of spectra and redshifts."""

from pathlib import Path
from typing import Any

import click

from core.cli.shared import FILE, OVERWRITE, Bar, People, echo, make_folder, refuse_existing


@click.group(cls=People)
def dataset() -> None:
    """Make data sets."""


@dataset.command("build")
@click.option(
    "--spectra",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="File of spectra, folder of such files, or folder of xpz fetch; may be repeated.",
)
@click.option(
    "--redshifts",
    type=FILE,
    help="Table with source_id and z, for example of xpz crossmatch; by default the spectra's own.",
)
@click.option("--out", type=FILE, required=True, help="Data set to write (Parquet).")
@click.option("--name", help="Name of the data set; by default the file's name.")
@click.option(
    "--origin",
    help=(
        "simulated, observed or unknown. By default as the cards of the inputs say (simulated if "
        "any is); without cards, observed for a folder of xpz fetch, otherwise unknown."
    ),
)
@click.option("--licence", default="", help="Licence under which it may be shared.")
@click.option("--description", default="", help="For people.")
@click.option("--without-errors", is_flag=True, help="Leave out the errors of the fluxes.")
@OVERWRITE
def build(
    spectra: tuple[Path, ...],
    redshifts: Path | None,
    out: Path,
    without_errors: bool,
    overwrite: bool,
    **described: Any,
) -> None:
    """Join spectra with redshifts by source_id into a data set to train with."""
    from core.data import build_dataset

    refuse_existing(out, overwrite=overwrite)
    make_folder(out.parent)
    with Bar(unit=" spectra", unit_scale=True) as bar:
        built = build_dataset(
            spectra, out, redshifts, with_errors=not without_errors, progress=bar.show, **described
        )
    echo(f"{'spectra read':<52} {built.n_read:>12,}")
    for reason, n in built.left_out.items():
        echo(f"{'left out: ' + reason:<52} {n:>12,}")
    if redshifts is not None:
        echo(f"{'redshifts without a spectrum':<52} {built.n_redshifts_unused:>12,}")
    for words, wanted in (("optional columns recognised", True), ("not found", False)):
        names = ", ".join(name for name, found in built.optional.items() if found == wanted)
        echo(f"{words}: {names or 'none'}")
    echo(f"{out}: {built.card.n_galaxies:,} galaxies, {built.card.hash[:12]}")
