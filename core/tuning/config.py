"""What a search looks for, how long, and how it goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.config import require
from core.data.split import SplitConfig
from core.errors import SettingError
from core.jobs import JobStatus
from core.jobs.roots import check_id
from core.model.settings import one_of
from core.runs import DataReference
from core.tuning.space import Space

MAX_WORKERS = 64  # processes of one search
ALGORITHMS = ("bayesian", "random", "hyperband", "grid")


SEARCH_LABELS = {
    "algorithm": "Algorithm",
    "epochs": "Epochs of a trial",
    "minutes": "Minutes in all",
    "patience": "Early stop [epochs]",
    "seed": "Seed",
    "trials": "Trials in all",
    "trials_per_process": "Trials of a process",
    "workers": "Trials side by side",
}
"""What people call the settings of a search, by the names of their fields."""


def _require(fits: bool, name: str, expected: str, value: object) -> None:
    if not fits:
        said = f"expected {expected}, received {value}."
        raise SettingError(name, SEARCH_LABELS[name], said)


@dataclass(frozen=True)
class Budget:
    """When a search ends; over all its processes, whichever comes first.

    Attributes
    ----------
    trials : int or None
        Ended trials, the failed ones counted.
    minutes : float or None
        Time at work [min]. A trial that is under way then is not counted; it goes
        on where it was when the search gets more.
    """

    trials: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        require(
            self.trials is not None or self.minutes is not None,
            "Budget: expected a number of trials, of minutes, or both.",
        )
        _require(self.trials is None or self.trials >= 1, "trials", "at least 1", self.trials)
        _require(self.minutes is None or self.minutes > 0, "minutes", "more than 0", self.minutes)

    def is_spent(self, trials: int, seconds: float) -> bool:
        """Whether so many ended trials or seconds use it up."""
        return (self.trials is not None and trials >= self.trials) or (
            self.minutes is not None and seconds >= 60 * self.minutes
        )


@dataclass(frozen=True)
class SearchConfig:
    """A search.

    `seed` decides, with the results so far, what is tried next; also the weights and the order of
    the batches of every trial. Memory grows with each trial of a process, and a new one begins with
    none. Of several `workers`, each runs trials in a process of its own, side by side.
    """

    search_id: str
    name: str
    space: Space
    algorithm: str
    budget: Budget  # when the search was made; a resume may give another (`Search.budget`)
    data: DataReference
    split: SplitConfig
    epochs: int  # of a trial, at most
    device: str = "auto"
    patience: int | None = None  # epochs without a better validation loss before a trial stops
    seed: int = 0
    trials_per_process: int = 10
    workers: int = 1
    created: str = ""

    def __post_init__(self) -> None:
        check_id(self.search_id)
        one_of("algorithm", SEARCH_LABELS["algorithm"], self.algorithm, ALGORITHMS)
        for name in ("epochs", "trials_per_process", "workers"):
            _require(getattr(self, name) >= 1, name, "at least 1", getattr(self, name))
        fits = self.workers <= MAX_WORKERS
        _require(fits, "workers", f"at most {MAX_WORKERS}", self.workers)
        fits = self.patience is None or self.patience >= 0
        _require(fits, "patience", "a whole number of at least 0", self.patience)
        object.__setattr__(self, "patience", self.patience or None)
        whole = "a whole number from 0 to 2^32 - 1"
        _require(0 <= self.seed < 2**32, "seed", whole, self.seed)

    def most_trials(self, budget: Budget) -> int | None:
        """Return after how many trials it ends at the latest: a grid has no more than it holds."""
        held = self.space.size() if self.algorithm == "grid" else None
        limits = [n for n in (budget.trials, held) if n is not None]
        return min(limits, default=None)


# What a search says that has nothing more to try. All but the grid end when 20 draws in a row bring
# what has been tried: they can leave out a few.
NONE_LEFT = "No untried combination was found: the space is used up, or nearly so."


@dataclass(frozen=True)
class SearchStatus(JobStatus):
    """How a search goes; see `JobStatus` for the rest.

    Attributes
    ----------
    trials_done, trials_failed : int
        Trials that ended well, and that did not.
    trial : int or None
        Number of a trial under way, of which several workers have one each.
    epoch, epochs : int
        Its finished epochs, and how many it may have.
    best_mae : float or None
        Lowest validation MAE of a trial that ended well [redshift].
    """

    trials_done: int = 0
    trials_failed: int = 0
    trial: int | None = None
    epoch: int = 0
    epochs: int = 0
    best_mae: float | None = None

    @property
    def trials_ended(self) -> int:
        """Trials that count against the budget."""
        return self.trials_done + self.trials_failed

    @property
    def is_used_up(self) -> bool:
        """Whether it ended since no combination was left; with no other budget it finds one."""
        return self.state == "done" and self.message == NONE_LEFT


@dataclass(frozen=True)
class Trial:
    """One set of values and what became of it.

    Attributes
    ----------
    number : int
        From 1.
    values : dict
        Value of each dimension of the space that counts.
    stop_epoch : int
        The epoch after which the trial ends, at the latest.
    after : int or None
        Number of the trial from whose last epoch this one goes on (Hyperband). In a search that
        was done before, whose states are gone, it repeats that trial's epochs.
    told : int or None
        How many ended trials the algorithm knew, in the order in which they ended,
        when it proposed this one; None: all before it.
    worker : int
        Which of the search's processes has it, or had it last; from 0.
    state : str
        'running', 'done' or 'failed'.
    mae, val_loss : float or None
        Validation MAE [redshift] and loss at the epoch of the lowest validation
        loss, which is the one whose weights a training keeps.
    best_epoch : int or None
        That epoch, from 1.
    epochs : int
        Finished epochs; of a trial that goes on from another one, with that one's.
    seconds, cpu_seconds : float
        Of these epochs [s].
    parameters : int or None
        Of the network.
    message : str
        Why it failed.
    started, ended : str or None
        UTC, ISO-8601.
    """

    number: int
    values: dict[str, Any]
    stop_epoch: int
    after: int | None = None
    told: int | None = None
    worker: int = 0
    state: str = "running"
    mae: float | None = None
    val_loss: float | None = None
    best_epoch: int | None = None
    epochs: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    parameters: int | None = None
    message: str = ""
    started: str | None = None
    ended: str | None = None

    @property
    def known(self) -> int:
        """How many ended trials the algorithm knew when it proposed this one."""
        return self.number - 1 if self.told is None else self.told


def counted(status: SearchStatus, ended: Sequence[Trial]) -> SearchStatus:
    """Return the status with these trials ended and none under way."""
    errors = [trial.mae for trial in ended if trial.mae is not None]
    return replace(
        status,
        trials_done=len(errors),
        trials_failed=len(ended) - len(errors),
        best_mae=min(errors, default=None),
        trial=None,
        epoch=0,
    )
