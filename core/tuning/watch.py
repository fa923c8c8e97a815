"""What happens between the batches of a trial."""

import time
from dataclasses import replace
from typing import Any

import keras

from core.jobs.turn import obey
from core.training.loop import check_finite
from core.tuning.search import Search, SearchStatus

SECONDS_BETWEEN_UPDATES = 0.5


class TimeSpentError(Exception):
    """The budget's minutes are spent."""


class Watch(keras.callbacks.Callback):
    """Keeps status.json up to date, obeys requests to stop and ends when the time is spent.

    Parameters
    ----------
    search : Search
        The search.
    status : SearchStatus
        Its status at the start.
    clock : float
        Reading of the monotonic clock when the time at work was 0 [s].
    """

    def __init__(self, search: Search, status: SearchStatus, clock: float) -> None:
        super().__init__()
        self.search = search
        self.status = status
        self._clock = clock
        self._budget = search.budget
        self._updated = 0.0

    @property
    def seconds(self) -> float:
        """Time at work so far [s]."""
        return time.monotonic() - self._clock

    def write(self, **changes: Any) -> None:
        """Change the status and write it."""
        self.status = replace(self.status, **changes, seconds=self.seconds)
        self.search.write_status(self.status)
        self._updated = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop where that is wanted; tell about twice a second how much time went by."""
        self._look()
        if time.monotonic() - self._updated >= SECONDS_BETWEEN_UPDATES:
            check_finite(float((logs or {})["loss"]), self.status.epoch + 1)
            self.write()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop where that is wanted."""
        self._look()

    @property
    def time_is_spent(self) -> bool:
        """Whether the budget's minutes are."""
        return self._budget.is_spent(0, self.seconds)

    def _look(self) -> None:
        obey(self.search)
        if self.time_is_spent:
            raise TimeSpentError
