"""`xpz bundle`: a run as one file, out and in."""

from pathlib import Path

import click

import core
from core.amounts import n_of
from core.cli.described import of_run
from core.cli.examples import examples
from core.cli.options import FILE, JSON, OVERWRITE, RUNS_DIR, run_option
from core.cli.shared import People, echo, echo_json, make_folder, refuse_existing


@click.group(
    cls=People,
    epilog=examples(
        "xpz bundle export --run compact-520k",
        "xpz bundle import compact-520k.zip --runs-dir other-runs",
    ),
)
def bundle() -> None:
    """Hand runs on: one zip file out, one zip file in."""


@bundle.command(
    "export",
    epilog=examples(
        "xpz bundle export --run compact-520k",
        "xpz bundle export --run RUN_ID --out best.zip --overwrite",
    ),
)
@run_option
@click.option("--out", type=FILE, help="File to write; by default the run's id with .zip.")
@OVERWRITE
@JSON
def export(run: "core.Run", out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Write a complete run into one zip file, with the hash of every file.

    The data set that it was trained on stays behind.
    """
    from core.sharing import export_bundle

    out = out or Path(f"{run.run_id}.zip")
    refuse_existing(out, overwrite=overwrite)
    make_folder(out.parent)
    export_bundle(run, out)
    size = out.stat().st_size
    if as_json:
        echo_json({"run_id": run.run_id, "file": str(out), "bytes": size})
    else:
        echo(f"{out}: {n_of(size, 'byte')}")


@bundle.command(
    "import",
    epilog=examples("xpz bundle import compact-520k.zip --runs-dir other-runs"),
)
@click.argument("file", type=FILE)
@RUNS_DIR
@JSON
def import_(file: Path, runs_dir: Path, as_json: bool) -> None:
    """Check a bundle, make its run one of yours and print its id.

    A file that was changed on its way is named, and nothing is left behind.
    """
    from core.sharing import import_bundle

    run = import_bundle(file, runs_dir)
    if as_json:
        echo_json(of_run(run))
    else:
        echo(run.run_id)
