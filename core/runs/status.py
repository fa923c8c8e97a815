"""How a run goes."""

from dataclasses import dataclass

from core.config import require

STATES = ("queued", "running", "done", "cancelled", "failed", "lost")


@dataclass(frozen=True)
class Status:
    """How a run goes.

    Attributes
    ----------
    state : str
        One of `STATES`. 'lost' is never written: it is what a reader calls a
        queued or running training whose process has gone.
    epoch, epochs : int
        Finished epochs and those of the recipe.
    step, steps : int
        Batches done in the present epoch and those of one epoch.
    device : str
        Name of the device in use, for people.
    message : str
        One sentence for people; why a run failed.
    created, submitted, started, updated, ended : str or None
        UTC, ISO-8601. `submitted` orders the queue and is renewed by a resume.
    seconds : float
        Time spent in training so far, over all its processes [s].
    """

    state: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    device: str = ""
    message: str = ""
    created: str | None = None
    submitted: str | None = None
    started: str | None = None
    updated: str | None = None
    ended: str | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        require(self.state in STATES, f"Status.state: unknown state '{self.state}'.")

    @property
    def fraction(self) -> float:
        """Share of the training's batches that is done, 0 to 1."""
        within = self.step / self.steps if self.steps else 0.0
        return min((self.epoch + within) / self.epochs, 1.0) if self.epochs else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Expected rest of the training at its mean speed so far [s]; None if unknown."""
        if self.state != "running" or self.fraction == 0:
            return None
        return self.seconds * (1 / self.fraction - 1)
