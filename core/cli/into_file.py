"""Redshifts of files that fit into memory, as one table: `xpz predict --out z.parquet`."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.amounts import n_of
from core.cli.shared import (
    Bar,
    echo,
    fail_if_refused,
    make_folder,
    refuse_existing,
    report,
    tell,
)
from core.errors import DataError

SHOWN_PROBLEMS = 5


def into_file(
    estimator: Any,
    sources: tuple[Path, ...],
    out: Path,
    pz: Path | None,
    *,
    as_json: bool,
    duplicates: str,
    columns: Mapping[str, str],
    ids: Any,
    recursive: bool,
    overwrite: bool,
) -> None:
    """Predict into one table, whose ending was checked, and p(z) into one file."""
    from core.atomic import keep_inputs
    from core.data import ByHand, find_files
    from core.prediction import (
        accounted,
        check_pz_ending,
        of_calibration,
        of_origin,
        of_recalibration,
        predict_files,
        write_table,
        writing_pz,
    )
    from core.scale import expand

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
    run = estimator.run
    known = of_recalibration(run) + of_calibration(run)
    tell(of_origin(run) + estimator.expected.notices + known)
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
            about = accounted(estimator.provenance, account, prediction.shift)
            write_table(prediction.table, out, about)
            lines += summary(prediction.table, out)
            if prediction.shift is not None:
                lines.append(prediction.shift.sentence)
    if densities is not None and densities.n:
        lines.append(f"{pz}: p(z) of {n_of(densities.n, 'spectrum')}")
    report([*lines, ""], [account], as_json=as_json, with_refused=False)
    if account.repeated_ids and duplicates == "keep":
        words = "Some sources come in several rows, marked in the column `repeated`: --duplicates "
        echo(words + "first or best keeps one row of each.", err=True)
    if not len(prediction.table):
        raise DataError("These files contain no spectra; no table was written.")
    fail_if_refused(prediction.refused_files)


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
            echo(f"... and {n_of(len(rows) - SHOWN_PROBLEMS, 'more row')} {what}.", err=True)


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

    yield f"{out}: {n_of(rows, 'spectrum')}, {n_of(n_redshifts, 'redshift')}"
    for flag, sentence in SENTENCES.items():
        if n := flags.get(flag.name or "", 0):
            share = f"{n:>10,} ({100 * n / rows:.2f} %)"
            yield f"{share}  {flag.value:>3} {flag.name}: {sentence}"
