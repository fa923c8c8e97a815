"""The command `xpz`: simulate, train, evaluate, and open the dashboard.

Everything heavy is imported by the command that needs it, so that `xpz --help`
answers at once.
"""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from core.errors import DataError, XpzError

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path, resolve_path=True)
RUNS_DIR = click.option(
    "--runs-dir", type=FOLDER, default=Path("runs"), show_default=True, help="Folder of the runs."
)
RUN = click.option(
    "--run", "run_dir", type=FOLDER, required=True, help="Run folder, for example runs/compact-1."
)


class People(click.Group):
    """A group whose commands show our own errors as one sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn an `XpzError` into click's message and exit code 1."""
        try:
            return super().invoke(ctx)
        except XpzError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:  # a folder that may not be written, a full disk
            raise click.ClickException(f"{error.filename or 'File'}: {error.strerror}") from error


@click.group(cls=People, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xpz")
def main() -> None:
    """Galaxy redshifts from Gaia BP/RP (XP) spectra."""


@main.command()
@click.option("--n", "n_galaxies", type=click.IntRange(min=1), required=True, help="Galaxies.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--out", type=FILE, required=True, help="Parquet file to write.")
def simulate(n_galaxies: int, seed: int, out: Path) -> None:
    """Simulate spectra of galaxies: real SDSS galaxies seen by Gaia's instrument model."""
    from core.simulation import SimulationConfig, simulate_to_parquet

    config = SimulationConfig(n=n_galaxies, seed=seed)
    with Bar(total=n_galaxies, unit=" spectra", unit_scale=True) as bar:
        card = simulate_to_parquet(config, out, progress=bar.show)
    click.echo(f"{out}: {card.n_galaxies} simulated spectra, configuration {card.config_hash}")


@main.group(cls=People)
def model() -> None:
    """Networks."""


@model.command("show")
@click.option("--preset", required=True, help="Name of a preset, for example dissertation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def model_show(preset: str, as_json: bool) -> None:
    """Show a preset's layers and their numbers of parameters."""
    from core.config import to_dict
    from core.model.presets import get_preset
    from core.model.shapes import count_parameters, layer_table

    recipe = get_preset(preset)
    layers = layer_table(recipe.network, recipe.scaling)
    parameters = count_parameters(recipe.network, recipe.scaling)
    if as_json:
        content = {
            "preset": preset,
            "parameters": parameters,
            "layers": [dataclasses.asdict(layer) for layer in layers],
            "recipe": to_dict(recipe),
        }
        click.echo(json.dumps(content, indent=1))
        return
    for layer in layers:
        shape = " x ".join(str(size) for size in layer.output_shape)
        click.echo(f"{layer.name:<16} {layer.kind:<14} {shape:>12} {layer.parameters:>10,}")
    click.echo(f"{'parameters':<44} {parameters:>10,}")


@main.command()
@click.option("--data", type=FILE, required=True, help="Data set (Parquet).")
@click.option("--preset", default="compact", show_default=True)
@click.option("--epochs", type=int, help="Instead of the preset's.")
@click.option("--batch-size", type=int, help="Instead of the preset's.")
@click.option("--seed", type=int, help="Of the weights and the order of the batches.")
@click.option("--split-seed", type=int, default=0, show_default=True)
@click.option("--name", help="Name of the run; the preset's by default.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or gpu:N.")
@RUNS_DIR
@click.option("--wait", is_flag=True, help="Stay until the training ends, with a progress bar.")
def train(
    data: Path,
    preset: str,
    epochs: int | None,
    batch_size: int | None,
    seed: int | None,
    split_seed: int,
    name: str | None,
    device: str,
    runs_dir: Path,
    wait: bool,
) -> None:
    """Start a training in a process of its own and print the run's id."""
    from core.data.split import SplitConfig
    from core.model.presets import get_preset
    from core.training.queue import submit

    recipe = get_preset(preset)
    asked = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
    changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    recipe = dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, **changes))
    run = submit(
        runs_dir,
        recipe,
        data,
        split=SplitConfig(seed=split_seed),
        name=name,
        preset=preset,
        device=device,
    )
    click.echo(run.run_id)
    if wait:
        follow(run)


@main.command()
@RUN
@click.option("--wait", is_flag=True, help="Stay until the training ends, with a progress bar.")
def resume(run_dir: Path, wait: bool) -> None:
    """Go on with a training that was cancelled, killed or failed, from its last epoch."""
    from core.runs import open_run
    from core.training import queue

    run = open_run(run_dir.parent, run_dir.name)
    queue.resume(run)
    click.echo(run.run_id)
    if wait:
        follow(run)


@main.command()
@RUN
def cancel(run_dir: Path) -> None:
    """Ask a training to stop; it keeps its last epoch and can be resumed."""
    from core.runs import open_run
    from core.training import queue

    queue.cancel(open_run(run_dir.parent, run_dir.name))


@main.command()
@RUNS_DIR
def runs(runs_dir: Path) -> None:
    """List the runs with their state and error."""
    from core.runs import list_runs

    for run in list_runs(runs_dir):
        try:
            state, summary = run.status().state, run.summary()
        except XpzError as error:
            state, summary = f"damaged: {error}", None
        mae = f"  MAE {summary['evaluation']['mae']:.4f}" if summary else ""
        click.echo(f"{run.run_id:<64} {state}{mae}")


@main.command()
@RUN
@click.option("--data", type=FILE, help="Another data set; by default the run's own test part.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evaluate(run_dir: Path, data: Path | None, as_json: bool) -> None:
    """Judge a run: headline numbers with 95 % intervals, and errors per bin of 0.05."""
    from core.evaluation.report import evaluate as report
    from core.runs import open_run

    run = open_run(run_dir.parent, run_dir.name)
    table = run.predictions() if data is None else predict_unseen(run, data)
    result = report(table["z_spec"].to_numpy(), table["z_pred"].to_numpy())
    if as_json:
        click.echo(json.dumps(result, indent=1))
        return
    from core.evaluation.metrics import DEFINITIONS

    click.echo(f"{run.run_id}: {result['n']:,} galaxies")
    for metric, (low, high) in result["intervals"].items():
        title = DEFINITIONS[metric].title
        click.echo(f"{title:<34} {result[metric]:9.4f}   [{low:.4f}, {high:.4f}]")
    click.echo("\n    z bin          n      %   mean error      std      MAE")
    for row in result["bins"]:
        numbers = "".join(
            f"{'-':>{width}}" if row[key] is None else f"{row[key]:{width}.4f}"
            for key, width in (("mean_error", 13), ("std", 9), ("mae", 9))
        )
        edges = f"{row['z_low']:.2f} - {row['z_high']:.2f}"
        click.echo(f"{edges} {row['n']:>9,} {row['percent']:6.2f}{numbers}")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def dashboard(options: tuple[str, ...]) -> None:
    """Open the dashboard; OPTIONS go to `streamlit run`."""
    home = Path(__file__).parents[1] / "dashboard" / "Home.py"
    command = [sys.executable, "-m", "streamlit", "run", str(home), *options]
    raise SystemExit(subprocess.call(command))


def predict_unseen(run: Any, data: Path) -> Any:
    """Predict a data set but for the galaxies that the run was trained with, and say so."""
    from core.data.dataset import load_dataset
    from core.prediction.dataset import predict_dataset, used_in_training

    dataset = load_dataset(data)
    if run.config.data.origin == "simulated" and dataset.card.origin != "simulated":
        click.echo(
            f"{run.run_id} was trained on simulated spectra: retrain or recalibrate it on real "
            "ones before you trust or publish its redshifts.",
            err=True,
        )
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


class Bar(tqdm):
    """A progress bar that takes how much is done of how much."""

    def show(self, done: int, total: int) -> None:
        """Move to `done` of `total`."""
        self.total = total
        self.update(done - self.n)


def follow(run: Any) -> None:
    """Show a progress bar until the run ends; fail if it did not finish."""
    from core.training.queue import wait

    with Bar(unit="epoch", desc=run.run_id) as bar:
        status = wait(run, progress=lambda status: bar.show(status.epoch, status.epochs))
    if status.state != "done":
        raise click.ClickException(
            f"{run.run_id} is {status.state}: {status.message or 'see its worker.log'}"
        )
