"""`xpz evaluate`: a run, judged."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from core.cli.shared import FILE, RUN, Bar
from core.errors import DataError


@click.command()
@RUN
@click.option("--data", type=FILE, help="Another data set; by default the run's own test part.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evaluate(run_dir: Path, data: Path | None, as_json: bool) -> None:
    """Judge a run: headline numbers with 95 % intervals, and errors per bin of 0.05.

    Of a run with densities p(z), their scores and coverage as well.
    """
    from core.evaluation.report import evaluate_table
    from core.runs import open_run

    run = open_run(run_dir.parent, run_dir.name)
    table = run.predictions() if data is None else predict_unseen(run, data)
    result = evaluate_table(table)
    if as_json:
        click.echo(json.dumps(result, indent=1))
        return
    from core.evaluation.calibration import SCORES
    from core.evaluation.metrics import HEADLINE

    click.echo(f"{run.run_id}: {result['n']:,} galaxies")
    show_metrics(HEADLINE, result)
    if "density" in result:
        click.echo("\np(z)")
        show_metrics(SCORES, result["density"])
        show_coverage(result["density"]["coverage"])
    click.echo("\n    z bin          n      %   mean error      std      MAE")
    for row in result["bins"]:
        numbers = "".join(
            f"{'-':>{width}}" if row[key] is None else f"{row[key]:{width}.4f}"
            for key, width in (("mean_error", 13), ("std", 9), ("mae", 9))
        )
        edges = f"{row['z_low']:.2f} - {row['z_high']:.2f}"
        click.echo(f"{edges} {row['n']:>9,} {row['percent']:6.2f}{numbers}")


def show_metrics(metrics: Mapping[str, Any], report: dict[str, Any]) -> None:
    """Print metrics, each with its interval or with what chance alone stays below."""
    for name, metric in metrics.items():
        if metric.limit is None:
            low, high = report["intervals"][name]
            beside = f"[{low:.4f}, {high:.4f}]"
        else:
            beside = f"below {report[f'{name}_limit']:.4f} by chance (95 %)"
        click.echo(f"{metric.title:<34} {report[name]:9.4f}   {beside}")


def show_coverage(rows: list[dict[str, Any]]) -> None:
    """Print the coverage of the intervals of densities."""
    for row in rows:
        title = f"Coverage of {100 * row['level']:.0f} % intervals"
        ends = f"[{row['coverage_low']:.4f}, {row['coverage_high']:.4f}]"
        click.echo(f"{title:<34} {row['coverage']:9.4f}   {ends}")


def predict_unseen(run: Any, data: Path) -> Any:
    """Predict a data set but for the galaxies that the run was trained with, and say so."""
    from core.data.dataset import load_dataset
    from core.prediction.dataset import predict_dataset, used_in_training

    dataset = load_dataset(data)
    warn_of_origin(run, dataset)
    used = used_in_training(run, dataset)
    if used is None:
        click.echo(
            f"The data set that {run.run_id} was trained on is not at hand, or galaxies have no "
            "ids: whether some are in both cannot be checked. If so, the numbers are too good.",
            err=True,
        )
    elif used.all():
        raise DataError(
            f"{data}: every galaxy was used to train {run.run_id}; judge it on another data set."
        )
    elif used.any():
        click.echo(
            f"Left out: {used.sum():,} of {len(used):,} galaxies, which {run.run_id} was trained "
            "or validated with.",
            err=True,
        )
        dataset = dataset.take(~used)
    with Bar(total=len(dataset), unit=" spectra", unit_scale=True) as bar:
        return predict_dataset(run, dataset, bar.show)


def warn_of_origin(run: Any, dataset: Any) -> None:
    """Say so where a run was trained on simulated spectra and is judged on others."""
    if run.config.data.origin == "simulated" and dataset.card.origin != "simulated":
        click.echo(
            f"{run.run_id} was trained on simulated spectra: retrain or recalibrate it on real "
            "ones before you trust or publish its redshifts.",
            err=True,
        )
