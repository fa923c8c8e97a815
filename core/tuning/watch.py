"""What happens between the batches of a trial."""

import time
from typing import Any

from core.training.callbacks import Watch
from core.tuning.search import Search, SearchStatus


class TimeSpentError(Exception):
    """The budget's minutes are spent."""


class SearchWatch(Watch[SearchStatus]):
    """Watches a trial of a search, and ends it when the time is spent.

    Others of its trials may be under way in other processes, which change the status as well.
    `clock` is the reading of the monotonic clock when the time at work was 0 [s].
    """

    def __init__(self, search: Search, status: SearchStatus, clock: float) -> None:
        super().__init__(search, status)
        self._search = search
        self._clock = clock
        self._budget = search.budget

    @property
    def seconds(self) -> float:
        """Time at work so far [s]."""
        return time.monotonic() - self._clock

    def write(self, **changes: Any) -> None:
        """Change the status and write it, with the time at work."""
        self.status = self._search.change_status(**changes, seconds=self.seconds)
        self._updated = time.monotonic()

    @property
    def time_is_spent(self) -> bool:
        """Whether the budget's minutes are."""
        return self._budget.is_spent(0, self.seconds)

    def look(self) -> None:
        """Stop where that is wanted, and where the time is spent."""
        super().look()
        if self.time_is_spent:
            raise TimeSpentError
