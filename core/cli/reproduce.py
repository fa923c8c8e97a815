"""`xpz reproduce`: the dissertation's figures and tables, made again, on one page."""

from pathlib import Path

import click

import core
from core.cli.evaluate import predict
from core.cli.examples import examples
from core.cli.options import A_RUN, DATASET, FILE, OVERWRITE, RunType, runs_dir_option
from core.cli.page import check_page, write_page
from core.cli.shared import echo


@click.command(
    epilog=examples(
        "xpz reproduce",
        "xpz reproduce --run RUN_ID --out mine.html",
        "xpz reproduce --data data/simulated-20k.parquet --run compact-20k \\",
        "    --out compact.html",
    )
)
@click.option(
    "--run",
    "runs",
    type=RunType(),
    multiple=True,
    help=f"Run to show; may be given several times. {A_RUN}. By default the shipped "
    "run of the published network with most galaxies, and the best shipped run.",
)
@runs_dir_option(passed=False)
@click.option(
    "--data",
    type=DATASET,
    help="Data set to show and to judge the runs on, less the galaxies that they were trained "
    "with; by default the shipped one, and each run's own test part.",
)
@click.option(
    "--out",
    type=FILE,
    default=Path("reproduce.html"),
    show_default=True,
    help="File to write: .html, or .md without the pictures.",
)
@OVERWRITE
def reproduce(runs: tuple["core.Run", ...], data: Path | None, out: Path, overwrite: bool) -> None:
    """Make the dissertation's figures 9-18 and tables 1-3 again, on one page.

    Ours stand beside the published numbers, with short explanations. The page is a
    single file that needs nothing else.
    """
    from core.comparison import names_of
    from core.data import open_dataset
    from core.reproduction import default_runs, reproduction_page, shipped_dataset
    from core.runs import SHIPPED_RUNS, list_runs

    check_page(out, overwrite=overwrite)
    chosen = list(dict.fromkeys(runs)) or default_runs(list_runs(SHIPPED_RUNS))
    named = dict(zip(names_of(chosen), chosen, strict=True))
    opened = open_dataset(shipped_dataset() if data is None else data)
    predictions = {
        name: run.predictions() if data is None else predict(run, data).predictions
        for name, run in named.items()
    }
    write_page(out, reproduction_page(opened, named, predictions))
    echo(f"{out}: the dissertation's figures and tables", err=True)
