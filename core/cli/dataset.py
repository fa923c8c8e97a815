"""`xpz dataset`: data sets made of spectra and redshifts."""

from pathlib import Path
from typing import Any

import click

from core.amounts import n_of
from core.cli.examples import examples
from core.cli.options import (
    AS_JSON,
    FILE,
    INPUT,
    OVERWRITE,
    STATED_RELEASE,
    OneOf,
    label_options,
)
from core.cli.shared import (
    Bar,
    People,
    echo,
    fail_if_refused,
    make_folder,
    refuse_existing,
    refuse_folder,
    report,
)
from core.shell import command


@click.group(
    cls=People,
    epilog=examples(
        "xpz dataset build --spectra fetched --redshifts matched.parquet \\",
        "    --out data/local/sdss.parquet",
    ),
)
def dataset() -> None:
    """Make data sets."""


@dataset.command(
    "release",
    epilog=examples("xpz dataset release mine.parquet --release 'Gaia DR3'"),
)
@click.argument("path", type=INPUT, metavar="FILE")
@STATED_RELEASE
def state(path: Path, release: str) -> None:
    """State the release of the spectra of a data set whose file does not tell it.

    The card in FILE is written anew, its galaxies stay as they are. Wait for trainings that read
    it.
    """
    from core.data import state_release

    if not release:
        raise click.UsageError("Name the release of the spectra: --release 'Gaia DR3'.")
    card = state_release(path, release)
    echo(f"{path}: {card.known_instrument.words}")


@dataset.command(
    "build",
    epilog=examples(
        "xpz dataset build --spectra fetched --redshifts matched.parquet \\",
        "    --out data/local/sdss.parquet",
        "# The redshifts stand beside the spectra:",
        "xpz dataset build --spectra data/samples/simulated-galaxies.csv \\",
        "    --z z_spec --out mine.parquet",
    ),
)
@click.option(
    "--spectra",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="File of spectra, folder of such files, or folder of xpz fetch; may be repeated.",
)
@click.option("--recursive", is_flag=True, help="A folder stands for the folders in it, too.")
@click.option(
    "--redshifts",
    type=INPUT,
    help="Table with source_id and z, for example of xpz crossmatch; by default the spectra's own.",
)
@click.option("--out", type=FILE, required=True, help="Data set to write (Parquet).")
@click.option("--name", help="Name of the data set; by default the file's name.")
@click.option(
    "--origin",
    type=OneOf(["simulated", "observed", "unknown"]),
    help="By default as the cards of the inputs say (simulated if any is); without cards, observed "
    "for a folder of xpz fetch, otherwise unknown.",
)
@click.option("--licence", default="", help="Licence under which it may be shared.")
@click.option("--description", default="", help="For people.")
@click.option("--without-errors", is_flag=True, help="Leave out the errors of the fluxes.")
@click.option(
    "--z", help="Column of redshifts in the table of redshifts, or without one in the spectra."
)
@click.option("--id", "source_id", help="As --z: Gaia's source_id.")
@click.option("--g-mag", help="As --z: magnitude in Gaia's G band.")
@label_options
@STATED_RELEASE
@AS_JSON
@OVERWRITE
def build(
    spectra: tuple[Path, ...],
    redshifts: Path | None,
    out: Path,
    without_errors: bool,
    overwrite: bool,
    quality: str | None,
    no_quality: bool,
    z_unit: str | None,
    as_json: bool,
    z: str | None,
    source_id: str | None,
    g_mag: str | None,
    release: str,
    **described: Any,
) -> None:
    """Join spectra with redshifts by source_id into a data set to train with."""
    from core.data import NOT_TOLD, Asked, ByHand, build_dataset, parse_cuts

    refuse_existing(out, overwrite=overwrite)
    if redshifts is not None:
        refuse_folder(redshifts, "redshifts")
    make_folder(out.parent)
    named = {"z": z, "source_id": source_id, "g_mag": g_mag}
    columns = {quantity: column for quantity, column in named.items() if column is not None}
    by_hand = ByHand(columns, z_unit, Asked(parse_cuts(quality), none=no_quality), release)
    with Bar(unit=" spectra", unit_scale=True) as bar:
        built = build_dataset(
            *(spectra, out, redshifts),
            with_errors=not without_errors,
            by_hand=by_hand,
            progress=bar.show,
            **described,
        )
    lines = []
    for words, wanted in (("optional columns recognised", True), ("not found", False)):
        names = ", ".join(name for name, found in built.optional.items() if found == wanted)
        lines.append(f"{words}: {names or 'none'}")
    report(lines, filter(None, (built.redshifts, built.spectra)), as_json=as_json)
    made = f"{out}: {n_of(built.card.n_galaxies, 'galaxy')}, {built.card.hash[:12]}"
    echo(made, err=as_json)
    if not built.card.known_instrument.is_told:
        example = command("xpz", "dataset", "release", out, "--release", "Gaia DR3")
        echo(f"{NOT_TOLD} If you know it, state it, as by: {example}", err=True)
    fail_if_refused(built.spectra.refused)
