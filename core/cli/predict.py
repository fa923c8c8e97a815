"""`xpz predict`: redshifts of the spectra in files, as a table, and p(z) in a file beside it."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

import core
from core.cli.shared import (
    AS_JSON,
    INPUT,
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

if TYPE_CHECKING:
    from core.scale import Progress

SHOWN_PROBLEMS = 5


@dataclass(frozen=True)
class FileOrFolder:
    """Where something is written: a file, or a folder of parts."""

    path: Path
    is_folder: bool


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


@click.command()
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
@click.option("--recursive", is_flag=True, help="A folder stands for the folders in it, too.")
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE]...")
@click.option(
    "--out",
    type=FILE_OR_FOLDER,
    required=True,
    help="Table to write; its ending sets the format: .csv, .csv.gz, .tsv, .parquet, .ecsv, "
    ".ecsv.gz, .fits, .vot, .xml. Or FOLDER/, for any number of files: a data set of Parquet "
    "files, made in several processes, which goes on where it ended if it is started again.",
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
@OVERWRITE
@AS_JSON
def predict(
    run: "core.Run",
    sources: tuple[Path, ...],
    more: tuple[Path, ...],
    out: "FileOrFolder",
    duplicates: str,
    source_id: str | None,
    level: float,
    answer: str,
    prior: str,
    prior_cap: float,
    pz: "FileOrFolder | None",
    ids: Path | None,
    workers: int | None,
    scheduler: str | None,
    retry_failed: bool,
    hats: bool,
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
    if not sources and not more:
        raise click.UsageError("Name at least one file of spectra: --in FILE.")
    given = (*sources, *more)
    if out.is_folder:
        if pz is not None and not pz.is_folder:
            raise click.UsageError(
                f"--out is a folder, and so must --pz be: --pz {pz.path.with_suffix('')}/"
            )
        if duplicates != "keep":
            raise click.UsageError(
                f"--duplicates {duplicates} is for a single table. In a folder all rows are kept, "
                "and those of sources that come in several are marked in the column `repeated`."
            )
        into_folder(
            run,
            given,
            out.path,
            as_json=as_json,
            densities=None if pz is None else pz.path,
            ids=read_ids(ids),
            level=level,
            prior=read_prior(prior, prior_cap),
            answer=answer,
            columns={"source_id": source_id} if source_id else {},
            recursive=recursive,
            scheduler=scheduler,
            workers=workers,
            retry_failed=retry_failed,
            hats=hats,
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
            raise click.UsageError(f"{option} is for a folder of parts: --out {out.path.stem}/")
    if pz is not None and pz.is_folder:
        raise click.UsageError("--pz is a folder, and so must --out be.")
    from core.prediction import Estimator

    into_file(
        Estimator(run, level, prior=read_prior(prior, prior_cap), answer=answer),
        given,
        out.path,
        None if pz is None else pz.path,
        as_json=as_json,
        duplicates=duplicates,
        columns={"source_id": source_id} if source_id else {},
        ids=read_ids(ids),
        recursive=recursive,
        overwrite=overwrite,
    )


def into_folder(
    run: "core.Run", sources: tuple[Path, ...], out: Path, *, as_json: bool, **asked: Any
) -> None:
    """Predict into a folder of parts, and say how that goes and what came of it."""
    from core.prediction import of_calibration, of_origin
    from core.scale import predict_folder

    tell(of_origin(run) + of_calibration(run))
    folders = [out, asked["densities"]] if asked["densities"] else [out]
    for folder in folders:
        make_folder(folder)
    with tqdm(unit="B", unit_scale=True, bar_format="{percentage:3.0f}%|{bar:20}| {desc}") as bar:

        def show(progress: "Progress") -> None:
            bar.total = max(progress.size, 1)
            bar.n = progress.size_done if progress.size else 1
            bar.set_description_str(progress.words())

        try:
            done = predict_folder(run, sources, out, progress=show, **asked)
        except KeyboardInterrupt:
            bar.close()
            raise DataError(
                f"{out}: stopped. What is finished is kept whole; start the same command again, "
                "and it goes on from there."
            ) from None
    for reason in list(done.failed.values())[:SHOWN_PROBLEMS]:
        echo(f"Error: {reason}", err=True)
    if (n := len(done.failed) - SHOWN_PROBLEMS) > 0:
        echo(f"... and {n:,} more files that could not be read.", err=True)
    for file, row, words in done.problems[:SHOWN_PROBLEMS]:
        echo(f"{file}, row {row}: {words}", err=True)
    lines = list(flag_lines(f"{out}/", done.rows, done.redshifts, done.flags))
    if done.skipped:
        lines.append(f"{done.skipped:,} files were finished before.")
    if done.densities:
        lines.append(f"{asked['densities']}/: p(z) in {done.densities:,} parts")
    if done.hats:
        lines.append(f"{done.hats}/: HATS catalogue")
    report([*lines, ""], [done.account], as_json=as_json, with_refused=False)
    if done.failed:
        where = out / "_xpz" / "failed.csv"
        echo(f"{where} lists the files that failed; --retry-failed reads them again.", err=True)
    fail_if_refused(done.failed)


def into_file(
    estimator: Any,
    sources: tuple[Path, ...],
    out: Path,
    pz: Path | None,
    *,
    as_json: bool,
    duplicates: str,
    columns: dict[str, str],
    ids: Any,
    recursive: bool,
    overwrite: bool,
) -> None:
    """Predict into one table, and p(z) into one file."""
    from core.atomic import keep_inputs
    from core.data import ByHand, find_files
    from core.prediction import (
        accounted,
        check_ending,
        check_pz_ending,
        of_calibration,
        of_origin,
        predict_files,
        write_table,
        writing_pz,
    )
    from core.scale import expand

    check_ending(out)
    if pz is not None:
        check_pz_ending(pz)
        if pz.resolve() == out.resolve():
            raise DataError(f"{pz}: --out and --pz name the same file; choose another one.")
    outputs = [path for path in (out, pz) if path is not None]
    for path in outputs:
        refuse_existing(path, overwrite=overwrite)
    paths = find_files(expand(sources), recursive=recursive)
    for path in outputs:
        keep_inputs(path, paths)
        make_folder(path.parent)
    tell(of_origin(estimator.run) + of_calibration(estimator.run))
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
                by_hand=ByHand(columns),
                progress=bar.show,
                densities=densities,
                only=ids,
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


def read_ids(path: Path | None) -> Any:
    """Return the ids that are asked for, sorted; None: all."""
    if path is None:
        return None
    from core.data import read_ids as read

    return read(path)


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

    flags = {
        flag.name or "": int((table["flags"] & flag.value).astype(bool).sum()) for flag in SENTENCES
    }
    return flag_lines(out, len(table), int(table["z"].notna().sum()), flags)


def flag_lines(
    out: Path | str, rows: int, n_redshifts: int, flags: Mapping[str, int]
) -> Iterator[str]:
    """Yield how many redshifts there are and what share of the rows each flag concerns."""
    from core.prediction import SENTENCES

    spectra = "spectrum" if rows == 1 else "spectra"
    redshifts = "redshift" if n_redshifts == 1 else "redshifts"
    yield f"{out}: {rows:,} {spectra}, {n_redshifts:,} {redshifts}"
    for flag, sentence in SENTENCES.items():
        if n := flags.get(flag.name or "", 0):
            share = f"{n:>10,} ({100 * n / rows:.2f} %)"
            yield f"{share}  {flag.value:>3} {flag.name}: {sentence}"
