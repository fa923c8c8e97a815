"""`xpz evaluate`: a run, judged."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

import core
from core.amounts import n_of
from core.cli.examples import examples
from core.cli.options import DATASET, JSON, OTHER_INSTRUMENT, run_option
from core.cli.shared import Bar, echo, echo_json, tell, tell_account


@click.command(
    epilog=examples(
        "xpz evaluate --run compact-520k",
        "xpz evaluate --run compact-20k --data data/simulated-20k.parquet --json",
    )
)
@run_option
@click.option("--data", type=DATASET, help="Another data set; by default the run's own test part.")
@click.option(
    "--with-seen",
    is_flag=True,
    help="With --data: judge the galaxies as well that the run was trained or calibrated with; its "
    "numbers are then too optimistic.",
)
@OTHER_INSTRUMENT
@JSON
def evaluate(
    run: "core.Run", data: Path | None, with_seen: bool, other_instrument: bool, as_json: bool
) -> None:
    """Judge a run: headline numbers with 95 % intervals, and errors per bin of 0.05.

    Of a run with densities p(z), their scores and coverage as well; of another one the share of
    true redshifts inside its 68 % intervals. Galaxies of --data that the run was trained with are
    left out; those that it was calibrated with by `xpz calibrate --data` are judged each by a
    calibration without it. Intervals are from resampled galaxies; of shares beyond a fixed limit
    or inside an interval, Wilson's.
    """
    from core.evaluation import completed, evaluate_table
    from core.prediction import account_of

    if data is None:
        table = run.predictions()
        account = account_of(table["source_id"].to_numpy(), {})
        # What the run was saved with, as the screens show it.
        result = completed((run.result() or {}).get("evaluation", {}), table)
    else:
        found = predict(run, data, with_seen=with_seen, other_instrument=other_instrument)
        table, account = found.predictions, found.account
        result = evaluate_table(table)
    if as_json:
        echo_json({"run_id": run.run_id} | result | {"account": account.to_json()})
        return
    from core.evaluation import HEADLINE, SCORES, inside_title
    from core.prediction import LEVEL

    echo(f"{run.title}: {n_of(result['n'], 'galaxy')}")
    show_metrics(HEADLINE, result)
    if own := result.get("own_interval"):
        show_share(inside_title(LEVEL), **own)
    if "density" in result:
        echo()
        echo("p(z)")
        show_metrics(SCORES, result["density"])
        show_coverage(result["density"]["coverage"])
    echo()
    echo("    z bin          n      %   mean error      std      MAE")
    for row in result["bins"]:
        numbers = "".join(
            f"{'-':>{width}}" if row[key] is None else f"{row[key]:z{width}.4f}"
            for key, width in (("mean_error", 13), ("std", 9), ("mae", 9))
        )
        edges = f"{row['z_low']:.2f} - {row['z_high']:.2f}"
        echo(f"{edges} {row['n']:>9,} {row['percent']:6.2f}{numbers}")
    tell_account(account)


def show_metrics(metrics: Mapping[str, Any], report: dict[str, Any]) -> None:
    """Print metrics, each with its interval or with what chance alone stays below."""
    for name, metric in metrics.items():
        if metric.limit is None:
            low, high = report["intervals"][name]
            beside = metric.ends(low, high)
        else:
            beside = f"below {metric.text(report[f'{name}_limit'])} by chance (95 %)"
        echo(f"{metric.title:<34} {metric.text(report[name]):>9}   {beside}")


def show_coverage(rows: list[dict[str, Any]]) -> None:
    """Print the coverage of the intervals of densities."""
    for row in rows:
        title = f"Coverage of {100 * row['level']:.0f} % intervals"
        show_share(title, *(row[f"coverage{end}"] for end in ("", "_low", "_high")))


def show_share(title: str, value: float, low: float, high: float) -> None:
    """Print the share of true redshifts inside intervals, with its own interval."""
    echo(f"{title:<34} {100 * value:7.2f} %   [{100 * low:.2f}, {100 * high:.2f} %]")


def predict(run: "core.Run", data: Path, **how: bool) -> Any:
    """Predict a data set as `predict_unseen` does, with a bar, and say what must be known."""
    from core.prediction import predict_unseen

    with Bar(unit=" spectra", unit_scale=True) as bar:
        found = predict_unseen(run, data, progress=bar.show, **how)
    tell(found.notices)
    return found
