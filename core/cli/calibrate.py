"""`xpz calibrate`: intervals and flags for a run that has none, or by galaxies of one's own."""

from pathlib import Path
from typing import Any

import click

import core
from core.amounts import n_of
from core.cli.examples import examples
from core.cli.options import DATASET, JSON, run_option
from core.cli.shared import echo, echo_json, say, tell


@click.command(
    epilog=examples(
        "xpz calibrate --run RUN_ID",
        "xpz calibrate --run compact-520k --data mine.parquet --name Mine",
    )
)
@run_option
@click.option(
    "--data",
    type=DATASET,
    help="Your galaxies with known redshifts, a data set; or the data set that the run was trained "
    "on, if it has moved.",
)
@click.option("--name", help="What to call the new run that your galaxies give.")
@JSON
@click.pass_context
def calibrate(
    ctx: click.Context, run: "core.Run", data: Path | None, name: str | None, as_json: bool
) -> None:
    """Calibrate a run by your own galaxies, or give it the intervals and flags that it lacks.

    With --data of other galaxies than the run was trained on, a few hundred of them, a new run is
    made: the same network, whose redshifts, intervals, p(z), n(z) and flags are those of galaxies
    like yours. Nothing is trained, and the run itself stays as it is.

    Else the run is calibrated with the validation part of its own data set. Every training does so
    at its end; older runs need it once. The network stays as it is; calibration.npz,
    predictions.parquet, summary.json and, of a run with p(z), densities.npz in the run's folder are
    replaced.
    """
    from core.data import read_card

    if data is not None and read_card(data).hash != run.config.data.hash:
        _by_galaxies(run, data, name, ctx.meta.get("runs_dir"), as_json=as_json)
    elif name is not None:
        raise click.UsageError("--name is for a new run, which --data of other galaxies gives.")
    else:
        _by_own_data(run, data, as_json=as_json)


def _by_galaxies(
    run: "core.Run", data: Path, name: str | None, runs_dir: Path | None, *, as_json: bool
) -> None:
    from core.runs import of_taken_name

    say(of_taken_name(name or "", runs_dir))
    made = core.recalibrate_with(run, data, name=name, runs_dir=runs_dir, progress=_tell)
    tell(made.notices)
    if as_json:
        about = {"run_id": made.run.run_id, "folder": str(made.run.path), "n": made.after["n"]}
        names = "level", "before", "after"
        rows = [dict(zip(names, row, strict=True)) for row in made.covered]
        echo_json(
            about
            | {"changes": made.sentences(), "coverage": rows}
            | {"before": made.before, "after": made.after}
        )
        return
    echo(f"{made.run.run_id}: made in {made.run.path}")
    for sentence in made.sentences():
        echo(sentence)
    echo()
    n = made.after["n"]
    echo(f"Of {n_of(n, 'galaxy')}, each by a calibration without it:   before      after")
    for row in made.rows():
        before, after = row.texts
        echo(f"{row.title:<46}{before:>12}{after:>11}")


def _tell(sentence: str) -> None:
    echo(f"{sentence} ...", err=True)


def _by_own_data(run: "core.Run", data: Path | None, *, as_json: bool) -> None:
    from core.prediction import recalibrate, shares

    calibration, predictions = recalibrate(run, data)
    written = [run.calibration_path, run.predictions_path, run.summary_path]
    if calibration.densities is not None:
        written.append(run.densities_path)
    table: Any = calibration.coverage(predictions)
    flagged = {flag.name or "": share for flag, share in shares(predictions["flags"]).items()}
    if as_json:
        about = {"run_id": run.run_id, "folder": str(run.path), "n": len(predictions)}
        rows = table.to_dict("records")
        echo_json(
            about | {"wrote": [path.name for path in written], "coverage": rows, "flags": flagged}
        )
        return
    echo(f"{run.run_id}: wrote {', '.join(path.name for path in written)} in {run.path}")
    echo()
    echo(f"Of {n_of(len(predictions), 'galaxy')} of the test part, inside their interval:")
    for row in table.to_dict("records"):
        level, share, low, high = (
            100 * row[name] for name in ("level", "coverage", "coverage_low", "coverage_high")
        )
        echo(
            f"{level:4.0f} %   {share:6.2f} %   [{low:.2f}, {high:.2f}]"
            + (f"   median half width {row['half_width']:.4f}" if "half_width" in row else "")
        )
    echo()
    echo("Flagged:")
    for name, share in flagged.items():
        echo(f"{name:<16} {100 * share:6.2f} %")
