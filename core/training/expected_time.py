"""How long a training may take: told by the epochs of ended ones, or as measured by a few steps."""

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from statistics import mean

from core.errors import DamagedError
from core.jobs.beat import host
from core.model.config import Recipe
from core.model.shapes import multiplications
from core.runs import Run

OF_A_SPECTRUM, OF_A_STEP = 1.5e5, 1e7
"""What a spectrum and a step cost beside the network, in its multiplications.

From the epochs of the shipped runs on a CPU: some 20 microseconds and 1 ms, of which the compact
network spends some 100 ps on a multiplication, forwards and back.
"""


@dataclass(frozen=True)
class MeasuredTime:
    """What a training's time is made of on a machine; see `core.training.measured_time`.

    Attributes
    ----------
    start_seconds : float
        What the first epoch takes beside that of any other: it compiles the network [s].
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


@dataclass(frozen=True)
class ExpectedTime:
    """How long a training takes if no epoch is spared [s], and the run that this is judged by.

    `is_alike` says whether that has the same network and batches; if not, its time is scaled by
    what a spectrum costs, which tells no more than the order: a factor of two is not rare.
    """

    seconds: float
    judged_by: Run
    is_alike: bool = True


def expected_time(recipe: Recipe, n_train: float, runs: Iterable[Run]) -> ExpectedTime | None:
    """Return how long a training of `n_train` spectra may take; None if nothing tells.

    It is told by the epochs of the run whose spectra cost most nearly the same, the first of those
    that cost the same: network and batches alone decide that.
    """
    own = cost(recipe)
    ranked = sorted(runs, key=lambda run: abs(math.log(cost(run.config.recipe) / own)))
    for run in ranked:
        with suppress(DamagedError):  # of a run that has nothing to do with this one
            if (pace := pace_of(run)) is not None:
                ratio = own / cost(run.config.recipe)
                scaled = MeasuredTime(pace.start_seconds, pace.seconds * ratio, pace.n)
                seconds = scaled.expected(recipe.training.epochs, n_train)
                return ExpectedTime(seconds, run, is_alike=_is_alike(recipe, run.config.recipe))
    return None


def worked_here(run: Run) -> bool:
    """Whether this machine trained a run, as far as is known of one that was not left to others."""
    return run.status().host in ("", host())


def pace_of(run: Run) -> MeasuredTime | None:
    """Return the pace of a complete run's epochs, of which the first one compiles the network.

    For as many spectra and epochs it gives what the run took: `core.runs.training_seconds`.
    """
    n_train = (run.summary() or {}).get("n_train")
    if not n_train:
        return None
    seconds = [float(one) for one in run.metrics()["seconds"] if one > 0]
    if not seconds:
        return None
    usual = mean(seconds[1:] or seconds)
    if seconds[0] < usual:  # others went on beside it later
        return MeasuredTime(0.0, mean(seconds), int(n_train))
    return MeasuredTime(seconds[0] - usual, usual, int(n_train))


def cost(recipe: Recipe) -> float:
    """Return what an epoch costs for each spectrum, in multiplications of the network."""
    of_step = OF_A_STEP / recipe.training.batch_size
    return OF_A_SPECTRUM + of_step + multiplications(recipe.network, recipe.scaling)


def _is_alike(one: Recipe, other: Recipe) -> bool:
    batches = one.training.batch_size == other.training.batch_size
    return batches and one.network == other.network
