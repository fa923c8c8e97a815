"""`xpz predict`: redshifts of the spectra in files, as a table, and p(z) in a file beside it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

import core
from core.cli.bulk import find_bulk, planned
from core.cli.completers import priors
from core.cli.examples import examples
from core.cli.into_file import into_file
from core.cli.into_folder import into_folder
from core.cli.options import (
    AS_JSON,
    INPUT,
    OTHER_INSTRUMENT,
    OVERWRITE,
    STATED_RELEASE,
    OneOf,
    run_option,
)
from core.did_you_mean import alike, alike_beside
from core.errors import DataError
from core.shell import command


@dataclass(frozen=True)
class FileOrFolder:
    """Where something is written: a file, or a folder of parts."""

    path: Path
    is_folder: bool

    @property
    def as_folder(self) -> str:
        """The option that names a folder of parts instead of a file."""
        return command("--out", f"{self.path.stem}/")


class Place(click.ParamType):
    """A file to write; or a folder of parts, if the name ends in a slash or is one's."""

    name = "file or folder/"

    def convert(self, value: Any, *_: Any) -> FileOrFolder:
        """Tell by the name, which `Path` would not keep as it is."""
        if isinstance(value, FileOrFolder):
            return value
        text, path = str(value), Path(value)
        return FileOrFolder(path, text.endswith(("/", os.sep)) or path.is_dir())


FILE_OR_FOLDER = Place()


@click.command(
    epilog=examples(
        "xpz predict --run compact-520k --in data/samples --out z.vot",
        "xpz predict --run compact-520k data/samples/*.csv \\",
        "    --prior flat --out z.fits --pz pz.hdf5",
        "# Any number of files, in several processes:",
        "xpz predict --run compact-520k --in 'bulk/*.csv.gz' --out catalogue/",
        "# The archive's bulk files, each brought, read and deleted:",
        "xpz predict --run compact-520k --bulk 'Gaia DR3' \\",
        "    --ids galaxies.csv --out galaxies/",
    )
)
@run_option
@click.option(
    "--in",
    "sources",
    type=click.Path(path_type=Path),
    multiple=True,
    help="File of spectra, a folder of such files or of a HATS catalogue, a pattern such as "
    "'bulk/*.csv.gz', a list of files (@FILE, or FILE.lst: a path in each line), or - for standard "
    "input; may be repeated.",
)
@click.option(
    "--bulk",
    metavar="RELEASE|ADDRESS",
    help="In place of --in: the archive's bulk files, of a release such as 'Gaia DR3' or at the "
    "address of their folder. Each is brought, read and deleted, those that hold one of the --ids "
    "alone; for --out FOLDER/.",
)
@click.option("--recursive", is_flag=True, help="A folder stands for the folders in it, too.")
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE]...")
@click.option(
    "--out",
    type=FILE_OR_FOLDER,
    required=True,
    help="FOLDER/, for any number of files: a data set of Parquet files, made in several "
    "processes, which goes on where it ended if it is started again. Or a table for what fits into "
    "memory; its ending sets the format: .csv, .csv.gz, .tsv, .parquet, .ecsv, .ecsv.gz, .fits, "
    ".vot, .xml.",
)
@click.option(
    "--duplicates",
    type=OneOf(["keep", "first", "best"]),
    default="keep",
    show_default=True,
    help="Of a source that comes in several rows or files: keep all rows, marked in a column "
    "`repeated`; the first; or the best, of the smallest sigma_z.",
)
@click.option("--id", "source_id", help="Column of Gaia's source_id, where names do not decide.")
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.68,
    show_default=True,
    help="Share of true redshifts that the interval from z_lower to z_upper should contain.",
)
@click.option(
    "--answer",
    type=OneOf(["median", "mean", "mode"]),
    default="mean",
    show_default=True,
    help="Which point of p(z) is given as z; for runs with p(z).",
)
@click.option(
    "--prior",
    shell_complete=priors,
    default="training",
    show_default=True,
    metavar="training|flat|galaxies|magnitude|FILE",
    help="The n(z) that p(z) assumes: the training part's; the same, but flat where that has few "
    "galaxies; that of the galaxies a run was calibrated anew with, of all or at the G of each "
    "source; or a table with the columns z and n; for runs with p(z). Intervals and p(z) are "
    "calibrated for 'training', and for another one only where it leaves p(z) as it is.",
)
@click.option(
    "--prior-cap",
    type=click.FloatRange(min=1),
    default=100.0,
    show_default=True,
    help=(
        "With another prior: the largest factor by which redshifts that are rare in the training "
        "part are raised."
    ),
)
@click.option(
    "--pz",
    type=FILE_OR_FOLDER,
    help="File for p(z); its ending sets the format: .npz, .parquet, or .hdf5 for an "
    "ensemble of qp. FOLDER/ where --out is one.",
)
@click.option(
    "--ids",
    type=INPUT,
    help="Only these sources: a text file of source_ids, or a table with a column of them. Bulk "
    "files whose names tell that they hold none are not opened.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes on this machine, for --out FOLDER/; by default one a core.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="A Dask scheduler whose workers predict, for --out FOLDER/: tcp://host:8786, or its file.",
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help="Read files again that could not be read, for --out FOLDER/.",
)
@click.option(
    "--hats",
    is_flag=True,
    help="Write a HATS catalogue as well, into FOLDER-hats, for --out FOLDER/.",
)
@STATED_RELEASE
@OTHER_INSTRUMENT
@OVERWRITE
@AS_JSON
def predict(
    run: "core.Run",
    sources: tuple[Path, ...],
    more: tuple[Path, ...],
    out: FileOrFolder,
    duplicates: str,
    source_id: str | None,
    level: float,
    answer: str,
    prior: str,
    prior_cap: float,
    pz: FileOrFolder | None,
    ids: Path | None,
    workers: int | None,
    scheduler: str | None,
    retry_failed: bool,
    hats: bool,
    release: str,
    other_instrument: bool,
    bulk: str | None,
    recursive: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Predict redshifts with intervals and flags, and p(z) where the run has it.

    Files are CSV, Parquet, FITS, VOTable or ECSV: tables of 186 fluxes, or XP
    continuous spectra as the Gaia Archive delivers them. Those that cannot be
    read are named, and the others served.

    One table for what fits into memory; a folder of parts for any number of files.
    """
    from core.data import spectra_of

    given = tuple(spectra_of(path) for path in (*sources, *more))
    if bulk is not None:
        if given:
            raise click.UsageError(
                "Name files (--in) or a folder of bulk files (--bulk), not both."
            )
        if release:
            raise click.UsageError("--release is for files: those of --bulk tell theirs.")
        if not out.is_folder:
            raise click.UsageError(f"--bulk is for a folder of parts: {out.as_folder}")
    elif not given:
        raise click.UsageError("Name at least one file of spectra: --in FILE.")
    from core.data import ByHand

    if out.is_folder:
        if pz is not None and not pz.is_folder:
            raise click.UsageError(
                "--out is a folder, and so must --pz be: "
                + command("--pz", f"{pz.path.with_suffix('')}/")
            )
        if duplicates != "keep":
            raise click.UsageError(
                f"--duplicates {duplicates} is for a single table. In a folder all rows are kept, "
                "and those of sources that come in several are marked in the column `repeated`."
            )
        found = None if bulk is None else find_bulk(bulk)
        wanted = read_ids(ids, found.release if found else "")
        into_folder(
            run,
            given if found is None else planned(found, wanted, out.path, workers),
            out.path,
            as_json=as_json,
            densities=None if pz is None else pz.path,
            ids=wanted,
            level=level,
            prior=read_prior(prior, prior_cap),
            answer=answer,
            columns=ByHand.of_ids(source_id).columns,
            release=release,
            recursive=recursive,
            scheduler=scheduler,
            workers=workers,
            retry_failed=retry_failed,
            hats=hats,
            other_instrument=other_instrument,
            overwrite=overwrite,
        )
        return
    for value, option in (
        (scheduler, "--scheduler"),
        (workers, "--workers"),
        (retry_failed, "--retry-failed"),
        (hats, "--hats"),
    ):
        if value:
            raise click.UsageError(f"{option} is for a folder of parts: {out.as_folder}")
    if pz is not None and pz.is_folder:
        raise click.UsageError("--pz is a folder, and so must --out be.")
    from core.prediction import Estimator, check_ending

    try:
        check_ending(out.path)  # before the network is read
    except DataError as error:
        folder = command("--out", f"{out.path}/")
        raise DataError(f"{error} A slash makes it a folder of parts: {folder}") from error
    into_file(
        Estimator(
            run,
            level,
            prior=read_prior(prior, prior_cap),
            answer=answer,
            other_instrument=other_instrument,
        ),
        given,
        out.path,
        None if pz is None else pz.path,
        as_json=as_json,
        duplicates=duplicates,
        columns=ByHand.of_ids(source_id).columns,
        release=release,
        ids=read_ids(ids),
        ids_path=ids,
        recursive=recursive,
        overwrite=overwrite,
    )


def read_ids(path: Path | None, release: str = "") -> Any:
    """Return the ids asked for, sorted, of a release, by default the spectra's; None: all."""
    if path is None:
        return None
    from core.data import read_ids as read

    return read(path, release.split()[-1] if release else None)  # None: whichever it is


def read_prior(prior: str, cap: float) -> Any:
    """Return the prior that the command line names."""
    from core.prediction import PRIORS, Prior, prior_file

    if prior in PRIORS:
        return Prior.named(prior, cap)
    if not Path(prior).exists():
        near = alike(prior, PRIORS) or alike_beside(Path(prior))
        raise DataError(
            f"--prior: expected {', '.join(PRIORS)} or a file, received '{prior}'.{near}"
        )
    return prior_file.read_prior(prior, cap)
