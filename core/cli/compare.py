"""`xpz compare`: runs side by side, on galaxies that none was trained with."""

from pathlib import Path
from typing import Any

import click

import core
from core.amounts import n_of
from core.cli.examples import examples
from core.cli.options import DATASET, JSON, RunType, runs_dir_option
from core.cli.shared import Bar, echo, echo_json, tell, tell_account
from core.comparison import MAX_RUNS, MIN_RUNS

# Of a column, in characters; longer texts are cut.
MAX_WIDTH = 44


@click.command(
    epilog=examples(
        "xpz compare dissertation-20k compact-20k",
        "# On other galaxies, as JSON:",
        "xpz compare dissertation-20k compact-20k \\",
        "    --data data/simulated-20k.parquet --json",
    )
)
@click.argument("runs", metavar="RUN RUN...", nargs=-1, required=True, type=RunType())
@runs_dir_option(passed=False)
@click.option("--data", type=DATASET, help="Another data set; by default the common test part.")
@click.option(
    "--ugc",
    is_flag=True,
    help="With --data: compare Gaia's Unresolved Galaxy Classifier (UGC) as one more run.",
)
@click.option("--all-settings", is_flag=True, help="Also print settings that do not differ.")
@JSON
def compare(
    runs: tuple["core.Run", ...], data: Path | None, ugc: bool, all_settings: bool, as_json: bool
) -> None:
    """Compare runs with the first: settings, metrics with 95 % intervals, paired differences.

    RUN is a run's id or given name, as xpz runs lists them, or its folder. All are judged on
    the same galaxies: those in the test part of every run, or those of another data set
    that no run was trained with. A run that was calibrated with that data set is judged
    on each galaxy by a calibration without it. A standard error stands behind every ±. A
    run that has been given a name is called by it; in JSON all goes by ids. Intervals are from
    resampled galaxies; of shares beyond a fixed limit, Wilson's.
    """
    if ugc and data is None:
        raise click.UsageError("--ugc needs --data: a data set with redshifts of UGC.")
    if not MIN_RUNS <= len(runs) + ugc <= MAX_RUNS:
        raise click.UsageError(
            f"Give {MIN_RUNS} to {MAX_RUNS} runs to compare (--ugc counts as one); received "
            f"{len(runs) + ugc}."
        )
    from core.comparison import common_dataset, common_test_part, report_on
    from core.data import open_dataset
    from core.prediction import Calibration, Expected, of_origin, of_unchecked

    if data is None:
        common = common_test_part(runs)
    else:
        dataset = open_dataset(data)
        card = dataset.card
        for run in runs:
            tell(of_origin(run, card.origin))
        expected = [Expected.of(run, Calibration.load(run), any_other=True) for run in runs]
        tell(Expected.check_all(expected, card.known_instrument, card.name))
        with Bar(unit=" spectra", unit_scale=True) as bar:
            common = common_dataset(runs, dataset, with_ugc=ugc, progress=bar.show)
    report = report_on(common, all_settings=all_settings)
    for why, n in common.left_out.items():
        echo(f"Left out: {n_of(n, 'galaxy')} {why}.", err=True)
    tell(of_unchecked(name) for name in common.unchecked)
    if as_json:
        echo_json(report)
        return
    show_runs(report)
    show_metrics(report)
    show_differences(report)
    show_seeds(report)
    tell_account(common.account)


def show_runs(report: dict[str, Any]) -> None:
    """Print the settings of the runs, and what each cost."""
    from core.comparison import FACTS, fact_text, setting_label, setting_text

    names, galaxies = report["names"], report["galaxies"]
    echo(f"{galaxies['title']}: {n_of(galaxies['n'], 'galaxy')}")
    for title, rows, label, text in (
        ("Settings", report["settings"], setting_label, setting_text),
        ("Training", report["facts"], FACTS.__getitem__, fact_text),
    ):
        table = []
        for row, values in rows.items():
            cells = map(values.get, names)
            table.append([label(row), *("-" if one is None else text(row, one) for one in cells)])
        if table:
            show_table([title, *names.values()], table)
        else:
            echo()
            echo(f"{title}: none differs")


def show_metrics(report: dict[str, Any]) -> None:
    """Print every metric of every estimate with its interval."""
    from core.evaluation import METRICS, OWN_INTERVAL

    table = []
    for metric, title in titles(report).items():
        found = [each.get(metric) for each in report["metrics"].values()]
        told = METRICS[metric].text
        cells = (f"{told(row['value'])} {ends(row, metric)}" if row else "-" for row in found)
        table.append([title, *cells])
    shares = report["own_interval"].values()
    table.append([OWN_INTERVAL, *(_percent(share) for share in shares)])
    show_table(["Metric, 95 % interval", *report["names"].values()], table)


def _percent(share: dict[str, float]) -> str:
    if not share:
        return "-"
    value, low, high = (100 * share[name] for name in ("value", "low", "high"))
    return f"{value:.2f} % [{low:.2f}, {high:.2f} %]"


def show_differences(report: dict[str, Any]) -> None:
    """Print the difference of each estimate to the first one, and who is better."""
    from core.evaluation import METRICS, PLUS_MINUS, UNRANKED

    names = report["names"]
    for key, found in report["differences"].items():
        echo()
        echo(f"{names[key]} minus {names[report['reference']]}: below 0, {names[key]} is better")
        named = {metric: METRICS[metric].title_of_difference for metric in found}
        width = max(map(len, named.values()))
        for metric, row in found.items():
            numbers = (row[name] for name in ("difference", "standard_error", "low", "high"))
            told = METRICS[metric].texts_of_difference(*numbers)
            size = f"{told.difference} ± {told.standard_error}"
            interval = "" if row["low"] is None else f"[{told.low}, {told.high}]"
            better = f"{names[row['better']]} is better" if row["better"] else ""
            echo(f"{named[metric]:<{width}} {size:<21} {interval:<24} {better}".rstrip())
    echo()
    for found in report["differences"].values():
        echo(found["mae"]["sentence"])
    echo(PLUS_MINUS)
    if not all(METRICS[each].ranks for found in report["differences"].values() for each in found):
        echo(UNRANKED)


def show_seeds(report: dict[str, Any]) -> None:
    """Print mean and spread over the runs that differ in their seed alone."""
    from core.comparison import of_repetition
    from core.evaluation import METRICS

    names = report["names"]
    for alike in report["repetitions"]:
        echo()
        echo(of_repetition([names[key] for key in alike]))
    group = None
    for row in report["seeds"]:
        if row["group"] != group:
            group = row["group"]
            echo()
            called = ", ".join(names[key] for key in row["runs"])
            echo(f"The same settings, other seeds: {called}")
        known = METRICS[row["metric"]]
        mean, std = known.text(row["mean"]), known.spread_text(row["std"])
        echo(f"{known.title:<24} {mean:>9}   standard deviation {std}")


def titles(report: dict[str, Any]) -> dict[str, str]:
    """Return what each metric is called that any of the estimates has."""
    from core.evaluation import METRICS

    return {metric: METRICS[metric].title for each in report["metrics"].values() for metric in each}


def ends(row: dict[str, Any], metric: str) -> str:
    """Return an interval as text; empty where there is none."""
    from core.evaluation import METRICS

    return METRICS[metric].ends(row["low"], row["high"])


def show_table(head: list[str], rows: list[list[str]]) -> None:
    """Print a table with columns as wide as their texts, if those are not too long."""
    widths = [min(max(map(len, column)), MAX_WIDTH) for column in zip(head, *rows, strict=True)]
    echo()
    for row in [head, *rows]:
        cells = (
            f"{text if len(text) <= width else text[: width - 1] + '…':<{width}}"
            for text, width in zip(row, widths, strict=True)
        )
        echo("  ".join(cells).rstrip())
