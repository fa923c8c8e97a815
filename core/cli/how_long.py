"""How long a training may take on this machine: as measured by a few steps, or as others took."""

from pathlib import Path
from typing import TYPE_CHECKING

import core
from core.cli.shared import echo, echo_json

if TYPE_CHECKING:
    from core.data import SplitConfig


def how_long(run: "core.Run") -> str:
    """Return a sentence: how long a training may take, as measured here or by the last one alike.

    What the Train screen or `--how-long` measured is kept in the folder of runs.
    """
    from core.amounts import duration
    from core.questions import TrainingTime, about_time, find
    from core.runs import SHIPPED_RUNS, list_runs
    from core.training import expected_time, worked_here

    config = run.config
    n_train, n_validation, _ = config.split.sizes(config.data.n_galaxies)
    about = about_time(config.recipe, n_train, n_validation, config.device)
    question = find(TrainingTime, run.root, about)
    if question is not None and question.status().state == "done":
        seconds = question.read().expected(config.recipe.training.epochs, n_train)
        return f"Expected: {duration(seconds)}, as measured on this machine by a few steps."
    own = [each for each in list_runs(run.root) if not each.damage() and worked_here(each)]
    found = expected_time(config.recipe, n_train, own) or expected_time(
        config.recipe, n_train, list_runs(SHIPPED_RUNS)
    )
    if found is None:
        return "How long it takes can be told after its first epoch: xpz runs says it."
    like = found.judged_by
    device = like.status().device or "its machine"
    if found.is_alike:
        return (
            f"Expected: {duration(found.seconds)}, as {like.run_id} took on {device} for as many "
            "spectra and epochs."
        )
    return (
        f"Expected: some {duration(found.seconds)}, scaled from {like.run_id} on {device} by the "
        "size of the network; xpz train --how-long measures it."
    )


def measure(
    runs_dir: Path,
    recipe: "core.Recipe",
    data: Path,
    split: "SplitConfig",
    device: str,
    *,
    as_json: bool,
) -> None:
    """Print how long a training takes by some steps on this machine, and keep that; start none."""
    from core.amounts import duration, n_of
    from core.data import read_card
    from core.jobs import finish
    from core.questions import TrainingTime, about_time, ask, ask_again

    n_train, n_validation, _ = split.sizes(read_card(data).n_galaxies)
    question = ask(TrainingTime, runs_dir, about_time(recipe, n_train, n_validation, device))
    if question.can_resume(question.status()):
        ask_again(question)
    if question.status().is_active:
        echo("Measuring by some steps on made spectra.", err=True)
    measured = finish(question).read()
    epochs = recipe.training.epochs
    seconds = measured.expected(epochs, n_train)
    an_epoch = measured.seconds * n_train / measured.n
    if as_json:
        of_epochs = {"epochs": epochs, "seconds_per_epoch": an_epoch}
        echo_json({"seconds": seconds, "start_seconds": measured.start_seconds, **of_epochs})
        return
    echo(
        f"{duration(seconds)} for {n_of(epochs, 'epoch')} of about "
        f"{n_of(n_train, 'spectrum')}: {an_epoch:.2g} s each, and "
        f"{measured.start_seconds:.0f} s to start"
    )
