"""How long a training is expected to take, before it starts: as measured here, or as others took.

It is of what `core.runs.training_seconds` tells afterwards: the epochs alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.amounts import duration
from core.comparison import names_of
from core.model.config import Recipe
from core.questions.training_time import TrainingTime
from core.runs import Run
from core.training.expected_time import FACTOR, expected_time, worked_here

EXPECTED_TIME = "Expected training time"
BESIDE = "The start of Keras, some 10 s, the calibration and the evaluation come on top."

FEW_SECONDS = 10
"""What may take no more is told without numbers: a first epoch alone differs by so much."""


@dataclass(frozen=True)
class Expected:
    """The training time to expect [s], if no epoch is spared, and how it is known, in words.

    `measured` says whether this machine was asked, `is_rough` whether it is no more than a guess,
    `is_here` whether this machine is known by it.
    """

    seconds: float
    source: str
    measured: bool = False
    is_rough: bool = False
    is_here: bool = True

    @property
    def words(self) -> str:
        """The time in words: '1 min 20 s'; 'about 1 min' elsewhere; '1 to 3 min' of a guess."""
        if self.seconds * FACTOR < FEW_SECONDS and not self.measured:
            return "a few seconds"
        if self.seconds < 0.5:
            return "under 1 s"
        if self.is_rough:
            low, high = duration(self.seconds / FACTOR), duration(self.seconds * FACTOR)
            number, unit = low.split(" ", 1)
            # "5 to 20 min", but "1 h 20 min to 5 h 20 min".
            is_short = " " not in unit and high.split(" ", 1)[1] == unit
            return f"{number if is_short else low} to {high}"
        time = duration(self.seconds, exact=self.is_here)
        return time if self.is_here else f"about {time}"


def expected(
    recipe: Recipe,
    n_train: float,
    question: TrainingTime | None,
    own: Iterable[Run],
    shipped: Iterable[Run],
) -> Expected | None:
    """Return what to expect of a training of `n_train` spectra; None if nothing tells.

    It is told by what was measured here, else by the most alike of the user's `own` runs of this
    machine and of those that came with xpz, of another machine.
    """
    if question is not None and question.status().state == "done":
        seconds = question.read().expected(recipe.training.epochs, n_train)
        return Expected(seconds, "measured on this machine by a few steps", measured=True)
    here = [run for run in own if worked_here(run)]
    found = expected_time(recipe, n_train, here, shipped)
    if found is None:
        return None
    run = found.judged_by
    device = run.status().device
    machine = "this machine" if found.is_here else "another machine"
    epochs = f"the epochs of {names_of([run])[0]} on {machine}{f', {device}' if device else ''}"
    source = f"by {epochs}"
    if not found.is_alike:
        source = f"a rough guess, by the size of the network scaled from {epochs}"
    elif found.is_small:
        source = f"a rough guess, by {epochs}, which had far fewer spectra"
    return Expected(found.seconds, source, is_rough=found.is_rough, is_here=found.is_here)
