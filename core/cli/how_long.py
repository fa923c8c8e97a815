"""How long a training may take on this machine: as measured by a few steps, or as others took."""

from pathlib import Path
from typing import TYPE_CHECKING

import core
from core.cli.shared import echo, echo_json

if TYPE_CHECKING:
    from core.data import SplitConfig


def how_long(run: "core.Run") -> str:
    """Return a sentence: how long a training is expected to take, and how that is known.

    What the Train screen or `--how-long` measured is kept in the folder of runs.
    """
    from core.questions import EXPECTED_TIME, TrainingTime, about_time, expected, find
    from core.runs import SHIPPED_RUNS, list_runs

    config = run.config
    n_train, n_validation, _ = config.split.sizes(config.data.n_galaxies)
    about = about_time(config.recipe, n_train, n_validation, config.device)
    found = expected(
        config.recipe,
        n_train,
        find(TrainingTime, run.root, about),
        [each for each in list_runs(run.root) if not each.damage()],
        list_runs(SHIPPED_RUNS),
    )
    if found is None:
        return "How long it takes can be told after its first epoch: xpz runs says it."
    more = "; xpz train --how-long measures it" if found.is_rough else ""
    return f"{EXPECTED_TIME}: {found.words}, {found.source}{more}."


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
    from core.questions import BESIDE, EXPECTED_TIME, TrainingTime, about_time, ask, ask_again

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
        f"{EXPECTED_TIME}: {duration(seconds, exact=True)} for {n_of(epochs, 'epoch')} of about "
        f"{n_of(n_train, 'spectrum')}, {an_epoch:.2g} s each and {measured.start_seconds:.2g} s "
        "more for the first, which compiles the network."
    )
    echo(BESIDE, err=True)
