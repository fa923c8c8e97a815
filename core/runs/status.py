"""How a run goes."""

from dataclasses import dataclass
from typing import ClassVar

from core.jobs import STATES as ALL_STATES
from core.jobs import JobStatus

STATES = tuple(state for state in ALL_STATES if state != "paused")


@dataclass(frozen=True)
class Status(JobStatus):
    """How a run goes; see `JobStatus` for the rest."""

    states: ClassVar[tuple[str, ...]] = STATES

    epoch: int = 0  # finished ones
    epochs: int = 0  # those of the recipe
    step: int = 0  # batches done in the present epoch
    steps: int = 0  # batches of an epoch
    epoch_seconds: float = 0.0  # of an epoch, without what is compiled in the first; 0: unknown

    @property
    def fraction(self) -> float:
        """Share of the training's batches that is done, 0 to 1."""
        within = self.step / self.steps if self.steps else 0.0
        return min((self.epoch + within) / self.epochs, 1.0) if self.epochs else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Expected rest of the training [s]; None if unknown."""
        if self.state != "running" or not self.epoch_seconds:
            return None
        return self.epochs * self.epoch_seconds * (1 - self.fraction)
