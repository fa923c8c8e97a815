"""Redshifts of any number of files, into a folder of parts: `xpz predict --out FOLDER/`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import core
from core.amounts import n_of
from core.cli.exit_codes import Stopped
from core.cli.into_file import SHOWN_PROBLEMS, flag_lines, tell_how_counted, tell_rows
from core.cli.shared import (
    Bar,
    echo,
    fail_if_refused,
    make_folder,
    report,
    tell,
)

if TYPE_CHECKING:
    from core.data import Bulk
    from core.scale import Progress


def into_folder(
    run: "core.Run", sources: "tuple[Path, ...] | Bulk", out: Path, *, as_json: bool, **asked: Any
) -> None:
    """Predict into a folder of parts, and say how that goes and what came of it."""
    from core.prediction import (
        SEEN,
        Calibration,
        Expected,
        of_calibration,
        of_intervals,
        of_origin,
        of_predicted,
        of_unreadable,
    )
    from core.scale import predict_folder

    calibration = Calibration.load(run)
    known = of_intervals(run, calibration, asked["prior"])
    known += of_calibration(run) + of_unreadable(run)
    tell(of_origin(run) + Expected.of(run, calibration).notices + known)
    folders = [out, asked["densities"]] if asked["densities"] else [out]
    for folder in folders:
        make_folder(folder)
    with Bar(bar_format="{percentage:3.0f}%|{bar:20}| {desc}") as bar:

        def show(progress: "Progress") -> None:
            bar.set_description_str(progress.words(), refresh=False)
            bar.show(progress.size_done if progress.size else 1, max(progress.size, 1))
            bar.refresh()

        try:
            done = predict_folder(run, sources, out, progress=show, **asked)
        except KeyboardInterrupt:
            bar.close()
            raise Stopped(
                f"{out}: stopped. What is finished is kept whole; start the same command again, "
                "and it goes on from there."
            ) from None
    for reason in done.refused[:SHOWN_PROBLEMS]:
        echo(f"Error: {reason}", err=True)
    if (n := len(done.refused) - SHOWN_PROBLEMS) > 0:
        echo(f"... and {n_of(n, 'more file')} that could not be read.", err=True)
    tell_rows(done.problems)
    tell_how_counted(done.problems)
    tell(of_predicted(run.title, done.account.noted[SEEN], done.account.rows))
    lines = list(flag_lines(f"{out}/", done.rows, done.redshifts, done.flags))
    if done.shift is not None:
        lines.append(done.shift.sentence)
    if done.skipped:
        were = "was" if done.skipped == 1 else "were"
        lines.append(f"{n_of(done.skipped, 'file')} {were} read before.")
    if done.densities:
        lines.append(f"{asked['densities']}/: p(z) in {n_of(done.densities, 'part')}")
    if done.hats:
        lines.append(f"{done.hats}/: HATS catalogue")
    report([*lines, ""], [done.account], as_json=as_json, with_refused=False)
    if done.passed_over:
        words = f"{n_of(done.passed_over, 'file')} that failed before: not tried again."
        echo(f"{words} --retry-failed does.", err=True)
    if done.account.refused:
        again = "" if done.passed_over else " --retry-failed reads them again."
        echo(f"Why files failed stands in {out / '_xpz' / 'failed.csv'}.{again}", err=True)
    fail_if_refused(done.refused or done.account.refused, told=bool(done.refused))
