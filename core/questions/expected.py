"""How long a training is expected to take, before it starts: as measured here, or as others took.

It is of what `core.runs.training_seconds` tells afterwards: the epochs alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.amounts import duration
from core.model.config import Recipe
from core.questions.training_time import TrainingTime
from core.runs import Run
from core.training.expected_time import expected_time, worked_here

EXPECTED_TIME = "Expected training time"
BESIDE = "The start of Keras, some 10 s, the calibration and the evaluation come on top."


@dataclass(frozen=True)
class Expected:
    """The training time to expect [s], if no epoch is spared, and how it is known, in words.

    `measured` says whether this machine was asked, `is_rough` whether it is no more than a guess.
    """

    seconds: float
    source: str
    measured: bool = False
    is_rough: bool = False

    @property
    def words(self) -> str:
        """The time in words, such as '1 min 20 s'; of a guess no more than '1 min'."""
        return duration(self.seconds, exact=not self.is_rough)


def expected(
    recipe: Recipe,
    n_train: float,
    question: TrainingTime | None,
    own: Iterable[Run],
    shipped: Iterable[Run],
) -> Expected | None:
    """Return what to expect of a training of `n_train` spectra; None if nothing tells.

    It is told by what was measured here, else by the user's `own` runs of this machine, else by
    those that came with xpz, of another machine.
    """
    if question is not None and question.status().state == "done":
        seconds = question.read().expected(recipe.training.epochs, n_train)
        return Expected(seconds, "measured on this machine by a few steps", measured=True)
    here = [run for run in own if worked_here(run)]
    found = expected_time(recipe, n_train, here)
    machine = "this machine"
    if found is None:
        found, machine = expected_time(recipe, n_train, shipped), "another machine"
    if found is None:
        return None
    run = found.judged_by
    device = run.status().device
    epochs = f"the epochs of {run.title} on {machine}{f', {device}' if device else ''}"
    if found.is_alike:
        return Expected(found.seconds, f"by {epochs}")
    source = f"a rough guess, by the size of the network scaled from {epochs}"
    return Expected(found.seconds, source, is_rough=True)
