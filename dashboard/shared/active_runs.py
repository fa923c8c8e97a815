"""Runs that wait or train: a page that shows them is drawn anew when one changes."""

from collections.abc import Mapping

from core.errors import XpzError
from core.runs import Run, Status
from core.tuning.search import SearchStatus


def active_statuses(runs: dict[str, Run]) -> dict[str, Status]:
    """Return how the runs go that wait or train, by run id; an unreadable one does neither."""
    found = {}
    for run_id, run in runs.items():
        try:
            status = run.status()
        except (XpzError, OSError):
            continue
        if status.state in ("queued", "running"):
            found[run_id] = status
    return found


def states(statuses: Mapping[str, Status | SearchStatus]) -> dict[str, str]:
    """Return the state of each run or search: where one changes, a page must be drawn anew."""
    return {name: status.state for name, status in statuses.items()}
