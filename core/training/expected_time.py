"""How long a training may take: judged by one that ended, or as measured by a few steps."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from core.errors import DamagedError
from core.model.config import Recipe
from core.runs import Run


@dataclass(frozen=True)
class ExpectedTime:
    """How long a training takes if no epoch is spared [s], and the run that this is judged by."""

    seconds: float
    judged_by: Run


@dataclass(frozen=True)
class MeasuredTime:
    """What a training's time is made of on a machine; see `core.training.measured_time`.

    Attributes
    ----------
    start_seconds : float
        From the start to the second epoch: Keras, the network, its compilation, the first one [s].
    seconds : float
        Of one epoch of `n` spectra, with its validation [s].
    n : int
        Spectra that it was measured with.
    """

    start_seconds: float
    seconds: float
    n: int

    def expected(self, epochs: int, n_train: float) -> float:
        """Return how long so many epochs of `n_train` spectra take [s], if none is spared."""
        return self.start_seconds + epochs * self.seconds * n_train / self.n


def expected_time(recipe: Recipe, n_train: float, runs: Iterable[Run]) -> ExpectedTime | None:
    """Return how long a training of `n_train` spectra may take; None if nothing tells.

    It is judged by the first of `runs` that is complete and has the same network and batches, whose
    machine may have been another one. Its time for a spectrum in an epoch is taken for this one's.
    """
    for run in runs:
        theirs = run.config.recipe
        if theirs.network != recipe.network:
            continue
        if theirs.training.batch_size != recipe.training.batch_size:
            continue
        told: Mapping[str, Any] = {}
        with suppress(DamagedError):  # of a run that has nothing to do with this one
            told = run.summary() or told
        passes = told.get("n_train", 0) * told.get("epochs_run", 0)
        if passes and told.get("train_seconds"):
            spectra = n_train * recipe.training.epochs
            return ExpectedTime(told["train_seconds"] * spectra / passes, run)
    return None
