"""`xpz predict`: redshifts of the spectra in files, as a table, and p(z) in a file beside it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import core
from core.cli.shared import (
    AS_JSON,
    FILE,
    OVERWRITE,
    Bar,
    echo,
    fail_if_refused,
    make_folder,
    refuse_existing,
    report,
    run_option,
    tell,
)
from core.errors import DataError

SHOWN_PROBLEMS = 5


@click.command()
@run_option
@click.option(
    "--in",
    "sources",
    type=click.Path(path_type=Path),
    multiple=True,
    help="File of spectra, a folder of such files or of a HATS catalogue, or - for standard input; "
    "may be repeated.",
)
@click.option("--recursive", is_flag=True, help="A folder stands for the folders in it, too.")
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE]...")
@click.option(
    "--out",
    type=FILE,
    required=True,
    help="Table to write; its ending sets the format: .csv, .csv.gz, .tsv, .parquet, .ecsv, "
    ".ecsv.gz, .fits, .vot, .xml.",
)
@click.option(
    "--duplicates",
    type=click.Choice(["keep", "first", "best"]),
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
    type=click.Choice(["median", "mean", "mode"]),
    default="mean",
    show_default=True,
    help="Which point of p(z) is given as z; for runs with p(z).",
)
@click.option(
    "--prior",
    default="training",
    show_default=True,
    metavar="training|flat|FILE",
    help="The n(z) that p(z) assumes: the training part's; the same, but flat where that has few "
    "galaxies; or a table with the columns z and n; for runs with p(z).",
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
    type=FILE,
    help="File for p(z); its ending sets the format: .npz, .parquet, or .hdf5 for an "
    "ensemble of qp.",
)
@OVERWRITE
@AS_JSON
def predict(
    run: "core.Run",
    sources: tuple[Path, ...],
    more: tuple[Path, ...],
    out: Path,
    duplicates: str,
    source_id: str | None,
    level: float,
    answer: str,
    prior: str,
    prior_cap: float,
    pz: Path | None,
    recursive: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Predict redshifts with intervals and flags, and p(z) where the run has it.

    Files are CSV, Parquet, FITS, VOTable or ECSV: tables of 186 fluxes, or XP
    continuous spectra as the Gaia Archive delivers them. Those that cannot be
    read are named, and the others served.
    """
    from core.prediction import accounted, check_ending, check_pz_ending, write_table, writing_pz

    check_ending(out)
    if pz is not None:
        check_pz_ending(pz)
        if pz.resolve() == out.resolve():
            raise DataError(f"{pz}: --out and --pz name the same file; choose another one.")
    outputs = [path for path in (out, pz) if path is not None]
    for path in outputs:
        refuse_existing(path, overwrite=overwrite)
    if not sources and not more:
        raise click.UsageError("Name at least one file of spectra: --in FILE.")

    from core.atomic import keep_inputs
    from core.data import ByHand, find_files
    from core.prediction import Estimator, of_calibration, of_origin, predict_files

    paths = find_files([*sources, *more], recursive=recursive)
    for path in outputs:
        keep_inputs(path, paths)
        make_folder(path.parent)
    estimator = Estimator(run, level, prior=read_prior(prior, prior_cap), answer=answer)
    tell(of_origin(run) + of_calibration(run))
    with contextlib.ExitStack() as stack:
        densities = None
        if pz is not None:
            store = writing_pz(pz, estimator.density_z, estimator.provenance)
            densities = stack.enter_context(store)
        with Bar(unit=" spectra", unit_scale=True) as bar:
            prediction = predict_files(
                estimator,
                paths,
                duplicates=duplicates,
                by_hand=ByHand({"source_id": source_id} if source_id else {}),
                progress=bar.show,
                densities=densities,
            )
        tell_problems(prediction)
        account, lines = prediction.account, list[str]()
        if len(prediction.table):
            write_table(prediction.table, out, accounted(estimator.provenance, account))
            lines += summary(prediction.table, out)
    if densities is not None and densities.n:
        lines.append(f"{pz}: p(z) of {densities.n:,} spectra")
    report([*lines, ""], [account], as_json=as_json, with_refused=False)
    if account.repeated_ids and duplicates == "keep":
        words = "Some sources come in several rows, marked in the column `repeated`: --duplicates "
        echo(words + "first or best keeps one row of each.", err=True)
    fail_if_refused(prediction.refused_files)
    if not len(prediction.table):
        raise DataError("These files contain no spectra; no table was written.")


def read_prior(prior: str, cap: float) -> Any:
    """Return the prior that the command line names."""
    from core.prediction import Prior, prior_file

    if prior == "training":
        return Prior.training
    return Prior.flat(cap) if prior == "flat" else prior_file.read_prior(prior, cap)


def tell_problems(prediction: Any) -> None:
    """Say on the error stream which files were refused, and which rows cannot be used."""
    for _, reason in prediction.refused_files:
        echo(f"Error: {reason}", err=True)
    for rows, what in (
        (prediction.problems, "whose flux cannot be used"),
        (prediction.notes, "whose flux is used without errors"),
    ):
        for file, _, reason in rows[:SHOWN_PROBLEMS]:
            echo(f"{file}: {reason}", err=True)
        if len(rows) > SHOWN_PROBLEMS:
            echo(f"... and {len(rows) - SHOWN_PROBLEMS:,} more rows {what}.", err=True)


def summary(table: Any, out: Path) -> Iterator[str]:
    """Yield how many redshifts there are and what share of them each flag concerns."""
    from core.prediction import SENTENCES

    n_redshifts = int(table["z"].notna().sum())
    spectra = "spectrum" if len(table) == 1 else "spectra"
    redshifts = "redshift" if n_redshifts == 1 else "redshifts"
    yield f"{out}: {len(table):,} {spectra}, {n_redshifts:,} {redshifts}"
    for flag, sentence in SENTENCES.items():
        n = int((table["flags"] & flag.value).astype(bool).sum())
        if n:
            share = f"{n:>10,} ({100 * n / len(table):.2f} %)"
            yield f"{share}  {flag.value:>3} {flag.name}: {sentence}"
