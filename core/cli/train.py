"""`xpz train`, `resume`, `wait` and `cancel`: trainings in processes of their own."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import core
from core.cli.completers import devices, presets
from core.cli.described import of_run
from core.cli.examples import examples
from core.cli.how_long import measure
from core.cli.layers import CONV_LAYERS, DENSE_UNITS
from core.cli.options import (
    A_RUN,
    DATASET,
    JSON,
    RUNS_DIR,
    SPLIT_SEED,
    WAIT,
    OneOf,
    RunType,
    run_option,
)
from core.cli.shared import Bar, echo, echo_json, say, tell
from core.cli.started import called, say_run, say_what_next, waiting
from core.cli.worker import QUEUE, say_who_takes
from core.model import SETTINGS

if TYPE_CHECKING:
    from core.prediction import Notice


def recipe_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for every setting of a recipe."""
    command = CONV_LAYERS(DENSE_UNITS(command))
    for name, one in reversed(SETTINGS.items()):
        if one.open:
            flag = option_of(name)
            kind: Any = {"int": int, "float": float}.get(one.kind)
            if set(one.choices) == {True, False}:
                flag, kind = f"{flag}/--no-{flag[2:]}", bool
            elif one.choices:
                kind = OneOf(list(one.choices))
            about = one.about if one.choices else f"{one.about} Expected: {one.bounds}."
            command = click.option(flag, type=kind, default=None, help=about)(command)
    return command


def option_of(setting: str) -> str:
    """Return the option of a setting of a recipe."""
    return "--" + setting.replace("_", "-")


def of_idle(recipe: "core.Recipe", asked: Iterable[str]) -> "tuple[Notice, ...]":
    """Say which of the settings that were asked for have no effect, and why."""
    from core.model import why_idle
    from core.prediction import Notice

    found = {name: why_idle(name, recipe.settings, option_of) for name in asked}
    return tuple(
        Notice("warning", f"{option_of(name)} has no effect: {why}.")
        for name, why in found.items()
        if why
    )


@click.command(
    epilog=examples(
        "xpz train --data data/simulated-20k.parquet --preset compact",
        "xpz train --data data/simulated-20k.parquet --dense-units 256,64",
        "# Wait for the end, with a progress bar:",
        "xpz train --data data/simulated-20k.parquet --epochs 5 --wait",
        "# How long would it take here?",
        "xpz train --data data/simulated-20k.parquet --how-long",
        "# Go on from a trained run:",
        "xpz train --data data/local/sdss.parquet --from compact-520k",
    )
)
@click.option("--data", type=DATASET, required=True, help="Data set (Parquet).")
@click.option(
    "--preset",
    shell_complete=presets,
    help="compact (the default), compact-few, compact-survey or dissertation.",
)
@click.option(
    "--from",
    "start",
    type=RunType(),
    help=f"Run to fine-tune, instead of training a preset from scratch. {A_RUN}.",
)
@recipe_options
@SPLIT_SEED
@click.option(
    "--name",
    help="What to call the run, in up to 80 characters. Its id begins and ends like the name; a "
    "run without one goes by its id.",
)
@click.option(
    "--device",
    shell_complete=devices,
    default="auto",
    show_default=True,
    help="auto, cpu, gpu:N, or several GPUs that share every batch: gpu:0,gpu:1.",
)
@RUNS_DIR
@QUEUE
@WAIT
@JSON
@click.option(
    "--how-long",
    is_flag=True,
    help="Start nothing: measure by some steps on this machine how long it would take.",
)
def train(
    data: Path,
    preset: str | None,
    start: "core.Run | None",
    split_seed: int,
    name: str | None,
    device: str,
    runs_dir: Path,
    to_workers: bool,
    wait: bool,
    as_json: bool,
    how_long: bool,
    **asked: Any,
) -> None:
    """Start a training in a process of its own and print the run's id.

    What is not asked for is as the preset has it, which `xpz model show --preset NAME` lists. With
    --from, network and
    scaling are those of that run, and all else suits a few hundred galaxies.

    Of a data set too large for memory, some 1.3 million galaxies with their
    errors, the spectra to train on are shuffled on the disk of --runs-dir,
    1.5 kB each, until the training ends.
    """
    from core.data import SplitConfig
    from core.model import get_preset
    from core.runs import of_taken_name
    from core.training import check_data, check_recipe, of_warmup, submit
    from core.training.fine_tuning import fine_tuning, tuned_id, tuned_name

    id_like = None
    if start is None:
        preset = preset or "compact"
        recipe = get_preset(preset)
    elif preset is not None:
        raise click.UsageError("Give --preset or --from, not both.")
    else:
        recipe, name = fine_tuning(start.config.recipe), name or tuned_name(start)
        id_like = tuned_id(start)
    values = asked_for(**asked)
    recipe, split = recipe.with_settings(values), SplitConfig(seed=split_seed)
    check_recipe(recipe, here=not to_workers)
    training = recipe.training
    tell(of_idle(recipe, values))
    tell((*check_data(data, split), *of_warmup(training.epochs, training.warmup_epochs)))
    if how_long:
        measure(runs_dir, recipe, data, split, device, as_json=as_json)
        return
    say(of_taken_name(name or "", runs_dir))
    run = submit(
        runs_dir,
        recipe,
        data,
        split=split,
        name=name,
        id_like=id_like,
        device=device,
        start=start,
        to_workers=to_workers,
    )
    if not to_workers:
        say_run(run, waits=wait, begun_from=preset or "")
    say_who_takes(runs_dir, to_workers)
    tell_of(run, wait=wait, as_json=as_json)


def asked_for(**settings: Any) -> dict[str, Any]:
    """Return the settings that have a value."""
    return {name: value for name, value in settings.items() if value is not None}


@click.command(epilog=examples("xpz resume --run RUN_ID --wait"))
@run_option
@QUEUE
@WAIT
@JSON
def resume(run: "core.Run", to_workers: bool, wait: bool, as_json: bool) -> None:
    """Go on with a training that was cancelled, killed or failed, from its last epoch.

    One that waits for a worker is started here.
    """
    from core import jobs

    jobs.resume(run, to_workers=to_workers)
    if not (to_workers or wait):
        say_what_next(run)
    say_who_takes(run.root, to_workers)
    tell_of(run, wait=wait, as_json=as_json)


@click.command(epilog=examples("xpz wait --run RUN_ID && xpz evaluate --run RUN_ID"))
@run_option
@JSON
def wait(run: "core.Run", as_json: bool) -> None:
    """Wait until a training ends, with a progress bar, and print the run's id.

    It fails if the training does. Ctrl-C ends the waiting, not the training.
    """
    tell_of(run, wait=True, as_json=as_json)


@click.command(epilog=examples("xpz cancel --run RUN_ID", "xpz cancel --run RUN_ID --wait"))
@run_option
@click.option("--wait", is_flag=True, help="Wait until it has stopped.")
def cancel(run: "core.Run", wait: bool) -> None:
    """Ask a training to stop; it keeps its last epoch and can be resumed."""
    from core import jobs

    jobs.stop(run)
    echo(f"{run.run_id}: asked to stop; it keeps its last epoch and can be resumed")
    if wait:
        jobs.wait(run)


def tell_of(run: "core.Run", *, wait: bool, as_json: bool) -> None:
    """Print the run's id, then wait if asked to; or print all as JSON, then how it ended."""
    if not as_json:
        echo(run.run_id)
    if wait:
        follow(run)
    if as_json:
        echo_json(of_run(run))


def follow(run: "core.Run") -> None:
    """Show a progress bar until the run ends; fail if it did not finish."""
    from core.jobs import finish
    from core.prediction import of_calibration

    with Bar(unit="epoch", desc=run.run_id) as bar, waiting("xpz cancel --run " + called(run)):
        finish(run, lambda status: bar.show(status.epoch, status.epochs))
    tell(of_calibration(run))
