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

    Attributes
    ----------
    host : str
        The machine that works on it, or did last.
    for_workers : bool
        Whether it was left to the workers of its root (`core.jobs.workers`).
    takes : int
        How often a process was started for it after it had waited or stopped.
    losses : int
        How often workers lost it in a row with nothing done in between, and took it on again.
    reached : float
        How far it was when they lost it last (`Job.reached`).
    for_good : bool
        Whether it failed of something that it would fail of again (`XpzError.for_good`).
    """

    states: ClassVar[tuple[str, ...]] = STATES

    state: str
    _: KW_ONLY
    device: str = ""  # name of the device in use
    host: str = ""
    message: str = ""  # one sentence; why a job failed
    created: str | None = None
    submitted: str | None = None
    started: str | None = None
    updated: str | None = None
    ended: str | None = None
    seconds: float = 0.0  # time at work so far, over all its processes [s]
    for_workers: bool = False
    takes: int = 0
    losses: int = 0
    reached: float = 0.0
    for_good: bool = False

    def __post_init__(self) -> None:
        require(
            self.state in self.states,
            f"Expected one of {', '.join(self.states)}, received the unknown state '{self.state}'.",
        )

    @property
    def is_active(self) -> bool:
        """Whether the job waits or works."""
        return self.state in ACTIVE

    @property
    def waits_for_worker(self) -> bool:
        """Whether it waits, without a process, for a worker to take it."""
        return self.for_workers and self.state == "queued" and not self.host

    @property
    def where(self) -> str:
        """Who works on the job or what it waits for, for people; '' once it has ended."""
        if self.waits_for_worker:
            return "waits for a worker"
        if self.state == "queued":
            return f"waits for the device{f' on {self.host}' if self.host else ''}"
        if self.state != "running":
            return ""
        parts = [
            self.device,
            self.host,
            f"since {self.started[:16].replace('T', ' ')} UTC" if self.started else "",
        ]
        return f"on {', '.join(part for part in parts if part)}"


@dataclass(frozen=True)
class CountedStatus(JobStatus):
    """How a job goes that counts what it does; see `JobStatus` for the rest.

    Attributes
    ----------
    done, total : int
        What is done so far, and all; 0 of 0 until that is known.
    """

    done: int = 0
    total: int = 0

    @property
    def fraction(self) -> float:
        """Share that is done, 0 to 1."""
        return self.done / self.total if self.total else 0.0
