"""What people call the runs and searches that rows of Home tell of."""

from collections.abc import Mapping
from functools import cached_property

from core.runs import Run
from core.tuning import Search
from dashboard.shared.chooser import run_names
from dashboard.shared.searches import search_names


class Names:
    """The names, read once for all rows, where one is asked for."""

    def __init__(self, runs: Mapping[str, Run], found: Mapping[str, Search]) -> None:
        self._runs, self._searches = runs, found

    @cached_property
    def runs(self) -> dict[str, str]:
        """By the id of the run."""
        return run_names(self._runs)

    @cached_property
    def searches(self) -> dict[str, str]:
        """By the id of the search."""
        return search_names(self._searches)
