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


FEW = 5000
"""An epoch of fewer spectra spends much on what comes once: its beginning, and its validation."""

COMPILING = 2.0
"""What a first epoch takes more, where a run hides it in what its epochs differ by anyway [s].

It compiles the network: 1.4 s for the compact one, 2.5 s for the dissertation's, on two CPU cores.
"""

FACTOR = 2.0
"""By so much may be wrong, in either direction, what another network or a small training tells."""


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

    Attributes
    ----------
    is_alike : bool
        Whether that has the same network and batches; if not, its time is scaled by what a spectrum
        costs, which tells no more than the order.
    is_small : bool
        Whether it had so few spectra, beside those that are asked for, that its epochs were of
        another kind; see `FEW`.
    is_here : bool
        Whether this machine trained it.
    """

    seconds: float
    judged_by: Run
    is_alike: bool = True
    is_small: bool = False
    is_here: bool = True

    @property
    def is_rough(self) -> bool:
        """Whether it may be wrong by `FACTOR`."""
        return self.is_small or not self.is_alike


def expected_time(
    recipe: Recipe, n_train: float, here: Iterable[Run], elsewhere: Iterable[Run] = ()
) -> ExpectedTime | None:
    """Return how long a training of `n_train` spectra may take; None if nothing tells.

    It is told by the epochs of the run that is most alike: of the same network and batches, and not
    of far fewer spectra; such a one from `elsewhere`, another machine, tells more than a small
    training or another network from `here`. If no network is the same, by the one whose spectra
    cost most nearly the same. Of several the one with nearly as many spectra, then with the
    longest training.
    """
    own = cost(recipe)
    found = [_Told.of(recipe, n_train, run, is_here=True) for run in here]
    found += [_Told.of(recipe, n_train, run, is_here=False) for run in elsewhere]
    for told in sorted(found, key=lambda each: each.rank):
        with suppress(DamagedError):  # of a run that has nothing to do with this one
            if (pace := pace_of(told.run)) is not None:
                ratio = own / cost(told.run.config.recipe)
                scaled = MeasuredTime(pace.start_seconds, pace.seconds * ratio, pace.n)
                seconds = scaled.expected(recipe.training.epochs, n_train)
                seconds += _hidden(pace, n_train)
                return ExpectedTime(seconds, told.run, told.is_alike, told.is_small, told.is_here)
    return None


@dataclass(frozen=True, eq=False)
class _Told:
    """What a run can tell of the time of another training, by its configuration alone."""

    run: Run
    is_alike: bool
    is_small: bool
    is_here: bool
    apart: float  # logarithm of how much more or less a spectrum costs
    differing: int  # of the further settings that a pace may hang on
    size_apart: int  # how often its spectra, or those asked for, are twice the others
    length: float  # spectra of all epochs

    @classmethod
    def of(cls, recipe: Recipe, n_train: float, run: Run, *, is_here: bool) -> "_Told":
        other, split = run.config.recipe, run.config.split
        n, _, _ = split.sizes(run.config.data.n_galaxies)
        return cls(
            run,
            is_alike=_is_alike(recipe, other),
            is_small=n < min(FEW, n_train / 4),
            is_here=is_here,
            apart=abs(math.log(cost(other) / cost(recipe))),
            differing=sum(a != b for a, b in zip(_further(recipe), _further(other), strict=True)),
            size_apart=round(abs(math.log2(max(n, 1) / max(n_train, 1)))),
            length=n * other.training.epochs,
        )

    @property
    def rank(self) -> tuple[float, ...]:
        """The lower, the more it tells."""
        if self.is_alike:
            further = self.differing, self.size_apart, -self.length
            return 0, self.is_small, not self.is_here, *further
        times = self.apart // math.log(FACTOR)
        return 1, self.is_small, times, not self.is_here, self.apart, -self.length


def _further(recipe: Recipe) -> tuple[object, ...]:
    how = recipe.training
    return recipe.scaling, how.optimizer, how.loss, how.weighting, how.noise_augmentation > 0


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


def _hidden(pace: MeasuredTime, n_train: float) -> float:
    """Return what the first epoch of fewer spectra takes more than a run's long epochs show [s]."""
    if pace.start_seconds >= min(COMPILING, pace.seconds / 2):
        return 0.0
    return (COMPILING - pace.start_seconds) * max(0.0, 1 - n_train / pace.n)


def cost(recipe: Recipe) -> float:
    """Return what an epoch costs for each spectrum, in multiplications of the network."""
    of_step = OF_A_STEP / recipe.training.batch_size
    return OF_A_SPECTRUM + of_step + multiplications(recipe.network, recipe.scaling)


def _is_alike(one: Recipe, other: Recipe) -> bool:
    batches = one.training.batch_size == other.training.batch_size
    return batches and one.network == other.network
