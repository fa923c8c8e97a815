"""`xpz calibrate`: intervals and flags for a run that has none."""

from pathlib import Path

import click

import core
from core.cli.examples import examples
from core.cli.options import DATASET, JSON, run_option
from core.cli.shared import echo, echo_json


@click.command(
    epilog=examples(
        "xpz calibrate --run RUN_ID",
        "xpz calibrate --run RUN_ID --data data/simulated-20k.parquet --json",
    )
)
@run_option
@click.option(
    "--data", type=DATASET, help="The data set that the run was trained on, if it has moved."
)
@JSON
def calibrate(run: "core.Run", data: Path | None, as_json: bool) -> None:
    """Give a run intervals and flags, measured on the validation part of its own data set.

    Every training does so at its end; older runs need it once. The network
    stays as it is; calibration.npz, predictions.parquet, summary.json and, of a
    run with p(z), densities.npz in the run's folder are replaced.
    """
    from core.prediction import recalibrate, shares

    calibration, predictions = recalibrate(run, data)
    written = [run.calibration_path, run.predictions_path, run.summary_path]
    if calibration.densities is not None:
        written.append(run.densities_path)
    table = calibration.coverage(predictions)
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
    echo(f"Of {len(predictions):,} galaxies of the test part, inside their interval:")
    for row in table.to_dict("records"):
        level, share, low, high = (
            100 * row[name] for name in ("level", "coverage", "coverage_low", "coverage_high")
        )
        echo(
            f"{level:4.0f} %   {share:6.2f} %   [{low:.2f}, {high:.2f}]"
            + (f"   half width {row['half_width']:.4f}" if "half_width" in row else "")
        )
    echo()
    echo("Flagged:")
    for name, share in flagged.items():
        echo(f"{name:<16} {100 * share:6.2f} %")
