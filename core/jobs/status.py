"""How a job goes."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from core.config import require

STATES = ("queued", "running", "paused", "done", "cancelled", "failed", "lost")
ACTIVE = ("queued", "running")
"""States of a job that waits or works."""


@dataclass(frozen=True)
class JobStatus:
    """How a job goes, for people; each kind of job adds what it tells besides.

    'lost' is never written: it is what a reader calls a queued or running job whose process has
    gone. Times are UTC in ISO-8601; a resume renews `submitted`, which orders the queue.
    """

    states: ClassVar[tuple[str, ...]] = STATES

    state: str
    _: KW_ONLY
    device: str = ""  # name of the device in use
    message: str = ""  # one sentence; why a job failed
    created: str | None = None
    submitted: str | None = None
    started: str | None = None
    updated: str | None = None
    ended: str | None = None
    seconds: float = 0.0  # time at work so far, over all its processes [s]

    def __post_init__(self) -> None:
        require(
            self.state in self.states, f"{type(self).__name__}.state: unknown state '{self.state}'."
        )

    @property
    def is_active(self) -> bool:
        """Whether the job waits or works."""
        return self.state in ACTIVE
