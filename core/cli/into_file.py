"""Redshifts of files that fit into memory, as one table: `xpz predict --out z.parquet`."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
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
    release: str,
    ids: Any,
    ids_path: Path | None,
    recursive: bool,
    overwrite: bool,
) -> None:
    """Predict into one table, whose ending was checked, and p(z) into one file."""
    from core.atomic import keep_inputs
    from core.data import NOT_ASKED, ByHand, find_files
    from core.prediction import (
        SEEN,
        accounted,
        check_pz_ending,
        of_calibration,
        of_origin,
        of_predicted,
        of_unreadable,
        predict_files,
        rewritten,
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
    tell(of_origin(run) + estimator.notices + of_calibration(run) + of_unreadable(run))
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
                by_hand=ByHand(columns, release=release),
                progress=bar.show,
                densities=densities,
                only=ids,
            )
        tell_problems(prediction)
        account, lines = prediction.account, list[str]()
        tell(of_predicted(run.title, account.noted[SEEN], account.rows))
        if len(prediction.table):
            if changed := rewritten(prediction.table, out):
                account.notes.append(changed)
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
        why = "None of these files can be used, see above"
        if not account.refused:
            why = "These files contain no spectra"
            if account.left_out[NOT_ASKED]:
                asked = f"{n_of(len(ids), 'source_id')} of {ids_path}"
                why = f"These files hold no spectra of the {asked}"
        raise DataError(f"{why}; no table was written.")
    fail_if_refused(prediction.refused_files)


def tell_problems(prediction: Any) -> None:
    """Say on the error stream which files were refused, and which rows cannot be used."""
    for _, reason in prediction.refused_files:
        echo(f"Error: {reason}", err=True)
    for rows, what in (
        (prediction.problems, "whose flux cannot be used"),
        (prediction.notes, "whose flux is used without errors"),
    ):
        tell_rows(rows)
        if len(rows) > SHOWN_PROBLEMS:
            echo(f"... and {n_of(len(rows) - SHOWN_PROBLEMS, 'more row')} {what}.", err=True)
    tell_how_counted([*prediction.problems, *prediction.notes])


def tell_rows(rows: Sequence[tuple[str, Any, str]]) -> None:
    """Say on the error stream what is wrong with the first of some rows of files."""
    for file, _, reason in rows[:SHOWN_PROBLEMS]:
        echo(f"{file}: {reason}", err=True)


def tell_how_counted(rows: Sequence[Any]) -> None:
    """Say on the error stream how rows are counted, if any were named."""
    from core.data import ROWS_COUNTED

    if rows:
        echo(ROWS_COUNTED, err=True)


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
